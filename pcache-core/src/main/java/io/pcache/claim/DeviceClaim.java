package io.pcache.claim;

import io.pcache.sys.Errno;
import io.pcache.sys.FileStatus;
import io.pcache.sys.Linux;
import io.pcache.sys.NativeMemory;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * A claim on the bytes of a device, beside the kernel's claims on the device itself. The claim is a lock on the range
 * of the file below (fcntl's open file description locks), or an exclusive open of the disk below. It ends with
 * {@link #close}, or with the process.
 */
public final class DeviceClaim implements AutoCloseable {
    static final int FLOCK_BYTES = 32;
    static final int TYPE = 0;
    static final int START = 8;
    static final int LENGTH = 16;
    private static final int NONE = -1;

    private final SystemCalls calls;
    /** The descriptor that holds the lock; {@link #NONE} where the device's own descriptor does. */
    private final int fd;

    private DeviceClaim(SystemCalls calls, int fd) {
        this.calls = calls;
        this.fd = fd;
    }

    /**
     * Claims a device.
     *
     * @param deviceFd the device, open; for writing if exclusive and writable
     * @param exclusive whether to keep out all others that claim; otherwise only those that claim exclusively are kept
     *     out
     * @throws ClaimedException if the bytes are in use by another way
     * @throws SystemCallException what open(2) gives for the layer below
     */
    public static DeviceClaim take(SystemCalls calls, String path, int deviceFd, FileStatus status, boolean exclusive)
            throws SystemCallException {
        DeviceLayers layers = DeviceLayers.of(calls, path, status);
        String loop = layers.otherLoop(calls);
        if (loop != null) {
            throw new ClaimedException(
                    path,
                    "in use: /dev/" + loop
                            + " lies on the same bytes; use that device instead, or detach it (losetup -d /dev/" + loop
                            + ")");
        }
        DeviceLayers.Layer bottom = layers.bottom();
        if (!layers.isLayered()) {
            if (bottom.status().isRegularFile()) {
                lock(calls, path, deviceFd, bottom, exclusive);
            }
            return new DeviceClaim(calls, NONE);
        }
        int fd = openBelow(calls, bottom, exclusive);
        try {
            if (bottom.status().isRegularFile()) {
                lock(calls, path, fd, bottom, exclusive);
            }
            return new DeviceClaim(calls, fd);
        } catch (SystemCallException | RuntimeException e) {
            calls.closeAfter(fd, e);
            throw e;
        }
    }

    private static int openBelow(SystemCalls calls, DeviceLayers.Layer bottom, boolean exclusive)
            throws SystemCallException {
        if (bottom.status().isBlockDevice()) {
            return calls.open(bottom.path(), Linux.O_RDONLY | (exclusive ? Linux.O_EXCL : 0));
        }
        try {
            return calls.open(bottom.path(), exclusive ? Linux.O_RDWR : Linux.O_RDONLY);
        } catch (SystemCallException e) {
            if (exclusive && (e.errno() == Errno.EROFS || e.errno() == Errno.EACCES)) {
                return calls.open(bottom.path(), Linux.O_RDONLY);
            }
            throw e;
        }
    }

    private static void lock(SystemCalls calls, String path, int fd, DeviceLayers.Layer range, boolean exclusive)
            throws SystemCallException {
        boolean writable = (calls.fcntl(fd, Linux.F_GETFL, 0) & Linux.O_ACCMODE) != Linux.O_RDONLY;
        ByteBuffer lock = NativeMemory.allocate(FLOCK_BYTES);
        lock.putShort(TYPE, exclusive && writable ? Linux.F_WRLCK : Linux.F_RDLCK)
                .putLong(START, range.start())
                // A length of 0 would reach to infinity, and so over the byte of TransfersLock.
                .putLong(LENGTH, range.length() == 0 ? TransfersLock.BYTE - range.start() : range.length());
        try {
            calls.fcntl(fd, Linux.F_OFD_SETLK, NativeMemory.address(lock));
        } catch (SystemCallException e) {
            if (e.errno() == Errno.EAGAIN || e.errno() == Errno.EACCES) {
                throw ClaimedException.busy(path);
            }
            if (e.errno() != Errno.EOPNOTSUPP && e.errno() != Errno.ENOLCK && e.errno() != Errno.EINVAL) {
                throw e;
            }
            // The file system has no such locks. The kernel's claims must do.
        } finally {
            Reference.reachabilityFence(lock);
        }
    }

    @Override
    public void close() {
        if (fd != NONE) {
            try {
                calls.close(fd);
            } catch (SystemCallException e) {
                // Whatever close reports, the descriptor is gone, and the claim with it.
                return;
            }
        }
    }
}
