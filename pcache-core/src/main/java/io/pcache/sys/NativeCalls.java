package io.pcache.sys;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import jnr.ffi.Platform;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * {@link SystemCalls} by JNR-FFI. Each method reads errno directly after its call, before anything else can run on the
 * thread.
 */
final class NativeCalls implements SystemCalls {
    static final NativeCalls INSTANCE = new NativeCalls();

    // Numbers of the three system calls that glibc does not wrap. They are the same on every architecture.
    private static final long IO_URING_SETUP = 425;
    private static final long IO_URING_ENTER = 426;
    private static final long IO_URING_REGISTER = 427;

    private static final int AFFINITY_BYTES = 1024;
    private static final int PRIO_PROCESS = 0;
    private static final long NANOS_PER_SECOND = 1_000_000_000;
    // Size of struct sched_attr in its first version, and offsets of three of its fields.
    private static final int SCHED_ATTR_BYTES = 48;
    private static final int SCHED_ATTR_POLICY = 4;
    private static final int SCHED_ATTR_NICE = 16;
    private static final int SCHED_ATTR_RUNTIME = 24;
    // struct __user_cap_header_struct has version and pid, where 0 is the calling thread. For each 32 capabilities
    // follow three words: effective, permitted, inheritable.
    private static final int CAPABILITY_HEADER_BYTES = 8;
    private static final int CAPABILITY_WORDS = 2;
    private static final int CAPABILITY_WORD_BYTES = 12;
    private static final byte[] EMPTY_PATH = {0};

    // With LoadNow a missing symbol shows at start, and not in the middle of I/O.
    private final LibC libc = LibraryLoader.create(LibC.class)
            .option(LibraryOption.LoadNow, true)
            .failImmediately()
            .load(Platform.getNativePlatform().getStandardCLibraryName());
    private final Runtime runtime = Runtime.getRuntime(libc);
    private final int pageSize = (int) libc.sysconf(Linux.SC_PAGESIZE);

    private NativeCalls() {
        Architecture.current();
    }

    // JNR-FFI saves errno in its stub, so the JVM's own calls on this thread cannot change errno in between.
    private static int errno() {
        return com.kenai.jffi.LastError.getInstance().get();
    }

    private static int check(int result, String call, String argument) throws SystemCallException {
        if (result >= 0) {
            return result;
        }
        throw new SystemCallException(errno(), call, argument);
    }

    private static int check(int result, String call, int fd) throws SystemCallException {
        if (result >= 0) {
            return result;
        }
        throw new SystemCallException(errno(), call, "fd " + fd);
    }

    private static void check(int result, String call, long address, long length) throws SystemCallException {
        if (result < 0) {
            int errno = errno();
            throw new SystemCallException(errno, call, length + " bytes at 0x" + Long.toHexString(address));
        }
    }

    private static int resultOrErrno(long result) {
        return result >= 0 ? (int) result : -errno();
    }

    // To the kernel, file names are bytes. pcache makes them UTF-8, whatever the locale is.
    private static byte[] cString(String path) {
        byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
        byte[] terminated = new byte[bytes.length + 1];
        System.arraycopy(bytes, 0, terminated, 0, bytes.length);
        return terminated;
    }

    @Override
    public int open(String path, int flags) throws SystemCallException {
        return check(libc.open(cString(path), flags | Linux.O_CLOEXEC, 0), "open", path);
    }

    @Override
    public void close(int fd) throws SystemCallException {
        check(libc.close(fd), "close", fd);
    }

    @Override
    public int pread(int fd, long address, int length, long offset) {
        return resultOrErrno(libc.pread(fd, address, length, offset));
    }

    @Override
    public int pwrite(int fd, long address, int length, long offset) {
        return resultOrErrno(libc.pwrite(fd, address, length, offset));
    }

    @Override
    public int pwritev(int fd, long vectors, int count, long offset) {
        return resultOrErrno(libc.pwritev(fd, vectors, count, offset));
    }

    @Override
    public int pwritev(int fd, long vectors, int count, long offset, int flags) {
        return resultOrErrno(libc.pwritev2(fd, vectors, count, offset, flags));
    }

    @Override
    public int write(int fd, long address, int length) {
        return resultOrErrno(libc.write(fd, address, length));
    }

    @Override
    public long lseek(int fd, long offset, int whence) {
        long position = libc.lseek(fd, offset, whence);
        return position >= 0 ? position : -errno();
    }

    @Override
    public void fdatasync(int fd) throws SystemCallException {
        check(libc.fdatasync(fd), "fdatasync", fd);
    }

    @Override
    public void fallocate(int fd, int mode, long offset, long length) throws SystemCallException {
        check(libc.fallocate(fd, mode, offset, length), "fallocate", fd);
    }

