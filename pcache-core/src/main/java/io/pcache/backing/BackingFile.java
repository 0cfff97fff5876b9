package io.pcache.backing;

import io.pcache.claim.ClaimedException;
import io.pcache.claim.DeviceClaim;
import io.pcache.claim.TransfersLock;
import io.pcache.sys.Errno;
import io.pcache.sys.FileStatus;
import io.pcache.sys.Linux;
import io.pcache.sys.NativeMemory;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A file or block device, open for this target alone. A block device is opened with O_EXCL, so that a device that is
 * mounted or claimed otherwise is refused. A regular file gets a lock that ends with the process. Opened with O_DIRECT
 * where a real read shows that direct I/O works.
 */
public final class BackingFile implements AutoCloseable {
    private static final int SECTOR_BYTES = 512;
    /** The largest unit of direct I/O in use. */
    private static final int PAGE_BYTES = 4096;

    private final SystemCalls calls;
    private final String path;
    private final int fd;
    /** Null where another descriptor of this process has the claim. */
    private final DeviceClaim below;

    private final boolean blockDevice;
    private final boolean direct;
    private final long sizeBytes;
    private final int logicalBlockBytes;
    private final int physicalBlockBytes;
    private final int memoryAlignment;
    private final boolean writesThrough;
    private final boolean discardsCheaply;

    private BackingFile(SystemCalls calls, String path, int fd, FileStatus status, DeviceClaim below)
            throws SystemCallException {
        this.calls = calls;
        this.path = path;
        this.fd = fd;
        this.below = below;
        this.blockDevice = status.isBlockDevice();
        // The tail of a file, if it is no whole sector, cannot be addressed.
        long size = blockDevice ? calls.blockDeviceSize(fd) : status.sizeBytes() & -SECTOR_BYTES;
        int unit = directUnit(status, size);
        this.direct = unit != 0;
        if (!direct) {
            calls.fcntl(fd, Linux.F_SETFL, calls.fcntl(fd, Linux.F_GETFL, 0) & ~Linux.O_DIRECT);
        }
        this.sizeBytes = size;
        this.logicalBlockBytes = blockDevice ? calls.logicalBlockBytes(fd) : Math.max(unit, SECTOR_BYTES);
        this.physicalBlockBytes =
                blockDevice ? Math.max(calls.physicalBlockBytes(fd), logicalBlockBytes) : Math.max(unit, PAGE_BYTES);
        this.memoryAlignment = status.directMemoryAlignment();
        DiskQueue queue = blockDevice ? DiskQueue.of(status) : null;
        this.writesThrough = blockDevice && queue.writesThrough();
        this.discardsCheaply = blockDevice && queue.discardsCheaply();
    }

    /** Opens for reading and writing; see {@link #open(String, boolean)}. */
    public static BackingFile open(String path) throws IOException {
        return open(SystemCalls.linux(), path, false);
    }

    /**
     * Opens the path.
     *
     * @param path a block device or a regular file; symbolic links are followed
     * @param readOnly whether a device that refuses writes will do; all transfers but reads then fail
     * @throws SystemCallException ENOENT; ENOTBLK if the path is neither; EBUSY if another process, another target or a
     *     mount has it; EROFS if it is write-protected (older kernels say EACCES for a block device)
     */
    public static BackingFile open(String path, boolean readOnly) throws IOException {
        return open(SystemCalls.linux(), path, readOnly);
    }

    /**
     * Opens once more, for reading and writing, a device that this process has open and claimed. The claim is the other
     * descriptor's, which must stay open for longer. Transfers that outlive the process keep a lock, see
     * {@link TransfersLock}.
     *
     * @throws SystemCallException what open(2) gives
     */
    public static BackingFile openAgain(String path) throws IOException {
        SystemCalls calls = SystemCalls.linux();
        int fd;
        try {
            fd = calls.open(path, Linux.O_RDWR | Linux.O_DIRECT);
        } catch (SystemCallException e) {
            if (e.errno() != Errno.EINVAL) {
                throw e;
            }
            fd = calls.open(path, Linux.O_RDWR);
        }
        try {
            TransfersLock.take(calls, path, fd);
            return new BackingFile(calls, realPath(path), fd, calls.status(fd), null);
        } catch (IOException | RuntimeException e) {
            calls.closeAfter(fd, e);
            throw e;
        }
    }

    /** A file that has no name keeps the path by which it was opened. */
    private static String realPath(String path) throws IOException {
        try {
            return Path.of(path).toRealPath().toString();
        } catch (NoSuchFileException e) {
            return path;
        }
    }

    static BackingFile open(SystemCalls calls, String path, boolean readOnly) throws IOException {
        FileStatus status = calls.status(path);
        if (!status.isBlockDevice() && !status.isRegularFile()) {
            throw new SystemCallException(Errno.ENOTBLK, "open", path);
        }
        int fd = openExclusive(calls, path, status, readOnly);
        try {
            FileStatus opened = calls.status(fd);
            if (opened.isRegularFile() && !calls.tryLockExclusive(fd)) {
                throw ClaimedException.busy(path);
            }
            // Some kernels let a write-protected device be opened for writing, and some do not. So the device is asked.
            if (!readOnly && opened.isBlockDevice() && calls.blockDeviceReadOnly(fd)) {
                throw new SystemCallException(Errno.EROFS, "open", path);
            }
            return open(calls, path, fd, opened, DeviceClaim.take(calls, path, fd, opened, true));
        } catch (IOException | RuntimeException e) {
            calls.closeAfter(fd, e);
            throw e;
        }
    }

