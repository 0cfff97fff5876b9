package io.pcache.ublk;

/**
 * {@code struct ublksrv_io_desc}: a request as the kernel describes it, 24 bytes, in an array by tag that the server
 * maps read-only.
 *
 * <pre>
 *    0          4         8              16        24
 *    +----------+---------+--------------+---------+
 *    | op flags | sectors | start sector | address |
 *    +----------+---------+--------------+---------+
 * </pre>
 *
 * Sectors have 512 bytes whatever the logical block. A FLUSH has 0 sectors and all ones as its start. Written before
 * the tag's command completes, and again only after the tag was committed.
 */
final class DescriptorLayout {
    static final int OP_FLAGS = 0;
    static final int SECTORS = OP_FLAGS + Integer.BYTES;
    static final int START_SECTOR = SECTORS + Integer.BYTES;
    static final int ADDRESS = START_SECTOR + Long.BYTES;
    static final int BYTES = ADDRESS + Long.BYTES;

    private DescriptorLayout() {}

    /** Bytes of one queue's mapping; the kernel wants exactly this. */
    static long mappingBytes(int depth, int pageBytes) {
        return roundUp((long) depth * BYTES, pageBytes);
    }

    /** Where in /dev/ublkcN a queue's mapping begins: as far apart as the largest queue needs. */
    static long mappingOffset(int queue, int pageBytes) {
        return queue * roundUp((long) Ublk.MAX_QUEUE_DEPTH * BYTES, pageBytes);
    }

    private static long roundUp(long bytes, int unit) {
        return (bytes + unit - 1) & -unit;
    }
}
