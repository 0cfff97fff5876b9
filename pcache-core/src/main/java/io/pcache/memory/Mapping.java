package io.pcache.memory;

import io.pcache.sys.Errno;
import io.pcache.sys.FileSystemStatus;
import io.pcache.sys.Linux;
import io.pcache.sys.PersistentMemoryLibrary;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.lang.ref.Cleaner;

/**
 * An open cache device: its descriptor, held exclusively, and its one mapping.
 *
 * <p>The kind of the device is found in three steps. The path must be a block device, a regular file or a device-DAX
 * character device. A mapping with MAP_SYNC succeeds only where stores become durable without a system call. Otherwise,
 * the file system's magic number tells memory from media. A block device on persistent memory ({@code /dev/pmem0})
 * takes no MAP_SYNC in Linux, because its mappings go through the page cache. For speed, such memory should be given as
 * a file on a DAX file system, or as device-DAX.
 */
final class Mapping implements AutoCloseable {
    private static final Cleaner CLEANER = Cleaner.create();

    private final DeviceFile file;
    private final SystemCalls calls;
    private final String path;
    private final long size;
    private final int protection;

    private CacheMemory.Kind kind;
    private PersistentMemoryLibrary library;
    /** Null where no such copy is needed. */
    private KernelCopy copy;

    private String what;
    private String warning;
    private long mappedBytes;
    private long address;

    static Mapping open(SystemCalls calls, String path) throws SystemCallException {
        return open(calls, path, DeviceFile.Claim.EXCLUSIVE);
    }

    /** With a claim other than {@link DeviceFile.Claim#EXCLUSIVE}, the mapping is for loads only. */
    static Mapping open(SystemCalls calls, String path, DeviceFile.Claim claim) throws SystemCallException {
        return of(DeviceFile.open(calls, path, claim), claim == DeviceFile.Claim.EXCLUSIVE);
    }

    private static Mapping of(DeviceFile file, boolean writable) throws SystemCallException {
        try {
            return new Mapping(file, writable);
        } catch (SystemCallException | RuntimeException | Error e) {
            file.closeAfter(e);
            throw e;
        }
    }

    /** Closes after a failure that is to be reported; a failure to close is only added to the cause. */
    void closeAfter(Throwable cause) {
        try {
            close();
        } catch (RuntimeException e) {
            cause.addSuppressed(e);
        }
    }

    /**
     * Private memory with the loads and stores of another mapping: of the same kind. Only pages that are stored to take
     * memory.
     *
     * @param like the other mapping
     */
    static Mapping anonymous(Mapping like, long size) throws SystemCallException {
        if (like.kind == CacheMemory.Kind.PAGE_CACHE) {
            return anonymousFile(like.calls, size);
        }
        return new Mapping(like.calls, like.kind == CacheMemory.Kind.DAX ? like.library : null, size);
    }

    /** Private memory that is stored to like a file behind the page cache. */
    static Mapping anonymousFile(SystemCalls calls, long size) throws SystemCallException {
        return of(DeviceFile.scratch(calls, size), true);
    }

    /**
     * Private memory that is stored to like persistent memory.
     *
     * @param library makes the stores
     */
    static Mapping anonymous(SystemCalls calls, PersistentMemoryLibrary library, long size) throws SystemCallException {
        return new Mapping(calls, library, size);
    }

    private Mapping(SystemCalls calls, PersistentMemoryLibrary library, long size) throws SystemCallException {
        this.file = null;
        this.calls = calls;
        this.path = "anonymous memory";
        this.size = size;
        this.protection = Linux.PROT_READ | Linux.PROT_WRITE;
        this.library = library;
        address = calls.mmap(0, size, protection, Linux.MAP_PRIVATE | Linux.MAP_ANONYMOUS, -1, 0);
        mappedBytes = size;
        become(library == null ? CacheMemory.Kind.VOLATILE : CacheMemory.Kind.DAX, "anonymous memory");
    }

    private Mapping(DeviceFile file, boolean writable) throws SystemCallException {
        this.file = file;
        this.calls = file.calls();
        this.path = file.path();
        this.size = file.size();
        this.protection = writable ? Linux.PROT_READ | Linux.PROT_WRITE : Linux.PROT_READ;
        try {
            mapAsItIs();
        } catch (SystemCallException | RuntimeException | Error e) {
            if (mappedBytes > 0) {
                unmapAfter(e);
            }
            throw e;
        }
    }

    private void mapAsItIs() throws SystemCallException {
        if (file.isScratch()) {
            mapPageCache("anonymous memory");
        } else if (file.status().isBlockDevice()) {
            mapPageCache("block device");
        } else if (file.status().isCharacterDevice()) {
            mapDaxDevice();
        } else {
            mapFile(calls.fileSystem(file.fd()));
        }
    }

    private void unmapAfter(Throwable cause) {
        try {
            calls.munmap(address, mappedBytes);
        } catch (SystemCallException e) {
            cause.addSuppressed(e);
        }
    }

