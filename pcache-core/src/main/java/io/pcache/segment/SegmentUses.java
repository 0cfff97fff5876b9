package io.pcache.segment;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * What each segment is used for, how many keys in the log name it, and its place in the log. All of this is kept apart
 * from the references and the free list, so that the two can be compared.
 *
 * <p>Uses change with the {@link SegmentTable}'s monitor held. Any thread may read.
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
    /**
     * How many accepted keys have ever named the segment. Counted by replay, later with the log's monitor held. Wraps
     * around.
     */
    private final AtomicIntegerArray keysAdded;
    /** How many of these keys have left the log. Counted by the collector. Wraps around. */
    private final AtomicIntegerArray keysDropped;
    /** Which segment of the log this is, or was, counted from 1 since activation. */
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

    /** Changes what a segment is used for; returns the use before. */
    Use change(int segment, Use use) {
        Use before = ALL[uses.getAndSet(segment, use.ordinal())];
        counts[before.ordinal()]--;
        counts[use.ordinal()]++;
        return before;
    }

    /** Notes that the log goes on in a segment. */
    void enterLog(int segment) {
        logOrdinals.set(segment, ++logSegments);
        change(segment, Use.LOG);
    }

    /** How many segments have this use. */
    int count(Use use) {
        return counts[use.ordinal()];
    }

    /**
     * Where a place is in the order of the log: later places have larger numbers. Negative if the segment is not the
     * log's.
     */
    long logPlace(int segment, int offset) {
        return of(segment) == Use.LOG ? (long) logOrdinals.get(segment) << Integer.SIZE | offset : -1;
    }

    // A key is counted after its segment got the key's reference. The key is discounted before the reference goes. So a
    // thread that reads this count first, and then the references, finds at least as many references as keys, whatever
    // goes on meanwhile.

    /** Counts a key of the log that names the segment. For one thread at a time; hot. */
    void keyAdded(int segment) {
        keysAdded.setRelease(segment, keysAdded.getPlain(segment) + 1);
    }

    /** Counts a key that named the segment and has left the log. For the collector. */
    void keyDropped(int segment) {
        keysDropped.setRelease(segment, keysDropped.getPlain(segment) + 1);
    }

    /** Number of keys in the log that name the segment. Keys that come meanwhile may be missing. */
    int keys(int segment) {
        // In this order, the difference is never negative: the collector drops only keys that it has seen added.
        int dropped = keysDropped.getAcquire(segment);
        return keysAdded.getAcquire(segment) - dropped;
    }
}
