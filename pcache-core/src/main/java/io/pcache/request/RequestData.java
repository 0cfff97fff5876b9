package io.pcache.request;

import io.pcache.media.Checksum;
import io.pcache.memory.CacheMemory;
import java.nio.ByteBuffer;

/**
 * The bytes of a client's request, wherever they are: a buffer (NBD, ublk copy mode) or pages that only the kernel can
 * reach (ublk user copy). {@code from} counts from the request's first byte. Called on the queue's thread, while the
 * request is not yet complete.
 *
 * <p>A transfer that fails throws {@link io.pcache.memory.CacheMemoryException} where the cache device is to blame,
 * also where the kernel copies and says EFAULT of the mapping, and {@link java.io.UncheckedIOException} for a failure
 * at the client's end. What reads the cache may then find the same data elsewhere; else the request ends with EIO.
 */
public interface RequestData {
    /** Places of the cache in one call. */
    int MAX_PLACES = 64;

    /**
     * Brings request bytes into the cache and starts their write-back ({@link CacheMemory#copyIn} or copy and
     * {@link CacheMemory#writeBack}).
     */
    void toCache(CacheMemory memory, long cacheOffset, int from, int length);

    /**
     * As {@link #toCache}, and computes the checksum of the bytes as they are in the cache, even if the client changes
     * its own meanwhile. This one loads them from there; whoever has them in a buffer that no client can reach does
     * better, because stores to persistent memory bypass the processor's caches.
     *
     * @param checksum the queue's own, for use during the call
     */
    default int toCacheChecked(CacheMemory memory, long cacheOffset, int from, int length, Checksum checksum) {
        toCache(memory, cacheOffset, from, length);
        return memory.checksum(cacheOffset, length);
    }

    /** Answers request bytes out of the cache. */
    void fromCache(CacheMemory memory, long cacheOffset, int from, int length);

    /**
     * As the other {@code fromCache}, where what follows each other in the request lies in several places of the cache.
     *
     * @param cacheOffsets of the places, in their order in the request
     * @param lengths bytes at each
     * @param count places, 1 to {@link #MAX_PLACES}
     * @param from where the first one's bytes belong; each other one's follow
     */
    default void fromCache(CacheMemory memory, long[] cacheOffsets, int[] lengths, int count, int from) {
        int at = from;
        for (int i = 0; i < count; i++) {
            fromCache(memory, cacheOffsets[i], at, lengths[i]);
            at += lengths[i];
        }
    }

    /** Answers request bytes out of a buffer, after a read of the backing device. */
    void fromBuffer(ByteBuffer source, int sourceIndex, int from, int length);
}