    @Override
    public int fcntl(int fd, int command, long argument) throws SystemCallException {
        return check(libc.fcntl(fd, command, argument), "fcntl", fd);
    }

    @Override
    public boolean tryLockExclusive(int fd) throws SystemCallException {
        return tryLock(fd, Linux.LOCK_EX);
    }

    @Override
    public boolean tryLockShared(int fd) throws SystemCallException {
        return tryLock(fd, Linux.LOCK_SH);
    }

    private boolean tryLock(int fd, int operation) throws SystemCallException {
        if (libc.flock(fd, operation | Linux.LOCK_NB) == 0) {
            return true;
        }
        int errno = errno();
        if (errno == Errno.EAGAIN) {
            return false;
        }
        throw new SystemCallException(errno, "flock", "fd " + fd);
    }

    @Override
    public FileStatus status(int fd) throws SystemCallException {
        return statx(fd, EMPTY_PATH, Linux.AT_EMPTY_PATH, "fd " + fd);
    }

    @Override
    public FileStatus status(String path) throws SystemCallException {
        return statx(Linux.AT_FDCWD, cString(path), 0, path);
    }

    private FileStatus statx(int directory, byte[] path, int flags, String name) throws SystemCallException {
        ByteBuffer buffer = NativeMemory.allocate(StatxLayout.BYTES);
        check(
                libc.statx(
                        directory,
                        path,
                        flags,
                        Linux.STATX_BASIC_STATS | Linux.STATX_BTIME | Linux.STATX_DIOALIGN,
                        NativeMemory.address(buffer)),
                "statx",
                name);
        boolean alignmentKnown = (buffer.getInt(StatxLayout.MASK) & Linux.STATX_DIOALIGN) != 0;
        return new FileStatus(
                buffer.getShort(StatxLayout.MODE) & 0xffff,
                buffer.getLong(StatxLayout.SIZE),
                buffer.getLong(StatxLayout.BLOCKS) * StatxLayout.BLOCKS_UNIT,
                buffer.getLong(StatxLayout.INODE),
                buffer.getInt(StatxLayout.DEV_MAJOR),
                buffer.getInt(StatxLayout.DEV_MINOR),
                buffer.getInt(StatxLayout.RDEV_MAJOR),
                buffer.getInt(StatxLayout.RDEV_MINOR),
                alignmentKnown ? buffer.getInt(StatxLayout.DIO_OFFSET_ALIGN) : 0,
                alignmentKnown ? buffer.getInt(StatxLayout.DIO_MEM_ALIGN) : 0,
                (buffer.getInt(StatxLayout.MASK) & Linux.STATX_BTIME) != 0
                        ? buffer.getLong(StatxLayout.BIRTH_TIME) * NANOS_PER_SECOND
                                + buffer.getInt(StatxLayout.BIRTH_TIME + Long.BYTES)
                        : 0);
    }

    @Override
    public FileSystemStatus fileSystem(int fd) throws SystemCallException {
        ByteBuffer buffer = NativeMemory.allocate(StatfsLayout.BYTES);
        check(libc.fstatfs(fd, NativeMemory.address(buffer)), "fstatfs", fd);
        return new FileSystemStatus(
                buffer.getLong(StatfsLayout.TYPE),
                buffer.getLong(StatfsLayout.BLOCK_SIZE),
                buffer.getLong(StatfsLayout.BLOCKS),
                buffer.getLong(StatfsLayout.FREE_BLOCKS));
    }

    @Override
    public long blockDeviceSize(int fd) throws SystemCallException {
        return ioctlResult(fd, Linux.BLKGETSIZE64, "BLKGETSIZE64");
    }

    @Override
    public int logicalBlockBytes(int fd) throws SystemCallException {
        return (int) ioctlResult(fd, Linux.BLKSSZGET, "BLKSSZGET");
    }

    @Override
    public int physicalBlockBytes(int fd) throws SystemCallException {
        return (int) ioctlResult(fd, Linux.BLKPBSZGET, "BLKPBSZGET");
    }

    @Override
    public boolean blockDeviceReadOnly(int fd) throws SystemCallException {
        return (int) ioctlResult(fd, Linux.BLKROGET, "BLKROGET") != 0;
    }

    @Override
    public void discardBlocks(int fd, long offset, long length) throws SystemCallException {
        ByteBuffer range = NativeMemory.allocate(2 * Long.BYTES);
        range.putLong(0, offset).putLong(Long.BYTES, length);
        int result = libc.ioctl(fd, Linux.BLKDISCARD, NativeMemory.address(range));
        Reference.reachabilityFence(range);
        check(result, "ioctl", "BLKDISCARD on fd " + fd);
    }