    private static BackingFile open(SystemCalls calls, String path, int fd, FileStatus opened, DeviceClaim below)
            throws IOException {
        try {
            return new BackingFile(calls, Path.of(path).toRealPath().toString(), fd, opened, below);
        } catch (IOException | RuntimeException e) {
            below.close();
            throw e;
        }
    }

    private static int openExclusive(SystemCalls calls, String path, FileStatus status, boolean readOnly)
            throws SystemCallException {
        int flags = (readOnly ? Linux.O_RDONLY : Linux.O_RDWR) | (status.isBlockDevice() ? Linux.O_EXCL : 0);
        try {
            return calls.open(path, flags | Linux.O_DIRECT);
        } catch (SystemCallException e) {
            if (e.errno() == Errno.EINVAL) {
                // The file system has no direct I/O.
                return calls.open(path, flags);
            }
            throw e.errno() == Errno.EBUSY ? ClaimedException.busy(path) : e;
        }
    }

    // Returns the unit of direct I/O in bytes, or 0 where direct I/O does not work. A file system may accept the flag
    // and then refuse transfers.
    private int directUnit(FileStatus status, long size) throws SystemCallException {
        if ((calls.fcntl(fd, Linux.F_GETFL, 0) & Linux.O_DIRECT) == 0) {
            return 0;
        }
        int unit = blockDevice ? calls.logicalBlockBytes(fd) : Math.max(status.directIoAlignment(), SECTOR_BYTES);
        ByteBuffer buffer = NativeMemory.allocateAligned(PAGE_BYTES, PAGE_BYTES);
        try {
            for (; unit <= PAGE_BYTES; unit *= 2) {
                // The last block must be reachable, too.
                if (size % unit == 0 && calls.pread(fd, NativeMemory.address(buffer), unit, 0) >= 0) {
                    return unit;
                }
            }
            return 0;
        } finally {
            Reference.reachabilityFence(buffer);
        }
    }

    /** The path, resolved. */
    public String path() {
        return path;
    }

    public int fd() {
        return fd;
    }

    public boolean blockDevice() {
        return blockDevice;
    }

    /** Whether transfers bypass the page cache. */
    public boolean direct() {
        return direct;
    }

    /** See {@link CacheDisk#writesAreDurable}. */
    public boolean writesAreDurable() {
        return blockDevice && direct && writesThrough;
    }

    /** See {@link CacheDisk#writeDurably}. */
    public void writeDurably(long offset, ByteBuffer buffer, int bufferIndex, int length) {
        MemoryPieces piece = new MemoryPieces(1);
        piece.add(NativeMemory.address(buffer) + bufferIndex, length);
        for (int done = 0; done < length; piece.dropTo(done)) {
            int result = calls.pwritev(fd, piece.vectors(), piece.count(), offset + done, Linux.RWF_DSYNC);
            if (result <= 0 && result != -Errno.EINTR) {
                throw new UncheckedIOException(
                        new SystemCallException(result == 0 ? Errno.EIO : -result, "pwritev2", path));
            }
            done += Math.max(0, result);
        }
        Reference.reachabilityFence(buffer);
    }

    /** See {@link CacheDisk#discardsCheaply}. No for a file, where a discard punches a hole. */
    public boolean discardsCheaply() {
        return discardsCheaply;
    }

    /** See {@link CacheDisk#discard}. */
    public boolean discard(long offset, long length) {
        try {
            if (blockDevice) {
                calls.discardBlocks(fd, offset, length);
            } else {
                calls.fallocate(fd, Linux.FALLOC_FL_PUNCH_HOLE | Linux.FALLOC_FL_KEEP_SIZE, offset, length);
            }
            return true;
        } catch (SystemCallException e) {
            // EBUSY: a page of the page cache that lies partly in the range is on its way to the device.
            if (e.errno() == Errno.EBUSY || e.errno() == Errno.EINTR || e.errno() == Errno.EAGAIN) {
                return false;
            }
            throw new UncheckedIOException(e);
        }
    }

    /** Size in bytes, a multiple of 512. The size of a regular file is rounded down to whole sectors. */
    public long sizeBytes() {
        return sizeBytes;
    }

    public int logicalBlockBytes() {
        return logicalBlockBytes;
    }

    public int physicalBlockBytes() {
        return physicalBlockBytes;
    }

    /** See {@link BackingDevice#gatherUnitBytes}; for devices that can write an array of pieces. */
    public int gatherUnitBytes() {
        // Direct I/O used to ask for an alignment of a block. Now some devices need less, and some need more.
        return direct ? Math.max(logicalBlockBytes, memoryAlignment) : SECTOR_BYTES;
    }

    SystemCalls calls() {
        return calls;
    }

    /**
     * One line for people.
     *
     * @param by what makes the transfers
     */
    public String describe(String by) {
        return path + ", " + (blockDevice ? "block device" : "file") + ", " + sizeBytes + " bytes, "
                + (direct ? "direct" : "buffered") + ", by " + by;
    }

    /** Closes the file, which also gives up the lock. */
    @Override
    public void close() {
        if (below != null) {
            below.close();
        }
        try {
            calls.close(fd);
        } catch (SystemCallException e) {
            throw new UncheckedIOException(e);
        }
    }
}
