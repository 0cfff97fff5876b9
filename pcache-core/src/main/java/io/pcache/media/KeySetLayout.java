package io.pcache.media;

/**
 * A record of the log, in the data area of a key segment.
 *
 * <pre>
 *  0       4           8              16         24        24 + 40          24 + 40 * key_num
 *  +-------+-----------+--------------+----------+---------+------- ... ----+
 *  | crc   | key_num   | magic        | flags    | key 0   |  key 1         |
 *  +-------+-----------+--------------+----------+---------+------- ... ----+
 *
 *  flags   bit 0   LAST: no keys; key_num is replaced by the cache segment in which the log goes on, at offset 0
 * </pre>
 *
 * The crc covers all bytes from offset 4 to the end of the last key. The log ends with {@link #HEADER_BYTES} of zeros
 * where the next key-set would start. These zeros are durable before the key-set in front of them is.
 */
public final class KeySetLayout {
    public static final int CRC = 0;
    public static final int KEY_NUM = CRC + Integer.BYTES;
    /** In a LAST key-set. */
    public static final int NEXT_SEGMENT = KEY_NUM;

    public static final int MAGIC = KEY_NUM + Integer.BYTES;
    public static final int FLAGS = MAGIC + Long.BYTES;
    public static final int KEYS = FLAGS + Long.BYTES;
    public static final int HEADER_BYTES = KEYS;

    public static final int CHECKSUMMED = KEY_NUM;

    public static final long MAGIC_VALUE = 0x676894A64E164F1AL;
    public static final long FLAG_LAST = 1;

    /** Number of keys in a full key-set. */
    public static final int MAX_KEYS = 128;
    /** Bytes of a full key-set: 5144. */
    public static final int MAX_BYTES = bytes(MAX_KEYS);

    private KeySetLayout() {}

    /** Bytes of a key-set of {@code keys} keys. */
    public static int bytes(int keys) {
        return HEADER_BYTES + keys * KeyLayout.BYTES;
    }

    /** Offset of key {@code index} in a key-set. */
    public static int key(int index) {
        return KEYS + index * KeyLayout.BYTES;
    }
}
