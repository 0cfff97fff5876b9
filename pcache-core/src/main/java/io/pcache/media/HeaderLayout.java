package io.pcache.media;

/**
 * The first bytes of every structure that is kept in two copies.
 *
 * <pre>
 *  0              4     5         6          8
 *  +--------------+-----+---------+----------+
 *  | crc          | seq | version | reserved |
 *  +--------------+-----+---------+----------+
 * </pre>
 *
 * The crc covers the structure from {@link #CHECKSUMMED} to its end. A writer adds one to seq and writes over the older
 * copy. Of two copies whose crc holds, {@link #isNewer} tells which one counts. Version and reserved bytes are written
 * as zero and accepted with any value: the kernel leaves bytes of its stack in some of them.
 */
public final class HeaderLayout {
    public static final int CRC = 0;
    public static final int SEQ = CRC + Integer.BYTES;
    public static final int VERSION = SEQ + Byte.BYTES;
    public static final int RESERVED = VERSION + Byte.BYTES;
    public static final int BYTES = RESERVED + Short.BYTES;

    /** Where the range under the checksum starts. */
    public static final int CHECKSUMMED = SEQ;

    private HeaderLayout() {}

    /** Whether sequence number {@code a} is newer than {@code b}; both wrap at 256. */
    public static boolean isNewer(byte a, byte b) {
        return (byte) (a - b) > 0;
    }
}
