package io.pcache.ublk;

/**
 * {@code struct ublksrv_io_desc}: the kernel's description of a request, 24 bytes. The server maps the array of
 * descriptors, one for each tag, read-only.
 *
 * <pre>
 *    0          4         8              16        24
 *    +----------+---------+--------------+---------+
 *    | op flags | sectors | start sector | address |
 *    +----------+---------+--------------+---------+
 * </pre>
 *
 * Sectors have 512 bytes, whatever the size of a logical block. A FLUSH has 0 sectors, and all ones as its start. The
 * kernel writes a descriptor before the tag's command completes, and writes it again only after the tag was committed.
 */
final class DescriptorLayout {
    static final int OP_FLAGS = 0;
    static final int SECTORS = OP_FLAGS + Integer.BYTES;
    static final int START_SECTOR = SECTORS + Integer.BYTES;
    static final int ADDRESS = START_SECTOR + Long.BYTES;
    static final int BYTES = ADDRESS + Long.BYTES;

    private DescriptorLayout() {}

    /** The size of one queue's mapping; the kernel accepts no other size. */
    static long mappingBytes(int depth, int pageBytes) {
        return roundUp((long) depth * BYTES, pageBytes);
    }

    /**
     * The offset in /dev/ublkcN where a queue's mapping begins. The kernel keeps these offsets as far apart as the
     * largest queue needs.
     */
    static long mappingOffset(int queue, int pageBytes) {
        return queue * roundUp((long) Ublk.MAX_QUEUE_DEPTH * BYTES, pageBytes);
    }

    private static long roundUp(long bytes, int unit) {
        return (bytes + unit - 1) & -unit;
    }
}
