package io.pcache.media;

/**
 * A position in the log, kept in the cache control: two copies side by side of the key tail, then two of the dirty
 * tail.
 *
 * <pre>
 *  cache control            0                16               32                 48                 64
 *                           +----------------+----------------+------------------+------------------+
 *                           | key tail #0    | key tail #1    | dirty tail #0    | dirty tail #1    |
 *                           +----------------+----------------+------------------+------------------+
 *  each  0         8         12        16
 *        +---------+---------+---------+
 *        | header  | segment | offset  |
 *        +---------+---------+---------+
 * </pre>
 *
 * The offset is in bytes from the start of the segment's data area.
 */
public final class PositionLayout {
    public static final int SEGMENT = HeaderLayout.BYTES;
    public static final int OFFSET = SEGMENT + Integer.BYTES;
    public static final int BYTES = OFFSET + Integer.BYTES;

    /** Distance between the two copies. */
    public static final int SPACING = BYTES;

    public static final long KEY_TAIL = DeviceLayout.CACHE_CONTROL;
    public static final long DIRTY_TAIL = KEY_TAIL + DeviceLayout.COPIES * SPACING;

    private PositionLayout() {}
}
