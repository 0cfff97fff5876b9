package io.pcache.offline;

import io.pcache.log.LogWalk;
import io.pcache.log.Position;
import io.pcache.media.DeviceLayout;
import io.pcache.media.KeySetLayout;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Looks for key-sets behind a log that ends in zeros. A writer ends every log in this way. But a key-set that was
 * overwritten with zeros, as in a discarded or lost page, looks the same, and all key-sets behind it would be given up
 * without a word.
 *
 * <p>Whole key-sets stand behind the end of healthy logs, too: they come from an earlier use of the segment, or from a
 * cache that was on the device before it was formatted. Key-sets that are no continuation differ from one in at least
 * one of these points:
 *
 * <ul>
 *   <li>Garbage collection has passed them, and has freed segments of their keys.
 *   <li>They do not end as the log does: an earlier use of a segment was left by way of a LAST key-set, into a segment
 *       that is the log's, that holds data, or that the log has left in turn.
 *   <li>Space for data is given out once: if keys name a place that the log's own keys name, they are of another life.
 * </ul>
 *
 * Key-sets that pass all points cannot be told from a continuation, and cannot be taken for one, either.
 */
final class BehindEnd {
    private static final int CHUNK_BYTES = 64 << 10;
    /** More zeros than an end needs: several key-sets may have been there. */
    private static final int LOST_BYTES = 512;

    private final DraftMemory memory;
    private final CacheView view;
    private final long backingBytes;

    BehindEnd(DraftMemory memory, CacheView view, long backingBytes) {
        this.memory = memory;
        this.view = view;
        this.backingBytes = backingBytes;
    }

    /**
     * Finds key-sets that may be the log's continuation.
     *
     * @param log a walk that has come to its end
     * @param from where the walk began
     * @return null if there are none
     */
    KeySetRun find(LogScan log, long from) {
        List<KeySetRun> runs = new KeySetSearch(memory, view, backingBytes).behind(log.end());
        if (runs.isEmpty()) {
            return null;
        }
        KeySetRun first = runs.get(0);
        boolean likeALog = first.keys() > 0
                && first.staleKeys() == 0
                && first.invalidKeys() == 0
                && first.futureKeys() == 0
                && (first.ending() == LogWalk.End.TERMINATED || first.ending() == LogWalk.End.UNFINISHED);
        return likeALog && follows(log.end(), first.from()) && !isOfAnotherLife(first.from(), log, from)
                ? first.inDoubt()
                : null;
    }

    /** Whether there is room for lost key-sets in between, and for nothing else. */
    private boolean follows(long end, long next) {
        int gap = Position.offset(next) - Position.offset(end);
        if (KeySetSearch.isKeySetLength(gap)) {
            return true;
        }
        int zeros = zeros(end, gap);
        return zeros >= LOST_BYTES && gap <= zeros + KeySetLayout.MAX_BYTES;
    }

    /** Number of zero bytes at a position, up to {@code most}. */
    private int zeros(long position, int most) {
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
        long at = view.dataOffset(Position.segment(position)) + Position.offset(position);
        for (int done = 0; done < most; done += CHUNK_BYTES) {
            int length = Math.min(CHUNK_BYTES, most - done);
            memory.copyOut(at + done, chunk, 0, length);
            for (int i = 0; i < length; i++) {
                if (chunk.get(i) != 0) {
                    return done + i;
                }
            }
        }
        return most;
    }

    private boolean isOfAnotherLife(long candidate, LogScan log, long from) {
        RangeSet places = new RangeSet();
        LogScan behind = new LogScan(
                        memory,
                        view,
                        backingBytes,
                        (keySet, index, key, violation) -> places.add(place(key.segment, key.place), key.length))
                .run(candidate);
        for (int segment = 0; segment < view.segments(); segment++) {
            boolean shared =
                    behind.isLogSegment(segment) && log.isLogSegment(segment) && segment != Position.segment(log.end());
            if (shared || behind.references(segment) > 0 && log.isLogSegment(segment)) {
                return true;
            }
        }
        boolean[] met = new boolean[1];
        new LogScan(
                        memory,
                        view,
                        backingBytes,
                        (keySet, index, key, violation) -> met[0] |= violation == null
                                && !view.isStale(key)
                                && places.intersects(place(key.segment, key.place), key.length))
                .run(from);
        return met[0];
    }

    private static long place(int segment, int place) {
        return (long) segment * DeviceLayout.SEGMENT_BYTES + place;
    }
}
