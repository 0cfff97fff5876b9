package io.pcache.log;

import io.pcache.media.DeviceLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.memory.CacheMemory;
import java.util.function.IntToLongFunction;

/**
 * What lies where replay stops. Our own log always ends in a first word of zero. The kernel's may end in a key-set that a power cut tore, with
 * its terminator behind it. A damaged key-set with a good one behind it is neither: it is corruption in the middle, and every later key would be lost without a word.
 *
 * <p>Good-looking key-sets of a segment's earlier use may stand behind a terminator; nothing here looks beyond one.
 */
public final class LogEnd {
    private final CacheMemory memory;
    private final KeySetReader probe;
    private final IntToLongFunction dataOffsets;

    public LogEnd(CacheMemory memory, KeySetReader probe, IntToLongFunction dataOffsets) {
        this.memory = memory;
        this.probe = probe;
        this.dataOffsets = dataOffsets;
    }

    /**
     * Whether a damaged key-set is the last thing that was being written.
     *
     * @param position of the key-set
     */
    public boolean isTorn(long position) {
        long at = dataOffsets.applyAsLong(Position.segment(position)) + Position.offset(position);
        int room = DeviceLayout.SEGMENT_DATA_BYTES - Position.offset(position);
        if (room < KeySetLayout.HEADER_BYTES) {
            return false;
        }
        long flags = memory.getLong(at + KeySetLayout.FLAGS);
        int count = memory.getInt(at + KeySetLayout.KEY_NUM);
        // No field can be believed by itself, the LAST flag neither: the log goes on if any reading of the header leads to a good key-set.
        // A LAST key-set stands only where no full one fits.
        boolean flaggedLast = (flags & KeySetLayout.FLAG_LAST) != 0;
        boolean roomForFull = room >= KeySetLayout.MAX_BYTES + KeySetLayout.HEADER_BYTES;
        if ((flaggedLast || !roomForFull) && isGood(Position.of(count, 0), count)) {
            return false;
        }
        if (count > 0 && count <= KeySetLayout.MAX_KEYS) {
            KeySetReader.State next = at(position + KeySetLayout.bytes(count));
            if (next == KeySetReader.State.END || next == KeySetReader.State.UNFINISHED) {
                return true;
            }
            if (next == KeySetReader.State.VALID) {
                return false;
            }
        }
        // The number of keys cannot be believed, or nothing known stands behind: a good key-set at any possible end is evidence of more log.
        for (int keys = 0; keys <= KeySetLayout.MAX_KEYS; keys++) {
            KeySetReader.State next = at(position + KeySetLayout.bytes(keys));
            if (next == KeySetReader.State.VALID) {
                return false;
            }
        }
        return true;
    }

    private boolean isGood(long position, int segment) {
        return segment >= 0 && segment < probe.segments() && probe.read(position) == KeySetReader.State.VALID;
    }

    private KeySetReader.State at(long position) {
        if (Position.offset(position) > DeviceLayout.SEGMENT_DATA_BYTES - KeySetLayout.HEADER_BYTES) {
            return KeySetReader.State.DAMAGED;
        }
        return probe.read(position);
    }
}
