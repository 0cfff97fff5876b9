package io.pcache.segment;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * What each segment is used for, how many keys in the log name it, and its place in the log: kept apart from references
 * and free list, so that the two can be held against each other.
 *
 * <p>Uses change with the {@link SegmentTable}'s monitor held; all may be read by any thread.
 */
final class SegmentUses {
    enum Use {
        FREE,
        LOG,
        DATA,
        /** Without a reference, and not free yet. */
        RETIRED,
        SET_ASIDE
    }

    private static final Use[] ALL = Use.values();

    private final AtomicIntegerArray uses;
    private final int[] counts = new int[ALL.length];
    /** Keys ever accepted that name the segment: by replay, then with the log's monitor held. Wraps around. */
    private final AtomicIntegerArray keysAdded;
    /** Keys that have left the log: by the collector. Wraps around. */
    private final AtomicIntegerArray keysDropped;
    /** Which segment of the log it is or was, counted from 1 since activation. */
    private final AtomicIntegerArray logOrdinals;

    private int logSegments;

    SegmentUses(int segments) {
        uses = new AtomicIntegerArray(segments);
        keysAdded = new AtomicIntegerArray(segments);
        keysDropped = new AtomicIntegerArray(segments);
        logOrdinals = new AtomicIntegerArray(segments);
        counts[Use.FREE.ordinal()] = segments;
    }

    Use of(int segment) {
        return ALL[uses.get(segment)];
    }

    /** Changes what a segment is used for; returns what it was used for before. */
    Use change(int segment, Use use) {
        Use before = ALL[uses.getAndSet(segment, use.ordinal())];
        counts[before.ordinal()]--;
        counts[use.ordinal()]++;
        return before;
    }

    /** The log goes on in a segment. */
    void enterLog(int segment) {
        logOrdinals.set(segment, ++logSegments);
        change(segment, Use.LOG);
    }

    /** How many segments are used so. */
    int count(Use use) {
        return counts[use.ordinal()];
    }

    /**
     * Where a place is in the order of the log: later places have larger numbers. Negative in a segment that is not the
     * log's.
     */
    long logPlace(int segment, int offset) {
        return of(segment) == Use.LOG ? (long) logOrdinals.get(segment) << Integer.SIZE | offset : -1;
    }

    // A key is counted after its segment got the key's reference, and discounted before the reference goes. So whoever
    // reads this count first and the references then finds at least as many references, whatever goes on meanwhile.

    /** A key of the log names the segment. By one thread at a time; hot. */
    void keyAdded(int segment) {
        keysAdded.setRelease(segment, keysAdded.getPlain(segment) + 1);
    }

    /** A key that names the segment has left the log. By the collector. */
    void keyDropped(int segment) {
        keysDropped.setRelease(segment, keysDropped.getPlain(segment) + 1);
    }

    /** Keys in the log that name the segment. Of those that come meanwhile some may be missing. */
    int keys(int segment) {
        // The dropped ones are never more than the added ones that the collector has seen.
        int dropped = keysDropped.getAcquire(segment);
        return keysAdded.getAcquire(segment) - dropped;
    }
}