    // Some block ioctls write 8 bytes and others 4. On a little-endian machine, a zeroed long holds either.
    private long ioctlResult(int fd, long request, String name) throws SystemCallException {
        ByteBuffer value = NativeMemory.allocate(Long.BYTES);
        check(libc.ioctl(fd, request, NativeMemory.address(value)), "ioctl", name + " on fd " + fd);
        return value.getLong(0);
    }

    @Override
    public boolean isHungUp(int fd) {
        // struct pollfd: the descriptor, the events asked for (POLLHUP comes without being asked for), and the events
        // found.
        ByteBuffer descriptor = NativeMemory.allocate(Integer.BYTES + 2 * Short.BYTES);
        descriptor.putInt(0, fd);
        int told = libc.poll(NativeMemory.address(descriptor), 1, 0);
        boolean hungUp = told > 0 && (descriptor.getShort(Integer.BYTES + Short.BYTES) & Linux.POLLHUP) != 0;
        Reference.reachabilityFence(descriptor);
        return hungUp;
    }

    @Override
    public int eventfd(int flags) throws SystemCallException {
        return check(libc.eventfd(0, flags | Linux.EFD_CLOEXEC), "eventfd", "0x" + Integer.toHexString(flags));
    }

    @Override
    public int memoryFile(String name) throws SystemCallException {
        return check(libc.memfd_create(cString(name), Linux.MFD_CLOEXEC), "memfd_create", name);
    }

    @Override
    public int connectUnixDatagram(String path) throws SystemCallException {
        byte[] name = cString(path);
        if (name.length > Linux.UNIX_PATH_MAX) {
            throw new SystemCallException(Errno.ENAMETOOLONG, "connect", path);
        }
        // struct sockaddr_un: the family as a short in the machine's order, then the path.
        byte[] address = new byte[Short.BYTES + name.length];
        ByteBuffer.wrap(address)
                .order(ByteOrder.nativeOrder())
                .putShort((short) Linux.AF_UNIX)
                .put(name);
        int fd = check(libc.socket(Linux.AF_UNIX, Linux.SOCK_DGRAM | Linux.SOCK_CLOEXEC, 0), "socket", path);
        try {
            check(libc.connect(fd, address, address.length), "connect", path);
            return fd;
        } catch (SystemCallException e) {
            closeAfter(fd, e);
            throw e;
        }
    }

    @Override
    public int sendNow(int fd, byte[] bytes) {
        return resultOrErrno(libc.send(fd, bytes, bytes.length, Linux.MSG_DONTWAIT | Linux.MSG_NOSIGNAL));
    }

    @Override
    public long mmap(long address, long length, int protection, int flags, int fd, long offset)
            throws SystemCallException {
        long mapped =
                libc.mmap(address == 0 ? null : Pointer.wrap(runtime, address), length, protection, flags, fd, offset);
        if (mapped == -1) {
            int errno = errno();
            throw new SystemCallException(
                    errno,
                    "mmap",
                    length + " bytes at offset " + offset + " of fd " + fd + ", flags 0x" + Integer.toHexString(flags));
        }
        return mapped;
    }

    @Override
    public void munmap(long address, long length) throws SystemCallException {
        check(libc.munmap(address, length), "munmap", address, length);
    }

    @Override
    public void madvise(long address, long length, int advice) throws SystemCallException {
        check(libc.madvise(address, length, advice), "madvise", address, length);
    }

    @Override
    public void discard(long address, long length) throws SystemCallException {
        if (libc.madvise(address, length, Linux.MADV_DONTNEED_LOCKED) < 0) {
            // An older kernel gives back only pages that are not locked.
            munlock(address, length);
            madvise(address, length, Linux.MADV_DONTNEED);
        }
    }

    @Override
    public void mlock(long address, long length) throws SystemCallException {
        check(libc.mlock(address, length), "mlock", address, length);
    }

    @Override
    public void munlock(long address, long length) throws SystemCallException {
        check(libc.munlock(address, length), "munlock", address, length);
    }

    @Override
    public void mlockall(int flags) throws SystemCallException {
        check(libc.mlockall(flags), "mlockall", "0x" + Integer.toHexString(flags));
    }

    @Override
    public int pageSize() {
        return pageSize;
    }

    @Override
    public int getpid() {
        return libc.getpid();
    }

    @Override
    public void setsid() throws SystemCallException {
        check(libc.setsid(), "setsid", "");
    }

