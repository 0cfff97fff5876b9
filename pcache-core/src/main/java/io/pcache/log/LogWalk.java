package io.pcache.log;

import io.pcache.memory.CacheMemory;
import java.util.BitSet;
import java.util.function.IntToLongFunction;

/**
 * Walks the log from a position to where it ends; through each segment at most once, so that it ends whatever stands on
 * the medium. Owned by one thread.
 */
public final class LogWalk {
    /** No position. */
    public static final long NOWHERE = -1;

    /**
     * Is shown the log. What it throws ends the walk.
     *
     * @param <X> what it throws besides; {@link RuntimeException} for nothing
     */
    public interface Visitor<X extends Exception> {

        /**
         * The log goes through a segment.
         *
         * @param from what led there: the LAST key-set, or nothing yet for the first segment
         */
        void enter(int segment, KeySetReader from) throws LogCorruptException, X;

        /** A key-set whose checksum holds, LAST ones included. Its keys are not checked. */
        void keySet(KeySetReader keySet) throws LogCorruptException, X;
    }

    /** How a log ends. */
    public enum End {
        /** A terminator. */
        TERMINATED,
        /** A key-set whose first word was never written. */
        UNFINISHED,
        /** A damaged key-set that was the last being written. */
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
     * One that looks, behind a damaged key-set, through all the rest of its segment before it takes it for the last
     * that was being written.
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
     * @throws LogCorruptException if the log leads back into a segment that it has gone through, or from the visitor
     */
    public <X extends Exception> End run(long from, Visitor<X> visitor) throws LogCorruptException, X {
        return run(from, NOWHERE, visitor);
    }

    /**
     * Walks a log of which the part up to a position is known to have been committed: whatever ends it in front of
     * there is damage, and neither a write that was torn nor an end.
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

    /** Whether the position up to which the log was committed has been met. */
    public boolean passedCommitted() {
        return passed;
    }

    /** Whether the log goes through a segment, as far as walked. */
    public boolean entered(int segment) {
        return entered.get(segment);
    }
}
