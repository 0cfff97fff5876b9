package io.pcache.request;

import io.pcache.media.Checksum;
import io.pcache.memory.CacheMemory;
import java.nio.ByteBuffer;

/** A request's bytes in a buffer. */
public final class BufferData implements RequestData {
    private final ByteBuffer buffer;

    public BufferData(ByteBuffer buffer) {
        this.buffer = buffer;
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
