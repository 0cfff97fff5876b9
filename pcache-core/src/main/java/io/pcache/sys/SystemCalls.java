package io.pcache.sys;

import java.io.IOException;
import java.util.BitSet;

/**
 * Linux system calls. Safe for use by any thread.
 *
 * <p>There are two kinds of methods. Methods of the I/O path, whose comments say so, return the call's result or a
 * <em>negative errno</em>, and allocate nothing. All others throw {@link SystemCallException}. No method retries: the
 * caller handles EINTR, except where the comment says otherwise.
 */
public interface SystemCalls {

    /** The calls of the running system, bound at first use. */
    static SystemCalls linux() {
        return NativeCalls.INSTANCE;
    }

    // Files

    /** Opens an existing file; O_CLOEXEC is added. */
    int open(String path, int flags) throws SystemCallException;

    /** Gives the descriptor back. The descriptor is gone even if this throws. */
    void close(int fd) throws SystemCallException;

    /** I/O path: returns bytes read (may be short) or a negative errno. */
    int pread(int fd, long address, int length, long offset);

    /** I/O path: returns bytes written (may be short) or a negative errno. */
    int pwrite(int fd, long address, int length, long offset);

    /**
     * As {@link #pwrite}, with the bytes of {@code count} pieces; {@code vectors} is the address of their {@code struct
     * iovec}s.
     */
    int pwritev(int fd, long vectors, int count, long offset);

    /** As {@link #pwritev}, with flags such as {@link Linux#RWF_DSYNC}. */
    int pwritev(int fd, long vectors, int count, long offset, int flags);

    /** I/O path: returns bytes written or a negative errno. */
    int write(int fd, long address, int length);

    /**
     * I/O path: returns the new position in bytes or a negative errno. {@code whence} is a constant of {@link Linux}.
     */
    long lseek(int fd, long offset, int whence);

    void fdatasync(int fd) throws SystemCallException;

    void fallocate(int fd, int mode, long offset, long length) throws SystemCallException;

    int fcntl(int fd, int command, long argument) throws SystemCallException;

    /**
     * Locks the whole file for this open file description. The lock lasts until the description is closed everywhere.
     *
     * @return false if another open file description, in this process or another, holds a lock
     */
    boolean tryLockExclusive(int fd) throws SystemCallException;

    /**
     * As {@link #tryLockExclusive}, but beside other shared locks of the file.
     *
     * @return false if another open file description holds an exclusive lock
     */
    boolean tryLockShared(int fd) throws SystemCallException;

    FileStatus status(int fd) throws SystemCallException;

    /** Follows symbolic links. */
    FileStatus status(String path) throws SystemCallException;

    FileSystemStatus fileSystem(int fd) throws SystemCallException;

    /** Size in bytes (BLKGETSIZE64). */
    long blockDeviceSize(int fd) throws SystemCallException;

    /** Logical block size in bytes (BLKSSZGET). */
    int logicalBlockBytes(int fd) throws SystemCallException;

    /** Physical block size in bytes (BLKPBSZGET). */
    int physicalBlockBytes(int fd) throws SystemCallException;

    /** Whether a block device refuses writes (BLKROGET). */
    boolean blockDeviceReadOnly(int fd) throws SystemCallException;

    /**
     * Tells a block device that the bytes of a range are not needed any more (BLKDISCARD). The kernel also drops what
     * the page cache has of the range.
     */
    void discardBlocks(int fd, long offset, long length) throws SystemCallException;

    /**
     * Whether the other end of a socket is closed, whatever can still be read from the socket: {@code poll} says
     * POLLHUP.
     */
    boolean isHungUp(int fd);

    /** Makes an eventfd with counter 0; EFD_CLOEXEC is added. */
    int eventfd(int flags) throws SystemCallException;

    /**
     * Makes a file in memory that nobody else can open by name; MFD_CLOEXEC is added.
     *
     * @param name for {@code /proc}, at most 249 bytes
     */
    int memoryFile(String name) throws SystemCallException;

