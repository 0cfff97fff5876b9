package io.pcache.log;

import io.pcache.media.Checksum;
import io.pcache.media.DeviceLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.memory.CacheMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.IntPredicate;
import java.util.function.IntToLongFunction;

/**
 * Judges a damaged key-set at the end of a walk. A log that pcache has written always ends in a first word of zero. A
 * log that the kernel has written may end in a key-set that a power cut tore. A damaged key-set with more of the log
 * behind it is neither: it is corruption in the middle, and every later key would be lost without a word.
 *
 * <p>There are three places for more of the log: where the key-set ends; farther on in the segment, when a page with
 * several key-sets was lost; and the segment to which a LAST key-set led. Key-sets of a segment's earlier use stand
 * behind the log's end, too. But garbage collection has passed these, and segments of their keys were freed since. So a
 * key-set with a stale key proves nothing.
 */
final class LogEnd {
    private static final int CHUNK_BYTES = 64 << 10;
    private static final String OUT = "; no writer has left that";
    private static final String MORE = "; the log goes on behind it";

    private final CacheMemory memory;
    private final KeySetReader probe;
    private final IntToLongFunction dataOffsets;
    private final IntToLongFunction generations;
    private final IntPredicate entered;
    private final Checksum checksum = new Checksum();
    private final ByteBuffer header =
            ByteBuffer.allocateDirect(KeySetLayout.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final Key key = new Key();

    /**
     * @param generations of the segments, to tell stale keys; null to look no farther than to where the key-set can end
     * @param entered whether the log goes through a segment in front of the damage
     */
    LogEnd(
            CacheMemory memory,
            KeySetReader probe,
            IntToLongFunction dataOffsets,
            IntToLongFunction generations,
            IntPredicate entered) {
        this.memory = memory;
        this.probe = probe;
        this.dataOffsets = dataOffsets;
        this.generations = generations;
        this.entered = entered;
    }

    /**
     * Why a damaged key-set cannot be the last thing that was being written; null if it can.
     *
     * @param position of the key-set
     */
    String corruption(long position) {
        int room = DeviceLayout.SEGMENT_DATA_BYTES - Position.offset(position);
        if (room < KeySetLayout.HEADER_BYTES) {
            return OUT;
        }
        memory.copyOut(deviceOffset(position), header, 0, KeySetLayout.HEADER_BYTES);
        boolean last = (header.getLong(KeySetLayout.FLAGS) & KeySetLayout.FLAG_LAST) != 0;
        boolean whole = last
                && header.getLong(KeySetLayout.MAGIC) == KeySetLayout.MAGIC_VALUE
                && header.getInt(KeySetLayout.CRC) == checksumOfLast();
        if (whole) {
            // Nothing is wrong with the key-set but the segment to which it leads.
            return OUT;
        }
        if (isFollowed(position)) {
            return MORE;
        }
        boolean mayBeLast = last || room < KeySetLayout.MAX_BYTES + KeySetLayout.HEADER_BYTES;
        return mayBeLast && isLogInOtherSegment() || isLogInSegment(position) ? MORE : null;
    }

    /**
     * Whether a second damaged key-set stands where this key-set says that it ends. A key-set is written only when the
     * key-set in front of it is durable. So this key-set was once whole. Key-sets that an earlier use has left behind
     * the log are whole, and {@link #isLog} judges these.
     */
    private boolean isFollowed(long position) {
        int keys = header.getInt(KeySetLayout.KEY_NUM);
        if (header.getLong(KeySetLayout.MAGIC) != KeySetLayout.MAGIC_VALUE
                || keys <= 0
                || keys > KeySetLayout.MAX_KEYS) {
            return false;
        }
        long next = position + KeySetLayout.bytes(keys);
        boolean room = Position.segment(next) == Position.segment(position)
                && Position.offset(next) <= DeviceLayout.SEGMENT_DATA_BYTES - KeySetLayout.HEADER_BYTES;
        return room
                && memory.getLong(deviceOffset(next) + KeySetLayout.MAGIC) == KeySetLayout.MAGIC_VALUE
                && probe.read(next) == KeySetReader.State.DAMAGED;
    }

    private long deviceOffset(long position) {
        return dataOffsets.applyAsLong(Position.segment(position)) + Position.offset(position);
    }

    private int checksumOfLast() {
        return checksum.of(header, KeySetLayout.CHECKSUMMED, KeySetLayout.HEADER_BYTES - KeySetLayout.CHECKSUMMED);
    }

    /**
     * Whether a segment that the walk has not entered begins with a log. The damaged key-set may have led there,
     * whatever it says now.
     */
    private boolean isLogInOtherSegment() {
        for (int segment = 0; segment < probe.segments(); segment++) {
            if (!entered.test(segment) && isLog(Position.of(segment, 0))) {
                return true;
            }
        }
        return false;
    }

    private boolean isLogInSegment(long damaged) {
        for (int keys = 0; keys <= KeySetLayout.MAX_KEYS; keys++) {
            long next = damaged + KeySetLayout.bytes(keys);
            if (Position.segment(next) == Position.segment(damaged) && isLog(next)) {
                return true;
            }
        }
        return generations != null && isLogInRestOfSegment(damaged + KeySetLayout.HEADER_BYTES);
    }

    /** Looks at every place where a key-set could begin: a lost page may have held the beginnings of several. */
    private boolean isLogInRestOfSegment(long from) {
        int last = DeviceLayout.SEGMENT_DATA_BYTES - KeySetLayout.HEADER_BYTES;
        int segment = Position.segment(from);
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = Position.offset(from); at <= last; at += CHUNK_BYTES - KeySetLayout.MAGIC) {
            int length = Math.min(CHUNK_BYTES, DeviceLayout.SEGMENT_DATA_BYTES - at);
            memory.copyOut(deviceOffset(Position.of(segment, at)), chunk, 0, length);
            for (int magic = KeySetLayout.MAGIC; magic + Long.BYTES <= length; magic += Long.BYTES) {
                if (chunk.getLong(magic) == KeySetLayout.MAGIC_VALUE
                        && isLog(Position.of(segment, at + magic - KeySetLayout.MAGIC))) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Whether a valid key-set stands here, and nothing shows that this key-set is of an earlier time. */
    private boolean isLog(long position) {
        if (Position.offset(position) > DeviceLayout.SEGMENT_DATA_BYTES - KeySetLayout.HEADER_BYTES
                || probe.read(position) != KeySetReader.State.VALID) {
            return false;
        }
        for (int i = 0; generations != null && i < probe.keys(); i++) {
            probe.key(i, key);
            boolean inCache = key.segment >= 0 && key.segment < probe.segments();
            if (!inCache || key.generation < generations.applyAsLong(key.segment)) {
                return false;
            }
        }
        return true;
    }
}
