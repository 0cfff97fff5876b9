package io.pcache.memory;

import io.pcache.claim.ClaimedException;
import io.pcache.claim.DeviceClaim;
import io.pcache.claim.TransfersLock;
import io.pcache.claim.WriteAccess;
import io.pcache.sys.Errno;
import io.pcache.sys.FileStatus;
import io.pcache.sys.Linux;
import io.pcache.sys.NativeMemory;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongConsumer;

/** A cache device's open descriptor, claimed against other users, and its size. */
final class DeviceFile implements AutoCloseable {

    /** Which other users of the device are kept out. */
    enum Claim {
        /** All others: for a user that writes. */
        EXCLUSIVE,
        /** Others that write. Linux has no shared claim on block devices, so there all others are kept out. */
        SHARED,
        /**
         * All others. For a user that only wants to know whether EXCLUSIVE would be refused: nothing can be written.
         */
        TRIAL
    }

    /**
     * Bytes to allocate at a time. tmpfs gives about 1 GiB of zeroed pages a second, so a person who waits sees
     * progress.
     */
    private static final long ALLOCATION_BYTES = 256L << 20;

    private final SystemCalls calls;
    private final String path;
    private final int fd;
    private final FileStatus status;
    private final long size;
    private final DeviceClaim below;
    /** Whether the file keeps its holes. */
    private final boolean sparse;

    private volatile boolean cutShort;

    /**
     * Opens for reading and, with the claim {@link Claim#EXCLUSIVE}, for writing.
     *
     * @throws SystemCallException EBUSY if the claim is refused, EROFS if the device cannot be written but is to be,
     *     ENOTBLK if the path is nothing that can be a cache device, EINVAL if the device is empty, and what open(2)
     *     gives
     */
    static DeviceFile open(SystemCalls calls, String path, Claim claim) throws SystemCallException {
        FileStatus status = calls.status(path);
        if (!isCacheDevice(status)) {
            throw new SystemCallException(Errno.ENOTBLK, "open", path);
        }
        if (claim == Claim.TRIAL) {
            WriteAccess.require(path);
        }
        int access = claim == Claim.EXCLUSIVE ? Linux.O_RDWR : Linux.O_RDONLY;
        // On block devices O_EXCL without O_CREAT asks for exclusive use. The kernel answers EBUSY if the device is
        // mounted, or is held by device-mapper or by another pcache process.
        int fd = open(calls, path, access | (status.isBlockDevice() ? Linux.O_EXCL : 0));
        try {
            return new DeviceFile(calls, path, fd, calls.status(fd), claim, false);
        } catch (SystemCallException | RuntimeException e) {
            calls.closeAfter(fd, e);
            throw e;
        }
    }

    /**
     * A file of zeros in memory, without a name in any folder: nothing of the file is left when this process ends. Only
     * pages that are stored to take memory. While this file is open, {@link #path} can be opened once more.
     */
    static DeviceFile scratch(SystemCalls calls, long sizeBytes) throws SystemCallException {
        int fd = calls.memoryFile("pcache-scratch");
        try {
            ByteBuffer last = NativeMemory.allocate(1);
            int result = calls.pwrite(fd, NativeMemory.address(last), 1, sizeBytes - 1);
            Reference.reachabilityFence(last);
            if (result < 0) {
                throw new SystemCallException(-result, "pwrite", "memory");
            }
            return new DeviceFile(calls, "/proc/self/fd/" + fd, fd, calls.status(fd), Claim.EXCLUSIVE, true);
        } catch (SystemCallException | RuntimeException e) {
            calls.closeAfter(fd, e);
            throw e;
        }
    }

    private static int open(SystemCalls calls, String path, int flags) throws SystemCallException {
        try {
            return calls.open(path, flags);
        } catch (SystemCallException e) {
            throw e.errno() == Errno.EBUSY ? ClaimedException.busy(path) : e;
        }
    }

    private static boolean isCacheDevice(FileStatus status) {
        return status.isBlockDevice() || status.isRegularFile() || status.isCharacterDevice() && isDaxDevice(status);
    }

    private static boolean isDaxDevice(FileStatus status) {
        try {
            return sysfs(status, "subsystem")
                    .toRealPath()
                    .getFileName()
                    .toString()
                    .equals("dax");
        } catch (IOException e) {
            // A character device without a subsystem, or a device that has just gone.
            return false;
        }
    }

    private static Path sysfs(FileStatus status, String attribute) {
        return Path.of("/sys/dev/char", status.deviceNumber(), attribute);
    }

    private DeviceFile(SystemCalls calls, String path, int fd, FileStatus status, Claim claim, boolean sparse)
            throws SystemCallException {
        this.calls = calls;
        this.path = path;
        this.fd = fd;
        this.status = status;
        this.sparse = sparse;
        claim(claim);
        this.size = findSize();
        this.below = DeviceClaim.take(calls, path, fd, status, claim != Claim.SHARED);
        if (size <= 0) {
            below.close();
            throw new EmptyDeviceException(path);
        }
    }

    private void claim(Claim claim) throws SystemCallException {
        if (status.isBlockDevice()) {
            // Linux opens a read-only device for writing, and fails each write instead.
            if (claim != Claim.SHARED && calls.blockDeviceReadOnly(fd)) {
                throw new SystemCallException(Errno.EROFS, "open", path);
            }
        } else if (!(claim != Claim.SHARED ? calls.tryLockExclusive(fd) : calls.tryLockShared(fd))) {
            throw ClaimedException.busy(path);
        }
        if (claim != Claim.SHARED) {
            TransfersLock.requireNone(calls, path, fd);
        }
    }

