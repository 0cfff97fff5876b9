package io.pcache.engine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Sector contents that name their write: a sector repeats its write's id and its own number; id 0 is zeros. */
final class Pattern {
    static final int SECTOR = 512;

    private Pattern() {}

    static byte[] fill(long id, long firstSector, int bytes) {
        byte[] data = new byte[bytes];
        ByteBuffer buffer = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < bytes; at += 16) {
            buffer.putLong(at, id);
            buffer.putLong(at + 8, id == 0 ? 0 : firstSector + at / SECTOR);
        }
        return data;
    }

    /** The id of a sector's write; fails if the sector is not wholly from one write to this place. */
    static long idOf(byte[] data, int at, long sector) {
        ByteBuffer buffer = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
        long id = buffer.getLong(at);
        long number = id == 0 ? 0 : sector;
        for (int i = 0; i < SECTOR; i += 16) {
            if (buffer.getLong(at + i) != id || buffer.getLong(at + i + 8) != number) {
                throw new AssertionError(
                        "sector " + sector + " is mixed at byte " + i + ": id " + buffer.getLong(at + i) + " of sector "
                                + buffer.getLong(at + i + 8) + ", began with id " + id);
            }
        }
        return id;
    }
}