    @Override
    public void execve(String path, byte[] arguments, byte[] environment) throws SystemCallException {
        ByteBuffer words = NativeMemory.allocate(arguments.length + environment.length)
                .put(0, arguments)
                .put(arguments.length, environment);
        ByteBuffer argumentPointers = pointers(words, 0, arguments.length);
        ByteBuffer environmentPointers = pointers(words, arguments.length, words.capacity());
        libc.execve(cString(path), NativeMemory.address(argumentPointers), NativeMemory.address(environmentPointers));
        int errno = errno();
        Reference.reachabilityFence(words);
        throw new SystemCallException(errno, "execve", path);
    }

    /** Pointers to the beginnings of strings, each of which ends with a byte of 0; behind these, a null pointer. */
    private static ByteBuffer pointers(ByteBuffer strings, int from, int to) {
        int count = 0;
        for (int i = from; i < to; i++) {
            count += strings.get(i) == 0 ? 1 : 0;
        }
        ByteBuffer pointers = NativeMemory.allocate((count + 1) * Long.BYTES);
        int start = from;
        for (int i = from, slot = 0; i < to; i++) {
            if (strings.get(i) == 0) {
                pointers.putLong(slot++ * Long.BYTES, NativeMemory.address(strings) + start);
                start = i + 1;
            }
        }
        return pointers;
    }

    @Override
    public int prctl(int option, long argument) throws SystemCallException {
        // The kernel wants the unused arguments to be 0.
        return check(libc.prctl(option, argument, 0, 0, 0), "prctl", option + " " + argument);
    }

    @Override
    public boolean setEffective(int capability, boolean on) throws SystemCallException {
        ByteBuffer header = NativeMemory.allocate(CAPABILITY_HEADER_BYTES).putInt(0, Linux.CAPABILITY_VERSION);
        ByteBuffer sets = NativeMemory.allocate(CAPABILITY_WORDS * CAPABILITY_WORD_BYTES);
        try {
            check(libc.capget(NativeMemory.address(header), NativeMemory.address(sets)), "capget", "");
            int at = capability / Integer.SIZE * CAPABILITY_WORD_BYTES;
            int before = sets.getInt(at);
            int bit = 1 << capability % Integer.SIZE;
            int after = on ? before | bit : before & ~bit;
            if (after == before) {
                return false;
            }
            sets.putInt(at, after);
            check(
                    libc.capset(NativeMemory.address(header), NativeMemory.address(sets)),
                    "capset",
                    "capability " + capability);
            return true;
        } finally {
            Reference.reachabilityFence(header);
            Reference.reachabilityFence(sets);
        }
    }

    @Override
    public void setAffinity(int tid, BitSet cpus) throws SystemCallException {
        ByteBuffer mask = NativeMemory.allocate(AFFINITY_BYTES);
        mask.put(0, cpus.toByteArray());
        int result = libc.sched_setaffinity(tid, AFFINITY_BYTES, NativeMemory.address(mask));
        check(result, "sched_setaffinity", "thread " + tid + " to CPUs " + cpus);
        Reference.reachabilityFence(mask);
    }

    @Override
    public void setBatch(long sliceNanos) throws SystemCallException {
        ByteBuffer attributes = NativeMemory.allocate(SCHED_ATTR_BYTES)
                .putInt(0, SCHED_ATTR_BYTES)
                .putInt(SCHED_ATTR_POLICY, Linux.SCHED_BATCH)
                .putInt(SCHED_ATTR_NICE, libc.getpriority(PRIO_PROCESS, 0))
                .putLong(SCHED_ATTR_RUNTIME, sliceNanos);
        check(
                (int) libc.syscall(
                        Architecture.current().schedSetattr, 0, NativeMemory.address(attributes), 0, 0, null),
                "sched_setattr",
                "SCHED_BATCH");
        Reference.reachabilityFence(attributes);
    }

    @Override
    public int ioUringSetup(int entries, long parameters) throws SystemCallException {
        return check(
                (int) libc.syscall(IO_URING_SETUP, entries, parameters, 0, 0, null),
                "io_uring_setup",
                entries + " entries");
    }

    @Override
    public int ioUringEnter(int ring, int toSubmit, int minComplete, int flags) {
        return resultOrErrno(libc.syscall(IO_URING_ENTER, ring, toSubmit, minComplete, flags, null));
    }

    @Override
    public int ioUringEnter(int ring, int toSubmit, int minComplete, int flags, long argument, int size) {
        return resultOrErrno(libc.syscall(IO_URING_ENTER, ring, toSubmit, minComplete, flags, argument, size));
    }

    @Override
    public int ioUringRegister(int ring, int operation, long argument, int count) {
        return resultOrErrno(libc.syscall(IO_URING_REGISTER, ring, operation, argument, count, null));
    }
}
