package io.pcache.media;

/**
 * Cache info: two copies from {@link DeviceLayout#CACHE_INFO}, {@link DeviceLayout#METADATA_SPACING} apart. No valid
 * copy means a new cache.
 *
 * <pre>
 *  0          8          12        16       20         24
 *  +----------+----------+---------+--------+----------+
 *  | header   | seg_id   | n_segs  | flags  | reserved |
 *  +----------+----------+---------+--------+----------+
 *
 *  flags   bit 0      data_crc
 *          bit 1      initialised: activation has succeeded once
 *          bits 2-5   cache mode: 0 writeback (the only one ever written), 1 writethrough, 2 writearound, 3 writeonly
 *          bits 6-12  GC percent
 * </pre>
 */
public final class CacheInfoLayout {
    public static final int SEG_ID = HeaderLayout.BYTES;
    public static final int N_SEGS = SEG_ID + Integer.BYTES;
    public static final int FLAGS = N_SEGS + Integer.BYTES;
    public static final int RESERVED = FLAGS + Integer.BYTES;
    public static final int BYTES = RESERVED + Integer.BYTES;

    public static final int FLAG_DATA_CRC = 1;
    public static final int FLAG_INIT_DONE = 1 << 1;
    private static final int MODE_SHIFT = 2;
    private static final int MODE_MASK = 0xF;
    private static final int GC_PERCENT_SHIFT = 6;
    private static final int GC_PERCENT_MASK = 0x7F;

    public static final int MODE_WRITEBACK = 0;

    private CacheInfoLayout() {}

    public static int mode(int flags) {
        return flags >>> MODE_SHIFT & MODE_MASK;
    }

    public static int gcPercent(int flags) {
        return flags >>> GC_PERCENT_SHIFT & GC_PERCENT_MASK;
    }

    public static int withGcPercent(int flags, int percent) {
        return flags & ~(GC_PERCENT_MASK << GC_PERCENT_SHIFT) | percent << GC_PERCENT_SHIFT;
    }
}
