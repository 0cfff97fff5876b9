package io.pcache.crash;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The part of the device in which every sector is judged, and how the content of a sector names its write. The part is
 * small, so that thousands of devices can be read as a whole: three zones, two of them across a boundary of subtrees.
 * Behind the zones is room for ballast: writes that use up space and are never read.
 */
final class Zones {
    static final int SECTOR = 512;
    static final long DEVICE_BYTES = 16L << 20;
    /** From here on, the device holds ballast only: one subtree. */
    static final long BALLAST = 12L << 20;

    static final int BALLAST_BYTES = 4 << 20;

    /** Content that is not of a single write. */
    static final int MIXED = -1;

    private static final long[] STARTS = {0, (4L << 20) - (16 << 10), (8L << 20) - (8 << 10)};
    private static final int[] SECTORS = {32, 64, 32};
    static final int COUNT = 128;

    private static final int WORDS = SECTOR / Long.BYTES;

    private Zones() {}

    /** The byte offset of judged sector {@code index} on the device. */
    static long offset(int index) {
        int left = index;
        for (int zone = 0; ; zone++) {
            if (left < SECTORS[zone]) {
                return STARTS[zone] + (long) left * SECTOR;
            }
            left -= SECTORS[zone];
        }
    }

    /** The number of judged sectors from {@code index} on, without a gap, sector {@code index} included. */
    static int run(int index) {
        int end = 0;
        for (int sectors : SECTORS) {
            end += sectors;
            if (index < end) {
                return end - index;
            }
        }
        throw new IndexOutOfBoundsException(index);
    }

    /** Fills sectors with the content that names a write; id 0 stands for the device's first content. */
    static void stamp(ByteBuffer target, int id, long offset, int length) {
        ByteBuffer bytes = target.order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < length; at += SECTOR) {
            long sector = (offset + at) / SECTOR;
            for (int word = 0; word < WORDS; word += 2) {
                bytes.putLong(at + word * Long.BYTES, id);
                bytes.putLong(at + (word + 1) * Long.BYTES, ~sector);
            }
        }
    }

    /** The write that a sector's content names, or {@link #MIXED}. */
    static int idOf(ByteBuffer content, int index, long offset) {
        ByteBuffer bytes = content.order(ByteOrder.LITTLE_ENDIAN);
        long id = bytes.getLong(index);
        long sector = offset / SECTOR;
        for (int word = 0; word < WORDS; word += 2) {
            if (bytes.getLong(index + word * Long.BYTES) != id
                    || bytes.getLong(index + (word + 1) * Long.BYTES) != ~sector) {
                return MIXED;
            }
        }
        return id >= 0 && id <= Integer.MAX_VALUE ? (int) id : MIXED;
    }
}