    private void mapFile(FileSystemStatus fileSystem) throws SystemCallException {
        if (fileSystem.isVolatile()) {
            // hugetlbfs maps and unmaps only whole huge pages.
            long unit = fileSystem.type() == Linux.HUGETLBFS_MAGIC ? fileSystem.blockSize() : 1;
            map(Linux.MAP_SHARED, (size + unit - 1) / unit * unit);
            become(CacheMemory.Kind.VOLATILE, "file in memory");
            warning = path
                    + " is a file in memory: all that the cache holds is lost when the machine stops, and the "
                    + "backing device is then out of date";
        } else if (!mapSync()) {
            mapPageCache("file");
        } else {
            library = PersistentMemoryLibrary.load().orElse(null);
            if (library != null) {
                become(CacheMemory.Kind.DAX, "file on persistent memory (DAX)");
            } else {
                // fdatasync also writes the CPU caches back on DAX files, but costs a system call.
                become(CacheMemory.Kind.PAGE_CACHE, "file on persistent memory (DAX)");
                warning = path
                        + " is on persistent memory, but libpmem is not installed (Debian package libpmem1): "
                        + "durability costs a system call";
            }
        }
    }

    private void mapPageCache(String name) throws SystemCallException {
        map(Linux.MAP_SHARED, size);
        become(CacheMemory.Kind.PAGE_CACHE, name);
    }

    private void mapDaxDevice() throws SystemCallException {
        library = PersistentMemoryLibrary.load().orElse(null);
        if (library == null) {
            // These devices have no fdatasync to fall back on.
            throw new SystemCallException(
                    Errno.EOPNOTSUPP, "mmap", path + " (device-DAX needs libpmem, Debian package libpmem1)");
        }
        // Old kernels do not know MAP_SYNC for these devices. The memory has no page cache in any case.
        if (!mapSync()) {
            map(Linux.MAP_SHARED, size);
        }
        if (MappedMemory.FAULTS_COME_LATE) {
            copy = new KernelCopy(calls);
        }
        become(CacheMemory.Kind.DAX, "device-DAX persistent memory");
    }

    private boolean mapSync() throws SystemCallException {
        try {
            map(Linux.MAP_SHARED_VALIDATE | Linux.MAP_SYNC, size);
            return true;
        } catch (SystemCallException e) {
            if (e.errno() == Errno.EOPNOTSUPP || e.errno() == Errno.EINVAL) {
                // EINVAL comes from Linux before 4.15, which has no MAP_SHARED_VALIDATE.
                return false;
            }
            throw e;
        }
    }

    private void map(int flags, long length) throws SystemCallException {
        address = calls.mmap(0, length, protection, flags, file.fd(), 0);
        mappedBytes = length;
        // A process that locks all of its mappings must not keep the pages of a whole cache device in memory.
        calls.munlock(address, length);
    }

    private void become(CacheMemory.Kind kind, String what) {
        this.kind = kind;
        this.what = what;
    }

    String path() {
        return path;
    }

    long size() {
        return size;
    }

    long address() {
        return address;
    }

    CacheMemory.Kind kind() {
        return kind;
    }

    /** Null for anonymous memory. */
    DeviceFile file() {
        return file;
    }

    /** The loads and stores that suit the kind. */
    MappedMemory memory() {
        return switch (kind) {
            case DAX -> new DaxMemory(this, library, daxLoads());
            case PAGE_CACHE -> new PageCacheMemory(this);
            case VOLATILE -> new VolatileMemory(this);
        };
    }

    private AddressedLoads daxLoads() {
        if (copy != null) {
            return copy.of(path, address);
        }
        return MappedMemory.FAULTS_COME_LATE && file != null ? file::read : null;
    }

    /** What the path is, in a few words. */
    String what() {
        return what;
    }

    /** One line, or null. */
    String warning() {
        return warning;
    }

    /**
     * Puts memory that belongs to nobody in the mapping's place, until nobody has this mapping any more. Another thread
     * may be in the middle of an access that nothing can call back. If the addresses were unmapped, that access would
     * end the process.
     */
    private void leave() throws SystemCallException {
        SystemCalls system = calls;
        long start = address;
        long length = mappedBytes;
        system.mmap(
                start,
                length,
                Linux.PROT_READ | Linux.PROT_WRITE,
                Linux.MAP_PRIVATE | Linux.MAP_ANONYMOUS | Linux.MAP_FIXED | Linux.MAP_NORESERVE,
                -1,
                0);
        CLEANER.register(this, () -> {
            try {
                system.munmap(start, length);
            } catch (SystemCallException e) {
                // Nothing is lost but addresses.
                return;
            }
        });
    }

    /**
     * Gives up the device and its exclusive use. The addresses can still be loaded from and stored to, without effect.
     */
    @Override
    public void close() {
        CacheMemoryException failure = null;
        try {
            leave();
        } catch (SystemCallException e) {
            failure = new CacheMemoryException("cannot unmap cache device " + path, e);
        }
        KernelCopy ownCopy = copy;
        try (file;
                ownCopy) {
            // The end of the try block closes both, unless they are null.
        } catch (CacheMemoryException e) {
            if (failure == null) {
                failure = e;
            } else {
                failure.addSuppressed(e);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
