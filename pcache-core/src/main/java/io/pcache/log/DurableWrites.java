package io.pcache.log;

import java.nio.ByteBuffer;

/** A way to the cache device, past the page cache, for blocks that are durable when their write has ended. */
@FunctionalInterface
public interface DurableWrites {
    /**
     * Writes, and returns when the bytes are durable.
     *
     * @param offset on the device, in bytes; a multiple of 4096, as are {@code index} and {@code length}
     * @throws io.pcache.memory.CacheMemoryException when the device fails; what has arrived there is not known then
     */
    void write(long offset, ByteBuffer source, int index, int length);
}
