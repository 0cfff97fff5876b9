package io.pcache.cache;

import io.pcache.media.DeviceLayout;

/**
 * What memory a cache of a given size needs, in bytes. All of it is taken when the cache is activated, whatever is in it.
 *
 * <p>A cache of 1 TiB before a device of 16 TiB needs 6 GiB for its index, 2.3 GiB for data checksums where they are on, and 37 MiB for the rest.
 */
public final class MemoryNeeds {
    private static final int KEY_BYTES = 4096;
    /** An extent in an array of the index, with the arrays' slack. */
    private static final int INDEX_BYTES_PER_KEY = 24;
    private static final long MIN_INDEX_BYTES = 4L << 20;
    /** A word a key in blocks of 4 KiB, nine a segment, with their headers and the table of the blocks. */
    private static final long CHECKSUM_BYTES_PER_SEGMENT = 9 * (4096 + 24) + 64 * 4 + 24;
    /** Its place in the chain, its references, its generation, its place among the free ones, and replay's figures. */
    private static final long TABLE_BYTES_PER_SEGMENT = 64;
    private static final long SUBTREE_BYTES = 1L << DeviceLayout.SUBTREE_SHIFT;
    /** A word for each subtree in pages of 64 and the table of the pages, for the device and for a batch of write-back. */
    private static final long BYTES_PER_SUBTREE = 2 * (8 + 1);

    private MemoryNeeds() {
    }

    /** The index's limit: so much that it is never met by keys of 4 KiB. */
    public static long indexBytes(int segments) {
        return Math.max(MIN_INDEX_BYTES, (long) segments * (DeviceLayout.SEGMENT_BYTES / KEY_BYTES) * INDEX_BYTES_PER_KEY);
    }

    /**
     * Of the Java heap, for all that grows with the sizes.
     *
     * @param cacheBytes  size of the cache device
     * @param deviceBytes size of the backing device
     * @param dataCrc     whether data checksums are kept
     */
    public static long heapBytes(long cacheBytes, long deviceBytes, boolean dataCrc) {
        int segments = DeviceLayout.segmentsIn(cacheBytes);
        return indexBytes(segments) + segments * (TABLE_BYTES_PER_SEGMENT + (dataCrc ? CHECKSUM_BYTES_PER_SEGMENT : 0))
            + (deviceBytes + SUBTREE_BYTES - 1) / SUBTREE_BYTES * BYTES_PER_SUBTREE;
    }
}
