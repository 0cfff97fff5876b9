package io.pcache.memory;

import io.pcache.sys.Linux;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A device that is only read: stores are refused. Other readers may read at the same time (but see {@link #open}). A
 * running target keeps readers out, and readers keep a target out.
 */
public final class ReadOnlyMemory extends CopiedMemory {
    private final DeviceFile file;
    private final AddressedLoads loads;
    /** Device-DAX has no read(2), so such a device is mapped here. 0 for other devices. */
    private final long address;
    /** Null where the device is not mapped. */
    private final KernelCopy copy;

    private ReadOnlyMemory(DeviceFile file) throws SystemCallException {
        this.file = file;
        if (file.status().isCharacterDevice()) {
            this.address = file.calls().mmap(0, file.size(), Linux.PROT_READ, Linux.MAP_SHARED, file.fd(), 0);
            this.copy = copy(file, address);
            this.loads = copy.of(file.path(), address);
        } else {
            this.address = 0;
            this.copy = null;
            this.loads = file::read;
        }
    }

    private static KernelCopy copy(DeviceFile file, long address) throws SystemCallException {
        try {
            return new KernelCopy(file.calls());
        } catch (SystemCallException | RuntimeException | Error e) {
            file.calls().munmap(address, file.size());
            throw e;
        }
    }

    /**
     * Opens a device for reading.
     *
     * @param path a block device, a regular file, or a device-DAX character device
     * @throws SystemCallException EBUSY if a target, or something else that writes, uses the device; for block devices,
     *     if anything uses it. ENOTBLK if the path is none of these, EINVAL if the device is empty, and what open(2)
     *     and mmap(2) give
     */
    public static ReadOnlyMemory open(String path) throws SystemCallException {
        return open(SystemCalls.linux(), path);
    }

    static ReadOnlyMemory open(SystemCalls calls, String path) throws SystemCallException {
        DeviceFile file = DeviceFile.open(calls, path, DeviceFile.Claim.SHARED);
        try {
            return new ReadOnlyMemory(file);
        } catch (SystemCallException | RuntimeException | Error e) {
            file.closeAfter(e);
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
    public String path() {
        return file.path();
    }

    @Override
    public long size() {
        return file.size();
    }

    @Override
    public void copyOut(long offset, ByteBuffer target, int targetIndex, int length) {
        Objects.checkFromIndexSize(offset, length, file.size());
        Objects.checkFromIndexSize(targetIndex, length, target.limit());
        loads.copyOut(offset, target, targetIndex, length);
    }

    /** Always refused. */
    @Override
    public void copyIn(long offset, ByteBuffer source, int sourceIndex, int length) {
        throw new UnsupportedOperationException(file.path() + " is open for reading only");
    }

    @Override
    public void close() {
        try (file;
                copy) {
            if (address != 0) {
                file.calls().munmap(address, file.size());
            }
        } catch (SystemCallException e) {
            throw new CacheMemoryException("cannot unmap cache device " + file.path(), e);
        }
    }
}
