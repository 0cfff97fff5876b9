package io.pcache.log;

import io.pcache.media.KeyLayout;
import io.pcache.media.KeySetLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A key-set in memory: open and filling, or sealed and on its way to the medium. Its place in the log is known from the start. */
final class KeySetBuffer {
    static final long NO_HOP = -1;

    final ByteBuffer bytes = ByteBuffer.allocateDirect(KeySetLayout.MAX_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    /** Where it goes. */
    long position;
    /** Where a LAST key-set must lead here from the segment before, or {@link #NO_HOP}. */
    long hopFrom;
    int keys;
    /** When its first key came, by {@link System#nanoTime}. */
    long openedNanos;

    void open(long position, long hopFrom) {
        this.position = position;
        this.hopFrom = hopFrom;
        this.keys = 0;
    }

    boolean isFull() {
        return keys == KeySetLayout.MAX_KEYS;
    }

    int length() {
        return KeySetLayout.bytes(keys);
    }

    void add(long offset, int length, int flags, int segment, int place, long generation, int dataCrc) {
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
}