    // Sockets

    /**
     * Makes a Unix datagram socket that is connected to {@code path}; SOCK_CLOEXEC is added. Java has no such sockets.
     */
    int connectUnixDatagram(String path) throws SystemCallException;

    /** Returns bytes sent or a negative errno; never waits (-EAGAIN) and never raises SIGPIPE. */
    int sendNow(int fd, byte[] bytes);

    // Memory

    /** Returns the address of the mapping. {@code address} 0 lets the kernel choose. */
    long mmap(long address, long length, int protection, int flags, int fd, long offset) throws SystemCallException;

    void munmap(long address, long length) throws SystemCallException;

    void madvise(long address, long length, int advice) throws SystemCallException;

    /**
     * Gives back the pages of private memory, locked ones too. Loads afterwards give zero. Stores afterwards take
     * memory again.
     */
    void discard(long address, long length) throws SystemCallException;

    void mlock(long address, long length) throws SystemCallException;

    void munlock(long address, long length) throws SystemCallException;

    void mlockall(int flags) throws SystemCallException;

    /** Page size in bytes; a power of two. */
    int pageSize();

    // Processes and threads

    int getpid();

    /**
     * Makes this process the leader of a new session, which has no terminal. EPERM for the leader of a process group.
     */
    void setsid() throws SystemCallException;

    /** Returns what the option gives; 0 for an option that only sets something. */
    int prctl(int option, long argument) throws SystemCallException;

    /**
     * Runs another program in this process. The process keeps its number, its parent, the descriptors without
     * FD_CLOEXEC, and the marks of the calling thread. Returns only by an exception.
     *
     * @param arguments each with a byte of 0 behind it, as in {@code /proc/PID/cmdline}
     * @param environment in the same form, as in {@code /proc/PID/environ}
     */
    void execve(String path, byte[] arguments, byte[] environment) throws SystemCallException;

    /**
     * Takes a capability out of the calling thread's effective set, or puts a permitted capability back in. Other
     * threads keep theirs.
     *
     * @param capability {@code Linux.CAP_…}
     * @return whether this changed anything
     * @throws SystemCallException EPERM if a capability that is not permitted is to be put in
     */
    boolean setEffective(int capability, boolean on) throws SystemCallException;

    /** Binds a thread to CPUs; {@code tid} 0 is the calling thread. */
    void setAffinity(int tid, BitSet cpus) throws SystemCallException;

    /**
     * Puts the calling thread under SCHED_BATCH. The thread keeps its niceness and its share of the processors, but
     * threads of the usual policy that wake up go first. Needs no privilege. See sched_setattr(2).
     *
     * @param sliceNanos how long the thread may run before others of its kind. If this is longer than the slice of
     *     other threads (about 3 ms), they may interrupt this thread. From Linux 6.12 on; older kernels ignore this
     */
    void setBatch(long sliceNanos) throws SystemCallException;

    // io_uring

    /** Returns the ring's descriptor. {@code parameters} is the address of a {@code struct io_uring_params}. */
    int ioUringSetup(int entries, long parameters) throws SystemCallException;

    /** I/O path: returns the number of entries consumed, or a negative errno. */
    int ioUringEnter(int ring, int toSubmit, int minComplete, int flags);

    /**
     * As {@link #ioUringEnter(int, int, int, int)}, with an argument of {@code size} bytes (IORING_ENTER_EXT_ARG).
     * Allocates a little.
     */
    int ioUringEnter(int ring, int toSubmit, int minComplete, int flags, long argument, int size);

    /** Returns the operation's result (0 or more), or a negative errno: callers use this to probe. */
    int ioUringRegister(int ring, int operation, long argument, int count);

    /**
     * Closes after a failure that is to be reported; a failure to close becomes a suppressed exception of
     * {@code cause}.
     */
    default void closeAfter(int fd, Throwable cause) {
        try {
            close(fd);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }
}
