package io.pcache.request;

import io.pcache.memory.CacheMemory;
import java.nio.ByteBuffer;

/**
 * The bytes of a client's request, wherever they are: a buffer (NBD, ublk copy mode) or pages that only the kernel can
 * reach (ublk user copy). {@code from} counts from the request's first byte. Called on the queue's thread, while the request is not yet complete.
 *
 * <p>A transfer that fails throws {@link java.io.UncheckedIOException}; the request ends with EIO.
 */
public interface RequestData {

    /** Brings request bytes into the cache and starts their write-back ({@link CacheMemory#copyIn} or copy and {@link CacheMemory#writeBack}). */
    void toCache(CacheMemory memory, long cacheOffset, int from, int length);

    /** Answers request bytes out of the cache. */
    void fromCache(CacheMemory memory, long cacheOffset, int from, int length);

    /** Answers request bytes out of a buffer, after a read of the backing device. */
    void fromBuffer(ByteBuffer source, int sourceIndex, int from, int length);
}
