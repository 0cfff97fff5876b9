package io.pcache.log;

import io.pcache.media.Checksum;
import io.pcache.media.KeyLayout;
import io.pcache.media.KeySetLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A key-set in memory: open and filling, or sealed and on its way to the medium. Its place in the log is known from the start. */
public final class KeySetBuffer {
    static final long NO_HOP = -1;

    /** Valid up to {@link #length} after {@link #finish}. */
    public final ByteBuffer bytes = ByteBuffer.allocateDirect(KeySetLayout.MAX_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    /** Where it goes. */
    long position;
    /** Where a LAST key-set must lead here from the segment before, or {@link #NO_HOP}. */
    long hopFrom;
    int keys;
    /** When its first key came, by {@link System#nanoTime}. */
    long openedNanos;

    /**
     * Empties it.
     *
     * @param position where in the log it goes
     * @param hopFrom  where a LAST key-set leads there, or {@link #NO_HOP}
     */
    public void open(long position, long hopFrom) {
        this.position = position;
        this.hopFrom = hopFrom;
        this.keys = 0;
    }

    /** Whether it has {@link KeySetLayout#MAX_KEYS} keys. */
    public boolean isFull() {
        return keys == KeySetLayout.MAX_KEYS;
    }

    /** In bytes. */
    public int length() {
        return KeySetLayout.bytes(keys);
    }

    /** Adds a key, of {@link KeySetLayout#MAX_KEYS} at most; the parameters are {@link Key}'s fields. */
    public void add(long offset, int length, int flags, int segment, int place, long generation, int dataCrc) {
        int at = KeySetLayout.key(keys);
        bytes.putLong(at + KeyLayout.OFFSET, offset);
        bytes.putInt(at + KeyLayout.LENGTH, length);
        bytes.putInt(at + KeyLayout.FLAGS, flags);
        bytes.putInt(at + KeyLayout.SEGMENT, segment);
        bytes.putInt(at + KeyLayout.SEGMENT_OFFSET, place);
        bytes.putLong(at + KeyLayout.GENERATION, generation);
        bytes.putInt(at + KeyLayout.DATA_CRC, dataCrc);
        bytes.putInt(at + KeyLayout.RESERVED, 0);
        keys++;
    }

    /** Fills in all but the keys. */
    public void finish(Checksum checksum) {
        bytes.putInt(KeySetLayout.KEY_NUM, keys);
        bytes.putLong(KeySetLayout.MAGIC, KeySetLayout.MAGIC_VALUE);
        bytes.putLong(KeySetLayout.FLAGS, 0);
        bytes.putInt(KeySetLayout.CRC, checksum.of(bytes, KeySetLayout.CHECKSUMMED, length() - KeySetLayout.CHECKSUMMED));
    }

    /** Makes a LAST key-set of the first {@link KeySetLayout#HEADER_BYTES} bytes. @param next the segment that it names */
    public static void fillLast(ByteBuffer bytes, int next, Checksum checksum) {
        bytes.putInt(KeySetLayout.NEXT_SEGMENT, next);
        bytes.putLong(KeySetLayout.MAGIC, KeySetLayout.MAGIC_VALUE);
        bytes.putLong(KeySetLayout.FLAGS, KeySetLayout.FLAG_LAST);
        bytes.putInt(KeySetLayout.CRC, checksum.of(bytes, KeySetLayout.CHECKSUMMED, KeySetLayout.HEADER_BYTES - KeySetLayout.CHECKSUMMED));
    }
}
