package io.pcache.log;

import io.pcache.memory.CacheMemory;
import java.util.BitSet;
import java.util.function.IntToLongFunction;

/**
 * Walks the log from a position to where the log ends. The walk goes through each segment at most once, so it ends
 * whatever stands on the medium. Owned by one thread.
 */
public final class LogWalk {
    /** No position. */
    public static final long NOWHERE = -1;

    /**
     * Is shown the log. An exception from the visitor ends the walk.
     *
     * @param <X> what the visitor throws besides {@link LogCorruptException}; {@link RuntimeException} for nothing
     */
    public interface Visitor<X extends Exception> {

        /**
         * The log goes through a segment.
         *
         * @param from holds the LAST key-set that led there; holds nothing yet for the first segment
         */
        void enter(int segment, KeySetReader from) throws LogCorruptException, X;

        /** A key-set whose checksum holds, which may be a LAST one. Its keys are not checked. */
        void keySet(KeySetReader keySet) throws LogCorruptException, X;
    }

    /** How a log ends. */
    public enum End {
        /** A terminator. */
        TERMINATED,
        /** A key-set whose first word was never written. */
        UNFINISHED,
        /** A damaged key-set that was the last to be written. */
        TORN,
        /** A damaged key-set behind which the log goes on, or that leads nowhere: corruption. */
        DAMAGED
    }

    private final KeySetReader reader;
    private final LogEnd logEnd;
    private final BitSet entered;
    private LogCorruptException damage;
    private long committed;
    private boolean passed;

    /**
     * @param segments segments of the cache
     * @param dataOffsets device offset of a cache segment's data area
     */
    public LogWalk(CacheMemory memory, int segments, IntToLongFunction dataOffsets) {
        this(memory, segments, dataOffsets, null);
    }

    /**
     * Makes a walk that looks farther behind a damaged key-set: through all the rest of the segment, before the walk
     * takes the key-set for the last that was being written.
     *
     * @param generations of the segments, by which key-sets of an earlier time are told
     */
    public LogWalk(CacheMemory memory, int segments, IntToLongFunction dataOffsets, IntToLongFunction generations) {
        this.reader = new KeySetReader(memory, segments, dataOffsets);
        this.logEnd = new LogEnd(
                memory, new KeySetReader(memory, segments, dataOffsets), dataOffsets, generations, this::entered);
        this.entered = new BitSet(segments);
    }

    /**
     * Walks. To be called once.
     *
     * @param from a position in a segment's data area
     * @throws LogCorruptException if the log leads back into a segment that the walk has entered, or if the visitor
     *     throws it
     */
    public <X extends Exception> End run(long from, Visitor<X> visitor) throws LogCorruptException, X {
        return run(from, NOWHERE, visitor);
    }

    /**
     * Walks a log that is known to have been committed up to a position. Whatever ends the log in front of this
     * position is damage, and neither a torn write nor an end.
     *
     * @param committed the position; {@link #NOWHERE} if nothing is known
     */
    public <X extends Exception> End run(long from, long committed, Visitor<X> visitor) throws LogCorruptException, X {
        this.committed = committed;
        long position = from;
        enter(Position.segment(position), visitor);
        while (true) {
            passed |= position == committed;
            KeySetReader.State state = reader.read(position);
            if (state != KeySetReader.State.VALID) {
                return end(state);
            }
            visitor.keySet(reader);
            position = reader.next();
            if (reader.isLast()) {
                enter(Position.segment(position), visitor);
            }
        }
    }

    private <X extends Exception> void enter(int segment, Visitor<X> visitor) throws LogCorruptException, X {
        if (entered.get(segment)) {
            throw reader.corrupt("the log leads back into segment " + segment);
        }
        visitor.enter(segment, reader);
        entered.set(segment);
    }

    private End end(KeySetReader.State state) {
        if (committed != NOWHERE && !passed) {
            damage = reader.corrupt(state == KeySetReader.State.DAMAGED ? reader.damage() : "no key-set");
            return End.DAMAGED;
        }
        return switch (state) {
            case END -> End.TERMINATED;
            case UNFINISHED -> End.UNFINISHED;
            default -> {
                String corruption = logEnd.corruption(reader.position());
                damage = reader.corrupt(reader.damage() + (corruption == null ? "" : corruption));
                yield corruption == null ? End.TORN : End.DAMAGED;
            }
        };
    }

    /** Where the walk is, or ended. */
    public long position() {
        return reader.position();
    }

    /** After {@link End#TORN} and {@link End#DAMAGED}: what was found. */
    public LogCorruptException damage() {
        return damage;
    }

    /** Whether the walk has met the position up to which the log was committed. */
    public boolean passedCommitted() {
        return passed;
    }

    /** Whether the walk has entered a segment so far. */
    public boolean entered(int segment) {
        return entered.get(segment);
    }
}
