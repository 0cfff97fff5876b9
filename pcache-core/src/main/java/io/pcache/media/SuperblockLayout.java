package io.pcache.media;

/**
 * The superblock, at {@link DeviceLayout#SUPERBLOCK}. Written once, as the last step of formatting: a device has a
 * cache from the moment that the superblock is durable.
 *
 * <pre>
 *  0       4         8                16         20        24
 *  +-------+---------+----------------+----------+---------+
 *  | crc   | flags   | magic          | seg_num  | padding |
 *  +-------+---------+----------------+----------+---------+
 * </pre>
 *
 * The crc covers bytes 4 to 23. The kernel does not write the padding: the device's old bytes stay there, and the
 * checksum covers them.
 */
public final class SuperblockLayout {
    public static final int CRC = 0;
    public static final int FLAGS = CRC + Integer.BYTES;
    public static final int MAGIC = FLAGS + Integer.BYTES;
    public static final int SEG_NUM = MAGIC + Long.BYTES;
    public static final int PADDING = SEG_NUM + Integer.BYTES;
    public static final int BYTES = PADDING + Integer.BYTES;

    public static final int CHECKSUMMED = FLAGS;

    public static final long MAGIC_VALUE = 0x65B05EFA96C596EFL;
    /** A device with this value in place of the magic is blank. */
    public static final long MAGIC_BLANK = 0;

    public static final int FLAG_BIG_ENDIAN = 1;

    private SuperblockLayout() {}
}
