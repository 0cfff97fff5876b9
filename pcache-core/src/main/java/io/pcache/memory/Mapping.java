package io.pcache.memory;

import io.pcache.sys.Errno;
import io.pcache.sys.FileStatus;
import io.pcache.sys.FileSystemStatus;
import io.pcache.sys.Linux;
import io.pcache.sys.PersistentMemoryLibrary;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * An open cache device: its descriptor, held exclusively, and its one mapping.
 *
 * <p>What it is shows in three steps. The path must be a block device, a regular file or a device-DAX character device. A mapping with
 * MAP_SYNC succeeds only where stores become durable without a system call. Otherwise the file system's magic number tells memory
 * from media. A block device on persistent memory ({@code /dev/pmem0}) takes no MAP_SYNC in Linux, because its mappings go through the page
 * cache; for speed such memory is given as a file on a DAX file system or as device-DAX.
 */
final class Mapping implements AutoCloseable {
    private final SystemCalls calls;
    private final String path;
    private final int fd;
    private final long size;

    private CacheMemory.Kind kind;
    private PersistentMemoryLibrary library;
    private String what;
    private String warning;
    private long mappedBytes;
    private long address;

    static Mapping open(SystemCalls calls, String path) throws SystemCallException {
        FileStatus status = calls.status(path);
        if (!isCacheDevice(status)) {
            throw new SystemCallException(Errno.ENOTBLK, "open", path);
        }
        // On block devices O_EXCL without O_CREAT asks for exclusive use: EBUSY if mounted, or held by device-mapper or by another of us.
        int fd = calls.open(path, Linux.O_RDWR | (status.isBlockDevice() ? Linux.O_EXCL : 0));
        try {
            return new Mapping(calls, path, fd, calls.status(fd));
        } catch (SystemCallException | RuntimeException e) {
            calls.closeAfter(fd, e);
            throw e;
        }
    }

    private static boolean isCacheDevice(FileStatus status) {
        return status.isBlockDevice() || status.isRegularFile() || status.isCharacterDevice() && isDaxDevice(status);
    }

    private static boolean isDaxDevice(FileStatus status) {
        try {
            return sysfs(status, "subsystem").toRealPath().getFileName().toString().equals("dax");
        } catch (IOException e) {
            return false; // a character device without a subsystem, or one that has just gone
        }
    }

    private static Path sysfs(FileStatus status, String attribute) {
        return Path.of("/sys/dev/char", status.deviceNumber(), attribute);
    }

    private Mapping(SystemCalls calls, String path, int fd, FileStatus status) throws SystemCallException {
        this.calls = calls;
        this.path = path;
        this.fd = fd;
        claim(status);
        this.size = size(status);
        if (size <= 0) {
            throw new SystemCallException(Errno.EINVAL, "mmap", path + " (empty)");
        }
        if (status.isBlockDevice()) {
            mapPageCache("block device behind the page cache");
        } else if (status.isCharacterDevice()) {
            mapDaxDevice();
        } else {
            mapFile(calls.fileSystem(fd));
        }
    }

    private void claim(FileStatus status) throws SystemCallException {
        if (status.isBlockDevice()) {
            // Linux opens read-only devices for writing and fails each write instead.
            if (calls.blockDeviceReadOnly(fd)) {
                throw new SystemCallException(Errno.EROFS, "open", path);
            }
        } else if (!calls.tryLockExclusive(fd)) {
            throw new SystemCallException(Errno.EBUSY, "flock", path);
        }
    }

    private long size(FileStatus status) throws SystemCallException {
        if (status.isBlockDevice()) {
            return calls.blockDeviceSize(fd);
        }
        if (status.isRegularFile()) {
            return status.sizeBytes();
        }
        try {
            return Long.parseLong(Files.readString(sysfs(status, "size")).trim());
        } catch (IOException | NumberFormatException e) {
            SystemCallException noSize = new SystemCallException(Errno.ENODEV, "read", sysfs(status, "size").toString());
            noSize.initCause(e);
            throw noSize;
        }
    }

    private void mapFile(FileSystemStatus fileSystem) throws SystemCallException {
        if (fileSystem.isVolatile()) {
            // hugetlbfs maps and unmaps whole huge pages only.
            long unit = fileSystem.type() == Linux.HUGETLBFS_MAGIC ? fileSystem.blockSize() : 1;
            map(Linux.MAP_SHARED, (size + unit - 1) / unit * unit);
            become(CacheMemory.Kind.VOLATILE, "file in memory");
            warning = path + " is a file in memory: all that the cache holds is lost when the machine stops, and the backing device is then out of date";
        } else if (!mapSync()) {
            mapPageCache("file behind the page cache");
        } else {
            library = PersistentMemoryLibrary.load().orElse(null);
            if (library != null) {
                become(CacheMemory.Kind.DAX, "file on persistent memory (DAX)");
            } else {
                // fdatasync writes the CPU caches back on DAX files too, only at the price of a system call.
                become(CacheMemory.Kind.PAGE_CACHE, "file on persistent memory (DAX)");
                warning = path + " is on persistent memory, but libpmem is not installed (Debian package libpmem1): durability costs a system call";
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
            throw new SystemCallException(Errno.EOPNOTSUPP, "mmap", path + " (device-DAX needs libpmem, Debian package libpmem1)");
        }
        // Old kernels do not know MAP_SYNC here, but the memory has no page cache in any case.
        if (!mapSync()) {
            map(Linux.MAP_SHARED, size);
        }
        become(CacheMemory.Kind.DAX, "device-DAX persistent memory");
    }

    private boolean mapSync() throws SystemCallException {
        try {
            map(Linux.MAP_SHARED_VALIDATE | Linux.MAP_SYNC, size);
            return true;
        } catch (SystemCallException e) {
            if (e.errno() == Errno.EOPNOTSUPP || e.errno() == Errno.EINVAL) {
                return false; // EINVAL: Linux before 4.15, without MAP_SHARED_VALIDATE
            }
            throw e;
        }
    }

    private void map(int flags, long length) throws SystemCallException {
        address = calls.mmap(0, length, Linux.PROT_READ | Linux.PROT_WRITE, flags, fd, 0);
        mappedBytes = length;
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

    int fd() {
        return fd;
    }

    /** The loads and stores that suit the kind. */
    MappedMemory memory() {
        return switch (kind) {
            case DAX -> new DaxMemory(this, library);
            case PAGE_CACHE -> new PageCacheMemory(this, calls);
            case VOLATILE -> new VolatileMemory(this);
        };
    }

    /** What the path is, in a few words. */
    String what() {
        return what;
    }

    /** One line, or null. */
    String warning() {
        return warning;
    }

    /** Unmaps, and gives up the exclusive use. */
    @Override
    public void close() {
        CacheMemoryException failure = null;
        try {
            calls.munmap(address, mappedBytes);
        } catch (SystemCallException e) {
            failure = new CacheMemoryException("cannot unmap cache device " + path, e);
        }
        try {
            calls.close(fd);
        } catch (SystemCallException e) {
            if (failure == null) {
                failure = new CacheMemoryException("cannot close cache device " + path, e);
            } else {
                failure.addSuppressed(e);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
