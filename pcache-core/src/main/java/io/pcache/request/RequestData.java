package io.pcache.request;

import io.pcache.media.Checksum;
import io.pcache.memory.CacheMemory;
import java.nio.ByteBuffer;

/**
 * The bytes of a client's request, wherever they are: a buffer (NBD, ublk copy mode) or pages that only the kernel can
 * reach (ublk user copy). {@code from} counts from the request's first byte. Called on the queue's thread, while the
 * request is not yet complete.
 *
 * <p>A transfer that fails throws {@link io.pcache.memory.CacheMemoryException} if the cache device is to blame, even
 * if the kernel copies and reports EFAULT for the mapping. A failure at the client's end throws
 * {@link java.io.UncheckedIOException}. Code that reads the cache may then find the same data elsewhere; otherwise the
 * request ends with EIO.
 */
public interface RequestData {
    /** Most places of the cache in one call. */
    int MAX_PLACES = 64;

    /**
     * Brings request bytes into the cache and starts their write-back ({@link CacheMemory#copyIn} or copy and
     * {@link CacheMemory#writeBack}).
     */
    void toCache(CacheMemory memory, long cacheOffset, int from, int length);

    /**
     * As {@link #toCache}. Also computes the checksum of the bytes as they are in the cache, even if the client changes
     * its own bytes meanwhile. This implementation loads the bytes from the cache. If the bytes are in a buffer that no
     * client can reach, another implementation does better, because stores to persistent memory bypass the processor's
     * caches.
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
     * As the other {@code fromCache}, for consecutive bytes of the request that lie in several places of the cache.
     *
     * @param cacheOffsets offsets of the places, in their order in the request
     * @param lengths number of bytes at each place
     * @param count number of places, 1 to {@link #MAX_PLACES}
     * @param from where in the request the bytes of the first place belong; the bytes of the other places follow
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
