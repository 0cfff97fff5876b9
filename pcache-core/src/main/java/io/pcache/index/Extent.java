package io.pcache.index;

/**
 * A range of a 4 MiB subtree and its place in the cache, in one word.
 *
 * <pre>
 *   63   61            48            35       34             14              0
 *   +----+-------------+-------------+--------+--------------+---------------+
 *   | 0  | from        | sectors - 1 | clean  | segment      | place         |
 *   | 2  | 13 bits     | 13 bits     | 1 bit  | 20 bits      | 15 bits       |
 *   +----+-------------+-------------+--------+--------------+---------------+
 * </pre>
 *
 * {@code from} is the first sector inside the subtree. {@code place} is the first sector in the data area of the cache
 * segment. Sectors are of 512 bytes. A clean extent holds what the backing device holds: the data came from there, or
 * was written back. Since {@code from} is on top, words sort by address. The two upper bits are zero: by them the index
 * tells extents from its own bookkeeping.
 */
public final class Extent {
    /** Sectors of a subtree (4 MiB), and of the longest extent. */
    public static final int SUBTREE_SECTORS = 1 << 13;
    /** Segment numbers are below this (the media format's limit). */
    public static final int SEGMENTS = 1 << 20;
    /** Places are below this; a segment's data area has 32 744 sectors. */
    public static final int PLACE_SECTORS = 1 << 15;

    /** No extent. */
    public static final long NONE = -1L;

    static final int BITS = 62;

    private static final int SEGMENT_SHIFT = 15;
    private static final int CLEAN_SHIFT = SEGMENT_SHIFT + 20;
    private static final int LENGTH_SHIFT = CLEAN_SHIFT + 1;
    private static final int FROM_SHIFT = LENGTH_SHIFT + 13;

    private static final long PLACE_MASK = PLACE_SECTORS - 1;
    private static final long SEGMENT_MASK = SEGMENTS - 1;
    private static final long LENGTH_MASK = SUBTREE_SECTORS - 1;
    private static final long SAME_SOURCE_MASK = (1L << LENGTH_SHIFT) - (1L << SEGMENT_SHIFT);

    private Extent() {}

    /**
     * @param fromSector 0 to 8191, first sector inside the subtree
     * @param sectors 1 to 8192 - fromSector
     * @param clean whether the backing device holds the same data
     * @param segment 0 to 1 048 575, the cache segment's number
     * @param placeSector 0 to 32 767, first sector in the segment's data area
     * @throws IllegalArgumentException for a value outside its range
     */
    public static long of(int fromSector, int sectors, boolean clean, int segment, int placeSector) {
        int last = fromSector + sectors - 1;
        if (((fromSector | sectors - 1 | last) >>> 13 | segment >>> 20 | placeSector >>> 15) != 0) {
            throw outOfRange(fromSector, sectors, segment, placeSector);
        }
        return (long) fromSector << FROM_SHIFT
                | (long) (sectors - 1) << LENGTH_SHIFT
                | (clean ? 1L << CLEAN_SHIFT : 0)
                | (long) segment << SEGMENT_SHIFT
                | placeSector;
    }

    private static IllegalArgumentException outOfRange(int fromSector, int sectors, int segment, int placeSector) {
        return new IllegalArgumentException("extent out of range: from " + fromSector + ", sectors " + sectors
                + ", segment " + segment + ", place " + placeSector);
    }

    /** First sector inside the subtree. */
    public static int from(long extent) {
        return (int) (extent >>> FROM_SHIFT);
    }

    /** Length in sectors, 1 to 8192. */
    public static int sectors(long extent) {
        return (int) (extent >>> LENGTH_SHIFT & LENGTH_MASK) + 1;
    }

    /** The sector behind the last, inside the subtree, at most 8192. */
    public static int end(long extent) {
        return from(extent) + sectors(extent);
    }

    public static boolean clean(long extent) {
        return (extent >>> CLEAN_SHIFT & 1) != 0;
    }

    /** The same extent, clean or dirty. */
    static long as(boolean clean, long extent) {
        return clean ? extent | 1L << CLEAN_SHIFT : extent & ~(1L << CLEAN_SHIFT);
    }

    /** The cache segment's number. */
    public static int segment(long extent) {
        return (int) (extent >>> SEGMENT_SHIFT & SEGMENT_MASK);
    }

    /** First sector in the segment's data area. */
    public static int place(long extent) {
        return (int) (extent & PLACE_MASK);
    }

    /** The part of an extent from sector {@code from} up to {@code end}; the two must overlap. */
    public static long clip(long extent, int from, int end) {
        int first = from(extent);
        int start = Math.max(first, from);
        int sectors = Math.min(end(extent), end) - start;
        long source = extent & SAME_SOURCE_MASK;
        return (long) start << FROM_SHIFT
                | (long) (sectors - 1) << LENGTH_SHIFT
                | source
                | place(extent) + (start - first);
    }

    /**
     * Whether the right extent continues the left one, in the subtree as in the segment, and both are clean or both
     * dirty.
     */
    static boolean joins(long left, long right) {
        return ((left ^ right) & SAME_SOURCE_MASK) == 0
                && end(left) == from(right)
                && place(left) + sectors(left) == place(right);
    }

    /** Makes one extent of two that {@linkplain #joins join}. */
    static long join(long left, long right) {
        return left + ((long) sectors(right) << LENGTH_SHIFT);
    }

    /** Whether both say, of any sector that is in both, that the sector lies at the same place of the same segment. */
    static boolean samePlace(long a, long b) {
        return segment(a) == segment(b) && place(a) - from(a) == place(b) - from(b);
    }

    /** For people: {@code [from, end) -> segment:place dirty}. */
    public static String toString(long extent) {
        if (extent == NONE) {
            return "none";
        }
        return "[" + from(extent) + ", " + end(extent) + ") -> " + segment(extent) + ":" + place(extent)
                + (clean(extent) ? " clean" : " dirty");
    }
}
