package io.pcache.ublk;

import io.pcache.media.Checksum;
import io.pcache.memory.CacheMemory;
import io.pcache.sys.NativeMemory;
import java.nio.ByteBuffer;

/**
 * A request that has its bytes in a buffer of the tag. The kernel copies from and to this buffer, at delivery and at
 * commit: a second copy beside the copy to or from the cache.
 */
final class BufferRequest extends UblkRequest {
    private static final int PAGE_BYTES = 4096;

    private final ByteBuffer buffer;
    private final long address;

    BufferRequest(UblkQueue queue, int tag, int maxIoBytes) {
        super(queue, tag);
        this.buffer = NativeMemory.allocateAligned(maxIoBytes, PAGE_BYTES);
        this.address = NativeMemory.address(buffer);
    }

    @Override
    long bufferAddress() {
        return address;
    }

    @Override
    public void toCache(CacheMemory memory, long cacheOffset, int from, int length) {
        memory.copyIn(cacheOffset, buffer, from, length);
    }

    @Override
    public int toCacheChecked(CacheMemory memory, long cacheOffset, int from, int length, Checksum checksum) {
        memory.copyIn(cacheOffset, buffer, from, length);
        return checksum.of(buffer, from, length);
    }

    @Override
    public void fromCache(CacheMemory memory, long cacheOffset, int from, int length) {
        memory.copyOut(cacheOffset, buffer, from, length);
    }

    @Override
    public void fromBuffer(ByteBuffer source, int sourceIndex, int from, int length) {
        buffer.put(from, source, sourceIndex, length);
    }
}
