package io.pcache.offline;

import io.pcache.log.Key;
import io.pcache.log.KeySetReader;
import io.pcache.log.LogCorruptException;
import io.pcache.log.LogWalk;
import io.pcache.log.Position;
import java.util.BitSet;

/**
 * Finds the log of a cache whose tails are lost.
 *
 * <p>Every segment of the log begins with a key-set, except perhaps the segment in which the log began. Every segment
 * but the newest ends in a LAST key-set that names the next. Now consider all rows of key-sets that begin at the start
 * of a segment. The rows of the log end in one place. Rows in segments that the log has left, and that nothing has
 * overwritten, lead to this place, too. If there is just one such place, and it looks like the end of a log, it is the
 * log's end.
 *
 * <p>Where the log begins cannot be known. But there is a place behind which it cannot begin: a stale key shows that
 * garbage collection has passed the key, and the dirty tail before that. So all keys from behind the last stale key on
 * are taken for dirty. Some of them have been written back already. When all of them are written back once more, in
 * order, the newest data is everywhere in the end.
 */
final class LogFinder {
    private final DraftMemory memory;
    private final CacheView view;
    private final long backingBytes;

    LogFinder(DraftMemory memory, CacheView view, long backingBytes) {
        this.memory = memory;
        this.view = view;
        this.backingBytes = backingBytes;
    }

    /** The position from which on the log is to be taken; -1 if none can be found. */
    long find() {
        KeySetReader reader = new KeySetReader(memory, view.segments(), view::dataOffset);
        BitSet starts = new BitSet();
        BitSet named = new BitSet();
        for (int segment = 0; segment < view.segments(); segment++) {
            if (reader.read(Position.of(segment, 0)) == KeySetReader.State.VALID) {
                starts.set(segment);
            }
        }
        for (int segment = starts.nextSetBit(0); segment >= 0; segment = starts.nextSetBit(segment + 1)) {
            int next = nextSegment(reader, segment);
            if (next >= 0) {
                named.set(next);
            }
        }
        return starts.isEmpty() ? ofEmptyLog(reader) : fromFirst(starts, named);
    }

    private int nextSegment(KeySetReader reader, int segment) {
        long position = Position.of(segment, 0);
        while (reader.read(position) == KeySetReader.State.VALID) {
            if (reader.isLast()) {
                return reader.nextSegment();
            }
            position = reader.next();
        }
        return -1;
    }

    /** The start of a log that was formatted and never written to: every segment starts with a terminator. */
    private long ofEmptyLog(KeySetReader reader) {
        for (int segment = 0; segment < view.segments(); segment++) {
            if (reader.read(Position.of(segment, 0)) != KeySetReader.State.END) {
                return -1;
            }
        }
        return Position.of(0, 0);
    }

    /** All rows must end in one place. The longest row that gets there is taken. */
    private long fromFirst(BitSet starts, BitSet named) {
        long end = -1;
        long longest = -1;
        long begin = -1;
        for (int segment = starts.nextSetBit(0); segment >= 0; segment = starts.nextSetBit(segment + 1)) {
            if (named.get(segment)) {
                continue;
            }
            Row row = new Row();
            if (!row.walk(Position.of(segment, 0)) || end >= 0 && row.end != end) {
                return -1;
            }
            end = row.end;
            if (row.keySets > longest) {
                longest = row.keySets;
                begin = row.behindLastStale;
            }
        }
        return begin;
    }

    /** A row of key-sets, and the place of its last stale key. */
    private final class Row implements LogWalk.Visitor<RuntimeException> {
        private final LogWalk walk = new LogWalk(memory, view.segments(), view::dataOffset);
        private final Key key = new Key();
        private long behindLastStale;
        private long keySets;
        private long end;
        private boolean impossible;

        boolean walk(long from) {
            behindLastStale = from;
            try {
                LogWalk.End ending = walk.run(from, this);
                end = walk.position();
                return !impossible && (ending == LogWalk.End.TERMINATED || ending == LogWalk.End.UNFINISHED);
            } catch (LogCorruptException circle) {
                return false;
            }
        }

        @Override
        public void enter(int segment, KeySetReader from) {}

        @Override
        public void keySet(KeySetReader keySet) {
            keySets++;
            for (int i = 0; i < keySet.keys(); i++) {
                keySet.key(i, key);
                if (key.violation(view.segments(), backingBytes) != null
                        || key.generation > view.generation(key.segment)) {
                    impossible = true;
                } else if (view.isStale(key)) {
                    behindLastStale = keySet.next();
                }
            }
        }
    }
}
