package io.pcache.log;

import io.pcache.media.Checksum;
import io.pcache.media.DeviceLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.memory.CacheMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.IntToLongFunction;

/**
 * Reads one key-set at a time into memory of its own, checks the key-set, and gives out its keys. What was checked
 * cannot change under the reader. Owned by one thread.
 */
public final class KeySetReader {
    public enum State {
        /** A key-set whose checksum holds. */
        VALID,
        /** A terminator: the log ends here. */
        END,
        /**
         * A key-set whose first word was never written: the writer was stopped before the commit. The log ends here.
         */
        UNFINISHED,
        /** Something else; {@link #damage} says what. */
        DAMAGED
    }

    private final CacheMemory memory;
    private final int segments;
    private final IntToLongFunction dataOffsets;
    private final Checksum checksum = new Checksum();
    private final ByteBuffer bytes =
            ByteBuffer.allocateDirect(KeySetLayout.MAX_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private long position;
    private String damage;

    /** @param dataOffsets device offset of a cache segment's data area */
    public KeySetReader(CacheMemory memory, int segments, IntToLongFunction dataOffsets) {
        this.memory = memory;
        this.segments = segments;
        this.dataOffsets = dataOffsets;
    }

    /** Segments of the cache. */
    public int segments() {
        return segments;
    }

    /** Reads what stands at a position that is within a segment's data area. */
    public State read(long position) {
        this.position = position;
        this.damage = null;
        int room = DeviceLayout.SEGMENT_DATA_BYTES - Position.offset(position);
        if (room < KeySetLayout.HEADER_BYTES) {
            return damaged("no room for a key-set before the segment's end");
        }
        long at = deviceOffset();
        memory.copyOut(at, bytes, 0, KeySetLayout.HEADER_BYTES);
        long first = bytes.getLong(KeySetLayout.CRC);
        if (first == 0) {
            boolean zeros = magic() == 0 && flags() == 0;
            return zeros ? State.END : State.UNFINISHED;
        }
        if (magic() != KeySetLayout.MAGIC_VALUE) {
            return damaged(
                    "magic " + Long.toHexString(magic()) + ", expected " + Long.toHexString(KeySetLayout.MAGIC_VALUE));
        }
        if (!isLast() && (keyCount() <= 0 || keyCount() > KeySetLayout.MAX_KEYS)) {
            return damaged(
                    "key_num " + Integer.toUnsignedString(keyCount()) + ", expected 1 to " + KeySetLayout.MAX_KEYS);
        }
        if (length() > room) {
            return damaged("a key-set of " + keyCount() + " keys does not fit before the segment's end");
        }
        memory.copyOut(at, bytes, 0, length());
        int found = bytes.getInt(KeySetLayout.CRC);
        int computed = checksum.of(bytes, KeySetLayout.CHECKSUMMED, length() - KeySetLayout.CHECKSUMMED);
        if (found != computed) {
            return damaged(String.format("key-set checksum %08x, computed %08x", found, computed));
        }
        if (isLast() && (nextSegment() < 0 || nextSegment() >= segments)) {
            return damaged("next_cache_seg_id " + Integer.toUnsignedString(nextSegment())
                    + " is not below the number of segments " + segments);
        }
        return State.VALID;
    }

    private State damaged(String what) {
        damage = what;
        return State.DAMAGED;
    }

    /** After {@link State#DAMAGED}: what was found and what was expected. */
    public String damage() {
        return damage;
    }

    /** An exception that names the place last read. */
    public LogCorruptException corrupt(String what) {
        return new LogCorruptException(position, deviceOffset(), what);
    }

    public long position() {
        return position;
    }

    /** Device offset of the key-set last read. */
    public long deviceOffset() {
        return dataOffsets.applyAsLong(Position.segment(position)) + Position.offset(position);
    }

    private long magic() {
        return bytes.getLong(KeySetLayout.MAGIC);
    }

    /** All bits, including bits that {@link KeySetLayout} does not name. */
    public long flags() {
        return bytes.getLong(KeySetLayout.FLAGS);
    }

    /** The checksum as stored. */
    public int storedChecksum() {
        return bytes.getInt(KeySetLayout.CRC);
    }

    public boolean isLast() {
        return (flags() & KeySetLayout.FLAG_LAST) != 0;
    }

    public int nextSegment() {
        return bytes.getInt(KeySetLayout.NEXT_SEGMENT);
    }

    /** Number of keys in the key-set; 0 for a LAST key-set. */
    public int keys() {
        return isLast() ? 0 : keyCount();
    }

    private int keyCount() {
        return bytes.getInt(KeySetLayout.KEY_NUM);
    }

    /** Bytes of the key-set on the medium. */
    public int length() {
        return isLast() ? KeySetLayout.HEADER_BYTES : KeySetLayout.bytes(keyCount());
    }

    /** Where the log goes on behind this key-set. */
    public long next() {
        return isLast() ? Position.of(nextSegment(), 0) : position + length();
    }

    /** Fills {@code key} with key number {@code index} of the key-set. The fields are not checked yet. */
    public Key key(int index, Key key) {
        return key.read(bytes, KeySetLayout.key(index));
    }
}
