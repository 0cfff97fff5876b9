package io.pcache.cache;

import io.pcache.index.CacheIndex;
import io.pcache.media.DeviceLayout;
import io.pcache.segment.DataChecksums;

/**
 * What memory a cache needs, in bytes. Nothing else computes this.
 *
 * <pre>
 *                         Java heap, all from the start          outside, as the cache is filled
 *   for each segment      its place, references, generation
 *   replay                a batch of keys
 *   the index                                                    up to {@value #INDEX_BYTES_PER_KEY}
 *                                                                for each 4 KiB of the cache
 *   table of the index                                           8 for each 4 MiB of the mapped device ever cached
 *   data checksums                                               where on: 8 for each key, 9 blocks of 4 KiB a segment
 *   write-back's batch                                           {@value #BATCH_BYTES} at most
 *   page tables of the mapped cache device                       a page for each segment, once its first pages
 *                                                                are loaded
 * </pre>
 *
 * The memory outside of the heap has a limit. A cache with small keys meets this limit before its segments are full;
 * writes then wait until older data is collected. Memory beyond the limit is taken only for what a log holds at
 * activation, since nothing of the log may be lost. {@link #keysBytes} tells how much this is at most.
 *
 * <p>A cache of 1 TiB in front of a device of 16 TiB needs 10 MiB of heap and 256 MiB of page tables. When the cache is
 * full, it also needs 6 GiB for its index, 2.3 GiB for data checksums where they are on, and 34 MiB for the table.
 */
public final class MemoryNeeds {
    /** Most bytes that write-back's batch may take. */
    public static final long BATCH_BYTES = 4L << 20;

    private static final int KEY_BYTES = 4096;
    /** An extent in an array of the index, together with the arrays' slack. */
    private static final int INDEX_BYTES_PER_KEY = 24;

    private static final long MIN_INDEX_BYTES = 4L << 20;
    private static final int CHECKSUM_BYTES_PER_KEY = 9;
    /**
     * A segment's place in the chain, its references, its generation, its place among the free segments, its list of
     * checksums, and its figures in replay.
     */
    private static final long HEAP_BYTES_PER_SEGMENT = 64;
    /** A word for each 128 GiB of the device, and another one for a batch of write-back. */
    private static final long BYTES_PER_NODE = 16;

    private static final long NODE_BYTES = 128L << 30;
    private static final long PAGE_TABLE_BYTES = 4096;

    private MemoryNeeds() {}

    /** The index's limit, which is so high that keys of 4 KiB never meet it. */
    public static long indexBytes(int segments) {
        return Math.max(
                MIN_INDEX_BYTES, (long) segments * (DeviceLayout.SEGMENT_BYTES / KEY_BYTES) * INDEX_BYTES_PER_KEY);
    }

    /**
     * Bytes of the Java heap, for everything that grows with the sizes.
     *
     * @param cacheBytes size of the cache device
     * @param deviceBytes size of the backing device
     */
    public static long heapBytes(long cacheBytes, long deviceBytes) {
        int segments = DeviceLayout.segmentsIn(cacheBytes);
        return replayBytes(segments)
                + segments * HEAP_BYTES_PER_SEGMENT
                + (deviceBytes / NODE_BYTES + 1) * BYTES_PER_NODE;
    }

    /**
     * Number of keys that replay puts in order at a time. A small cache has few keys, and its target has little memory.
     */
    public static int replayKeys(int segments) {
        return (int) Math.min(1 << 18, segments * 512L);
    }

    private static long replayBytes(int segments) {
        return replayKeys(segments) * 24L;
    }

    /**
     * Bytes outside of the Java heap, when the cache is full and all of the mapped device was cached at some time.
     *
     * @param mappedBytes the table's length
     */
    public static long limitBytes(long cacheBytes, long mappedBytes, boolean dataCrc) {
        int segments = DeviceLayout.segmentsIn(cacheBytes);
        return indexBytes(segments)
                + CacheIndex.tableBytes(mappedBytes)
                + (dataCrc ? DataChecksums.memoryFor(segments) : 0)
                + BATCH_BYTES;
    }

    /** Bytes of the kernel, for the mapping of the cache device. */
    public static long mappingBytes(int segments) {
        return segments * PAGE_TABLE_BYTES;
    }

    /** Most bytes outside of the Java heap for {@code keys} keys of a log. */
    public static long keysBytes(long keys, boolean dataCrc) {
        return keys * (INDEX_BYTES_PER_KEY + (dataCrc ? CHECKSUM_BYTES_PER_KEY : 0));
    }
}
