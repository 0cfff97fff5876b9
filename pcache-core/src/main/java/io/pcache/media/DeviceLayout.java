package io.pcache.media;

/**
 * The cache device as a whole.
 *
 * <pre>
 *  0        4096        8192           16384          20480                        20480 + i * 16 MiB
 *  +--------+-----------+--------------+--------------+------------------ ... -----+------------------+
 *  | unused | superblock| cache info   | cache control| segment 0                  | segment i        |
 *  |        |           | x 2          |              |                            |                  |
 *  +--------+-----------+--------------+--------------+------------------ ... -----+------------------+
 *
 *  a segment
 *  0            4096         8192                  12288                                       16 MiB
 *  +------------+------------+---------------------+-------------------------------------------------+
 *  | segment    | segment    | segment control:    | data: key-sets, or cached blocks                |
 *  | info #0    | info #1    | generation x 2      | (segment offsets of keys and positions are      |
 *  |            |            |                     |  counted from here)                             |
 *  +------------+------------+---------------------+-------------------------------------------------+
 * </pre>
 */
public final class DeviceLayout {
    /** Copies of every structure but the superblock and the key-sets. */
    public static final int COPIES = 2;
    /** Distance between the two copies of cache info, and of segment info. */
    public static final int METADATA_SPACING = 4096;

    public static final long SUPERBLOCK = 4096;
    public static final long CACHE_INFO = SUPERBLOCK + METADATA_SPACING;
    public static final long CACHE_CONTROL = CACHE_INFO + COPIES * METADATA_SPACING;
    public static final long SEGMENTS = CACHE_CONTROL + METADATA_SPACING;

    public static final int SEGMENT_SHIFT = 24;
    public static final int SEGMENT_BYTES = 1 << SEGMENT_SHIFT;
    public static final int SEGMENT_INFO = 0;
    public static final int SEGMENT_CONTROL = SEGMENT_INFO + COPIES * METADATA_SPACING;
    public static final int SEGMENT_DATA = SEGMENT_CONTROL + METADATA_SPACING;
    /** What a segment holds, in bytes: 16 764 928. */
    public static final int SEGMENT_DATA_BYTES = SEGMENT_BYTES - SEGMENT_DATA;

    /** Smallest cache device in bytes. */
    public static final long MIN_DEVICE_BYTES = 512L << 20;
    /** Most segments of a cache: 16 TiB. */
    public static final int MAX_SEGMENTS = 1 << 20;

    /** A key never crosses a multiple of this many bytes of the backing device's address space. */
    public static final int SUBTREE_SHIFT = 22;

    public static final int SUBTREE_BYTES = 1 << SUBTREE_SHIFT;

    public static final int SECTOR_SHIFT = 9;
    public static final int SECTOR_BYTES = 1 << SECTOR_SHIFT;

    public static final int GC_PERCENT_MAX = 90;
    public static final int GC_PERCENT_DEFAULT = 70;

    private DeviceLayout() {}

    /** Segments that a device of this size holds; at most {@link #MAX_SEGMENTS}. */
    public static int segmentsIn(long deviceBytes) {
        return (int) Math.max(0, Math.min(MAX_SEGMENTS, (deviceBytes - SEGMENTS) >> SEGMENT_SHIFT));
    }

    /** Device offset of physical segment {@code index}. */
    public static long segment(int index) {
        return SEGMENTS + ((long) index << SEGMENT_SHIFT);
    }

    /** Device offset of the data area of physical segment {@code index}. */
    public static long segmentData(int index) {
        return segment(index) + SEGMENT_DATA;
    }
}
