package io.pcache.sys;

import java.io.IOException;
import java.util.BitSet;

/**
 * Linux system calls. Safe for use by any thread.
 *
 * <p>Two kinds of methods. Those of the I/O path return the call's result, or a <em>negative errno</em>, and allocate
 * nothing; their comment says so. All others throw {@link SystemCallException}. None retries: EINTR is the caller's
 * matter, except where said.
 */
public interface SystemCalls {

    /** The real ones, bound at first use. */
    static SystemCalls linux() {
        return NativeCalls.INSTANCE;
    }

    // Files

    /** Opens an existing file; O_CLOEXEC is added. */
    int open(String path, int flags) throws SystemCallException;

    /** Gives the descriptor back. It is gone even if this throws. */
    void close(int fd) throws SystemCallException;

    /** I/O path: returns bytes read (may be short) or a negative errno. */
    int pread(int fd, long address, int length, long offset);

    /** I/O path: returns bytes written (may be short) or a negative errno. */
    int pwrite(int fd, long address, int length, long offset);

    /**
     * As {@link #pwrite} of the bytes of {@code count} pieces; {@code vectors} is the address of their {@code struct
     * iovec}s.
     */
    int pwritev(int fd, long vectors, int count, long offset);

    /** I/O path: returns bytes written or a negative errno. */
    int write(int fd, long address, int length);

    /** I/O path: returns the new position in bytes or a negative errno. {@code whence} is of {@link Linux}. */
    long lseek(int fd, long offset, int whence);

    void fdatasync(int fd) throws SystemCallException;

    void fallocate(int fd, int mode, long offset, long length) throws SystemCallException;

    int fcntl(int fd, int command, long argument) throws SystemCallException;

    /**
     * Locks the whole file for this open file description, until it is closed everywhere.
     *
     * @return false if another open description, in this process or another, holds a lock
     */
    boolean tryLockExclusive(int fd) throws SystemCallException;

    /**
     * As {@link #tryLockExclusive}, beside others that lock the file in the same way.
     *
     * @return false if another open description holds it exclusively
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

    /** Whether the other end of a socket is closed, whatever is still to be read from it: {@code poll} says POLLHUP. */
    boolean isHungUp(int fd);

    /** A new eventfd with counter 0; EFD_CLOEXEC is added. */
    int eventfd(int flags) throws SystemCallException;

    /**
     * A new file in memory that nobody else can name; MFD_CLOEXEC is added.
     *
     * @param name for {@code /proc}, at most 249 bytes
     */
    int memoryFile(String name) throws SystemCallException;

    // Sockets

    /** A Unix datagram socket that is connected to {@code path}; SOCK_CLOEXEC is added. Java has none. */
    int connectUnixDatagram(String path) throws SystemCallException;

    /** Returns bytes sent or a negative errno; never waits (-EAGAIN) and never raises SIGPIPE. */
    int sendNow(int fd, byte[] bytes);

    // Memory

    /** Returns the address of the mapping. {@code address} 0 lets the kernel choose. */
    long mmap(long address, long length, int protection, int flags, int fd, long offset) throws SystemCallException;

    void munmap(long address, long length) throws SystemCallException;

    void madvise(long address, long length, int advice) throws SystemCallException;

    /**
     * Gives the pages of private memory back, locked ones too: what is loaded afterwards is zero, and what is stored
     * takes memory again.
     */
    void discard(long address, long length) throws SystemCallException;

    void mlock(long address, long length) throws SystemCallException;

    void munlock(long address, long length) throws SystemCallException;

    void mlockall(int flags) throws SystemCallException;

    /** Bytes; a power of two. */
    int pageSize();

    // Processes and threads

    int getpid();

    /**
     * Makes this process the leader of a session of its own, without a terminal. EPERM for the leader of a process
     * group.
     */
    void setsid() throws SystemCallException;

    /** Returns what the option gives, 0 for one that only sets something. */
    int prctl(int option, long argument) throws SystemCallException;

    /**
     * Runs another program in this process, which keeps its number, its parent, the descriptors without FD_CLOEXEC, and
     * what the calling thread is marked with. Returns only by an exception.
     *
     * @param arguments each with a byte of 0 behind it, as in {@code /proc/PID/cmdline}
     * @param environment the same, as in {@code /proc/PID/environ}
     */
    void execve(String path, byte[] arguments, byte[] environment) throws SystemCallException;

    /**
     * Takes a capability out of the calling thread's effective set, or puts one that it is permitted back in. Other
     * threads keep theirs.
     *
     * @param capability {@code Linux.CAP_…}
     * @return whether that changed anything
     * @throws SystemCallException EPERM to put one in that is not permitted
     */
    boolean setEffective(int capability, boolean on) throws SystemCallException;

    /** Binds a thread to CPUs; {@code tid} 0 is the calling thread. */
    void setAffinity(int tid, BitSet cpus) throws SystemCallException;

    /**
     * Makes the calling thread one of SCHED_BATCH: it keeps its niceness and its share of the processors, but threads
     * of the usual policy that wake up go before it. Needs no privilege. See sched_setattr(2).
     *
     * @param sliceNanos how long it may run before others of its kind; a longer one than theirs (about 3 ms) lets them
     *     interrupt it. Linux 6.12; others ignore it
     */
    void setBatch(long sliceNanos) throws SystemCallException;

    // io_uring

    /** Returns the ring's descriptor. {@code parameters} is the address of a {@code struct io_uring_params}. */
    int ioUringSetup(int entries, long parameters) throws SystemCallException;

    /** I/O path: returns the number of entries consumed, or a negative errno. */
    int ioUringEnter(int ring, int toSubmit, int minComplete, int flags);

    /** As the other one, with an argument of {@code size} bytes (IORING_ENTER_EXT_ARG). Allocates a little. */
    int ioUringEnter(int ring, int toSubmit, int minComplete, int flags, long argument, int size);

    /** Returns what the operation returns (0 or more), or a negative errno: callers probe with it. */
    int ioUringRegister(int ring, int operation, long argument, int count);

    /**
     * Closes on a way out that has something better to report: a failure becomes a suppressed exception of
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
