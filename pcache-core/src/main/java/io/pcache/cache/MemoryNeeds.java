package io.pcache.cache;

import io.pcache.index.CacheIndex;
import io.pcache.media.DeviceLayout;
import io.pcache.segment.DataChecksums;

/**
 * What memory a cache needs, in bytes: the one place in which this is computed.
 *
 * <pre>
 *                         Java heap, all from the start          outside, as the cache is filled
 *   for each segment      its place, references, generation
 *   replay                a batch of keys
 *   the index                                                    up to {@value #INDEX_BYTES_PER_KEY} for each 4 KiB of the cache
 *   table of the index                                           8 for each 4 MiB of the mapped device that was ever cached
 *   data checksums                                               8 for each key, 9 blocks of 4 KiB a segment where they are on
 *   write-back's batch                                           {@value #BATCH_BYTES} at most
 *   page tables of the mapped cache device                       a page for each segment, whose first pages are loaded from
 * </pre>
 *
 * What is outside of the heap has a limit. A cache whose keys are small meets it before its segments are full: writes
 * then wait until older data is collected. Only what a log holds at activation is taken beyond the limit, since nothing
 * of it may be lost: {@link #keysBytes} tells how much that is at most.
 *
 * <p>A cache of 1 TiB before a device of 16 TiB needs 10 MiB of heap, 256 MiB of page tables, and when it is full 6 GiB
 * for its index, 2.3 GiB for data checksums where they are on, and 34 MiB for the table.
 */
public final class MemoryNeeds {
    /** What write-back's batch may take. */
    public static final long BATCH_BYTES = 4L << 20;

    private static final int KEY_BYTES = 4096;
    /** An extent in an array of the index, with the arrays' slack. */
    private static final int INDEX_BYTES_PER_KEY = 24;

    private static final long MIN_INDEX_BYTES = 4L << 20;
    private static final int CHECKSUM_BYTES_PER_KEY = 9;
    /**
     * Its place in the chain, its references, its generation, its place among the free ones, its list of checksums, and
     * replay's figures.
     */
    private static final long HEAP_BYTES_PER_SEGMENT = 64;
    /** A word for each 128 GiB of the device, and for a batch of write-back as many. */
    private static final long BYTES_PER_NODE = 16;

    private static final long NODE_BYTES = 128L << 30;
    private static final long PAGE_TABLE_BYTES = 4096;

    private MemoryNeeds() {}

    /** The index's limit: so much that it is never met by keys of 4 KiB. */
    public static long indexBytes(int segments) {
        return Math.max(
                MIN_INDEX_BYTES, (long) segments * (DeviceLayout.SEGMENT_BYTES / KEY_BYTES) * INDEX_BYTES_PER_KEY);
    }

    /**
     * Of the Java heap, for all that grows with the sizes.
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

    /** Keys that replay puts in order at a time: a small cache has few, and a target with little memory. */
    public static int replayKeys(int segments) {
        return (int) Math.min(1 << 18, segments * 512L);
    }

    private static long replayBytes(int segments) {
        return replayKeys(segments) * 24L;
    }

    /**
     * Outside of the Java heap, when the cache is full and all of the mapped device was cached at some time.
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

    /** Of the kernel, for the mapping of the cache device. */
    public static long mappingBytes(int segments) {
        return segments * PAGE_TABLE_BYTES;
    }

    /** Outside of the Java heap, for what so many keys of a log say. */
    public static long keysBytes(long keys, boolean dataCrc) {
        return keys * (INDEX_BYTES_PER_KEY + (dataCrc ? CHECKSUM_BYTES_PER_KEY : 0));
    }
}