    private long findSize() throws SystemCallException {
        if (status.isBlockDevice()) {
            return calls.blockDeviceSize(fd);
        }
        if (status.isRegularFile()) {
            return status.sizeBytes();
        }
        try {
            return Long.parseLong(Files.readString(sysfs(status, "size")).trim());
        } catch (IOException | NumberFormatException e) {
            SystemCallException noSize = new SystemCallException(
                    Errno.ENODEV, "read", sysfs(status, "size").toString());
            noSize.initCause(e);
            throw noSize;
        }
    }

    String path() {
        return path;
    }

    int fd() {
        return fd;
    }

    FileStatus status() {
        return status;
    }

    /** In bytes; greater than 0. */
    long size() {
        return size;
    }

    SystemCalls calls() {
        return calls;
    }

    /** Whether the file is one of {@link #scratch}. */
    boolean isScratch() {
        return sparse;
    }

    /** As {@link CacheMemory#requireRoom}. */
    void requireRoom() throws NoRoomException {
        if (!status.isRegularFile() || sparse) {
            return;
        }
        try {
            long missing = missingBytes();
            if (missing > 0 && missing > calls.fileSystem(fd).freeBytes()) {
                throw new NoRoomException(path, missing, Errno.ENOSPC);
            }
        } catch (SystemCallException e) {
            throw new CacheMemoryException("cache device " + path + ": cannot look for room: " + e.getMessage(), e);
        }
    }

    /** As {@link CacheMemory#allocate(LongConsumer)}. */
    boolean allocate(LongConsumer done) throws NoRoomException {
        if (!status.isRegularFile() || sparse || hasNoHoles()) {
            return true;
        }
        // Others may have taken the room since. And a file system that fails half-way need not give back what it has
        // allocated.
        requireRoom();
        try {
            for (long from = 0; from < size; from += ALLOCATION_BYTES) {
                long end = Math.min(size, from + ALLOCATION_BYTES);
                allocate(from, end - from);
                done.accept(end);
            }
            return true;
        } catch (SystemCallException e) {
            return switch (e.errno()) {
                case Errno.EOPNOTSUPP, Errno.ENOSYS -> missingBytes() == 0;
                case Errno.ENOSPC, Errno.EDQUOT -> throw new NoRoomException(path, missingBytes(), e.errno());
                default ->
                    throw new CacheMemoryException(
                            "cache device " + path + ": cannot be allocated: " + e.getMessage(), e);
            };
        }
    }

    private void allocate(long from, long length) throws SystemCallException {
        while (true) {
            try {
                calls.fallocate(fd, 0, from, length);
                return;
            } catch (SystemCallException e) {
                if (e.errno() != Errno.EINTR) {
                    throw e;
                }
            }
        }
    }

    /**
     * Tells when fallocate has nothing to do. On tmpfs, fallocate visits every page in any case, and clears the pages
     * that were never stored to (15 s for 11 GiB). There the count of blocks is enough; lseek takes such pages for
     * holes.
     */
    private boolean hasNoHoles() {
        return missingBytes() == 0 && (isOnTmpfs() || calls.lseek(fd, 0, Linux.SEEK_HOLE) >= size);
    }

    private boolean isOnTmpfs() {
        try {
            return calls.fileSystem(fd).type() == Linux.TMPFS_MAGIC;
        } catch (SystemCallException e) {
            throw new CacheMemoryException("cache device " + path + ": " + e.getMessage(), e);
        }
    }

    /** A little less than the holes, where the file system counts its metadata as part of the file. */
    private long missingBytes() {
        try {
            return Math.max(0, size - calls.status(fd).allocatedBytes());
        } catch (SystemCallException e) {
            throw new CacheMemoryException("cache device " + path + ": " + e.getMessage(), e);
        }
    }

    /**
     * Fails if someone has cut the file short. From then on every call fails, because a write makes the file longer
     * again, with holes in place of what the file held. Costs a system call of some 150 ns for a regular file, nothing
     * for others.
     */
    void requireWhole() {
        if (cutShort || status.isRegularFile() && calls.lseek(fd, 0, Linux.SEEK_END) < size) {
            cutShort = true;
            throw new CacheMemoryException(
                    "cache device " + path + ": the file was cut short (" + Errno.name(Errno.EIO) + ")");
        }
    }

    /** Fills memory with the bytes at an offset. Not for device-DAX, which can only be mapped. */
    void read(long offset, long address, int length) {
        if (cutShort) {
            requireWhole();
        }
        for (int done = 0; done < length; ) {
            int result = calls.pread(fd, address + done, length - done, offset + done);
            done += progress(result, "load", offset + done);
        }
    }

    /** Writes memory to an offset; not for device-DAX. */
    void write(long offset, long address, int length) {
        for (int done = 0; done < length; ) {
            int result = calls.pwrite(fd, address + done, length - done, offset + done);
            done += progress(result, "store", offset + done);
        }
        requireWhole();
    }

    private int progress(int result, String what, long offset) {
        if (result > 0) {
            return result;
        }
        if (result == -Errno.EINTR) {
            return 0;
        }
        String reason =
                result == 0 ? "the file was cut short" : Errno.message(-result) + " (" + Errno.name(-result) + ")";
        throw new CacheMemoryException("cache device " + path + ": " + what + " at " + offset + " failed: " + reason);
    }

    /** Gives up the claims, on the device and on the devices below. */
    @Override
    public void close() {
        below.close();
        try {
            calls.close(fd);
        } catch (SystemCallException e) {
            throw new CacheMemoryException("cannot close cache device " + path, e);
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
}
