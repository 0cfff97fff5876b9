package io.pcache.media;

/**
 * Segment info: two copies at the start of every segment, {@link DeviceLayout#METADATA_SPACING} apart. These make the
 * chain of a cache's segments: cache info names the first segment, and the info of each segment names the next. The
 * n-th segment of the chain is cache segment n.
 *
 * <pre>
 *  0         8        12         16
 *  +---------+--------+----------+
 *  | header  | flags  | next_seg |
 *  +---------+--------+----------+
 *
 *  flags   bit 0      another segment follows
 *          bits 1-4   type: 1 cache data
 * </pre>
 */
public final class SegmentInfoLayout {
    public static final int FLAGS = HeaderLayout.BYTES;
    public static final int NEXT_SEG = FLAGS + Integer.BYTES;
    public static final int BYTES = NEXT_SEG + Integer.BYTES;

    public static final int FLAG_HAS_NEXT = 1;
    private static final int TYPE_SHIFT = 1;
    private static final int TYPE_MASK = 0xF;
    public static final int TYPE_CACHE_DATA = 1;
    /** Flags of the last segment of a chain. */
    public static final int FLAGS_CACHE_DATA = TYPE_CACHE_DATA << TYPE_SHIFT;

    private SegmentInfoLayout() {}

    public static int type(int flags) {
        return flags >>> TYPE_SHIFT & TYPE_MASK;
    }
}
