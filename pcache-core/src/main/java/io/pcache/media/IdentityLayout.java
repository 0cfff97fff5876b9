package io.pcache.media;

/**
 * The identity record: which backing device a cache belongs to. Only pcache uses it, in bytes of the cache device that
 * the format leaves unused; Linux's own target neither reads nor writes these bytes. There are two copies, each in
 * sectors of its own. A write goes over the older copy, so a write that a crash tears leaves the newer one.
 *
 * <pre>
 *  the cache device
 *  0             2048        3072        4096
 *  +-------------+-----------+-----------+-----------
 *  | unused      | copy 0    | copy 1    | superblock
 *  +-------------+-----------+-----------+-----------
 *
 *  a copy
 *  0     4        8       16        18         20    24     40
 *  +-----+--------+-------+---------+----------+-----+------+-
 *  | crc | length | magic | version | flags    | seq | uuid |
 *  +-----+--------+-------+---------+----------+-----+------+-
 *
 *  40                48             56            60         64
 *  +-----------------+--------------+-------------+----------+-------------+
 *  | backing sectors | in use since | text length | reserved | text, UTF-8 |
 *  +-----------------+--------------+-------------+----------+-------------+
 * </pre>
 *
 * The crc is the format's own form of CRC-32C (see {@link Checksum}) and covers bytes 4 to length. The copy with the
 * greater seq is the newer one. The uuid is the cache's, most significant byte first. "In use since" is in seconds
 * since 1970, and 0 while no target has the cache. The flags are {@link #FLAG_WRITTEN_THROUGH} and zeros. Each line of
 * the text has a word and a value. The lines name the backing device: id, signature, path.
 *
 * <p>A partition table or boot sector in front of the copies stays from an earlier life of the device. Of all that
 * blkid looks for, only a swap area's magic lies where a copy does: in the last 10 bytes of copy 1, which are never
 * written.
 */
public final class IdentityLayout {
    public static final int CRC = 0;
    public static final int LENGTH = CRC + Integer.BYTES;
    public static final int MAGIC = LENGTH + Integer.BYTES;
    public static final int VERSION = MAGIC + Long.BYTES;
    public static final int FLAGS = VERSION + Short.BYTES;
    public static final int SEQ = FLAGS + Short.BYTES;
    public static final int UUID = SEQ + Integer.BYTES;
    public static final int BACKING_SECTORS = UUID + 2 * Long.BYTES;
    public static final int IN_USE_SINCE = BACKING_SECTORS + Long.BYTES;
    public static final int TEXT_LENGTH = IN_USE_SINCE + Long.BYTES;
    public static final int TEXT = TEXT_LENGTH + 2 * Integer.BYTES;

    public static final int CHECKSUMMED = LENGTH;
    public static final int COPY_BYTES = 1024;
    /** The last 16 bytes of a copy stay zero. */
    public static final int MAX_BYTES = COPY_BYTES - 16;

    public static final int MAX_TEXT_BYTES = MAX_BYTES - TEXT;
    public static final int COPIES = 2;

    /** "pcacheID" in a hex dump. */
    public static final long MAGIC_VALUE = 0x4449_6568_6361_6370L;

    public static final int VERSION_VALUE = 1;

    /**
     * The backing device has, or has had, everything that was flushed: all dirty data was written through. Zero in the
     * records of versions that could not write through.
     */
    public static final int FLAG_WRITTEN_THROUGH = 1;

    private IdentityLayout() {}

    /** Device offset of a copy. */
    public static long copy(int index) {
        return DeviceLayout.SUPERBLOCK - (long) (COPIES - index) * COPY_BYTES;
    }
}
