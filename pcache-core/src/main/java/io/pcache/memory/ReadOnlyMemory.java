package io.pcache.memory;

import io.pcache.sys.Linux;
import io.pcache.sys.NativeMemory;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A device that is only looked at: stores are refused. Other readers may look at the same time (but see
 * {@link #open}); a target that is running keeps them out, and they it.
 */
public final class ReadOnlyMemory extends CopiedMemory {
    private static final int BOUNCE_BYTES = 64 << 10;
    private static final ThreadLocal<ByteBuffer> BOUNCE = ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(BOUNCE_BYTES));

    private final DeviceFile file;
    /** Device-DAX knows no read(2): there the device is mapped. 0 elsewhere. */
    private final long address;

    private ReadOnlyMemory(DeviceFile file, long address) {
        this.file = file;
        this.address = address;
    }

    /**
     * Opens a device for reading.
     *
     * @param path a block device, a regular file, or a device-DAX character device
     * @throws SystemCallException EBUSY if a target or something else that writes uses it, on block devices if anything does; ENOTBLK if
     *                             it is nothing of these, EINVAL if it is empty, and what open(2) and mmap(2) give
     */
    public static ReadOnlyMemory open(String path) throws SystemCallException {
        SystemCalls calls = SystemCalls.linux();
        DeviceFile file = DeviceFile.open(calls, path, DeviceFile.Claim.SHARED);
        try {
            long address = file.status().isCharacterDevice() ? calls.mmap(0, file.size(), Linux.PROT_READ, Linux.MAP_SHARED, file.fd(), 0) : 0;
            return new ReadOnlyMemory(file, address);
        } catch (SystemCallException | RuntimeException e) {
            calls.closeAfter(file.fd(), e);
            throw e;
        }
    }

    @Override
    public Kind kind() {
        return address == 0 ? Kind.PAGE_CACHE : Kind.DAX;
    }

    @Override
    public String describe() {
        return file.path() + ": " + file.size() + " bytes, read only";
    }

    @Override
    public long size() {
        return file.size();
    }

    @Override
    public void copyOut(long offset, ByteBuffer target, int targetIndex, int length) {
        Objects.checkFromIndexSize(offset, length, file.size());
        Objects.checkFromIndexSize(targetIndex, length, target.limit());
        if (address != 0) {
            copyMapped(offset, target, targetIndex, length);
        } else if (target.isDirect() && !target.isReadOnly()) {
            file.read(offset, NativeMemory.address(target) + targetIndex, length);
            Reference.reachabilityFence(target);
        } else {
            ByteBuffer bounce = BOUNCE.get();
            for (int done = 0, piece; done < length; done += piece) {
                piece = Math.min(BOUNCE_BYTES, length - done);
                file.read(offset + done, NativeMemory.address(bounce), piece);
                target.put(targetIndex + done, bounce, 0, piece);
            }
        }
    }

    private void copyMapped(long offset, ByteBuffer target, int targetIndex, int length) {
        try {
            target.put(targetIndex, NativeMemory.wrap(address + offset, length), 0, length);
        } catch (InternalError e) {
            throw new CacheMemoryException("cache device " + file.path() + ": load at " + offset + " failed: the memory is poisoned", e);
        }
    }

    /** Always refused. */
    @Override
    public void copyIn(long offset, ByteBuffer source, int sourceIndex, int length) {
        throw new UnsupportedOperationException(file.path() + " is open for reading only");
    }

    @Override
    public void close() {
        try (file) {
            if (address != 0) {
                file.calls().munmap(address, file.size());
            }
        } catch (SystemCallException e) {
            throw new CacheMemoryException("cannot unmap cache device " + file.path(), e);
        }
    }
}
