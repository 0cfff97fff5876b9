package io.pcache.media;

/**
 * A key: an extent of the backing device and the place of its data in the cache. A key is written once, before the
 * checksum of its key-set, and never changed in place.
 *
 * <pre>
 *  0           8        12       16           20            24          32         36         40
 *  +-----------+--------+--------+------------+-------------+-----------+----------+----------+
 *  | offset    | length | flags  | segment    | segment     | segment   | data crc | reserved |
 *  |           |        |        |            | offset      | generation|          |          |
 *  +-----------+--------+--------+------------+-------------+-----------+----------+----------+
 * </pre>
 *
 * Offset and length are bytes on the backing device, multiples of 512. The data stands in one piece in the data area of
 * the cache segment, at the segment offset. A key crosses neither a 4 MiB boundary of the backing device nor the
 * segment's end. The data crc is 0 when the cache keeps none.
 */
public final class KeyLayout {
    public static final int OFFSET = 0;
    public static final int LENGTH = OFFSET + Long.BYTES;
    public static final int FLAGS = LENGTH + Integer.BYTES;
    public static final int SEGMENT = FLAGS + Integer.BYTES;
    public static final int SEGMENT_OFFSET = SEGMENT + Integer.BYTES;
    public static final int GENERATION = SEGMENT_OFFSET + Integer.BYTES;
    public static final int DATA_CRC = GENERATION + Long.BYTES;
    public static final int RESERVED = DATA_CRC + Integer.BYTES;
    public static final int BYTES = RESERVED + Integer.BYTES;

    /** Never on media. */
    public static final int FLAG_EMPTY = 1;
    /** Data that was read from the backing device: not to be written back. */
    public static final int FLAG_CLEAN = 1 << 1;

    private KeyLayout() {}
}
