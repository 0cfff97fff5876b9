package io.pcache.media;

/**
 * How often a segment's data space has been freed: two copies side by side at {@link DeviceLayout#SEGMENT_CONTROL} of
 * the segment. No valid copy means generation 0. A key counts only while its own generation is not older than the
 * generation of its segment.
 *
 * <pre>
 *  0         8               16
 *  +---------+---------------+
 *  | header  | generation    |
 *  +---------+---------------+
 * </pre>
 */
public final class GenerationLayout {
    public static final int GENERATION = HeaderLayout.BYTES;
    public static final int BYTES = GENERATION + Long.BYTES;
    /** Distance between the two copies. */
    public static final int SPACING = BYTES;

    private GenerationLayout() {}
}
