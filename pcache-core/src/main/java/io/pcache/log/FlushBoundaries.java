package io.pcache.log;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The numbers of full key-sets behind which a flush came. Memory is bounded: a ring holds the newest {@value #SIZE}
 * numbers. For a key-set in front of the oldest known number, the answer is that a flush may have come.
 *
 * <p>One thread at a time notes a number, with the log locked. Any thread may call {@link #contains}, which takes no
 * lock.
 */
final class FlushBoundaries {
    /** A power of two. */
    static final int SIZE = 1024;

    /** Ascending numbers. The number that was noted as i-th, counted from 0, is at i modulo {@link #SIZE}. */
    private final AtomicLongArray ring = new AtomicLongArray(SIZE);
    /** How many numbers were ever noted. Stored after the last number. */
    private volatile long noted;

    /**
     * Notes that a flush came behind a full key-set. Numbers ascend; a number that comes again at once is noted once.
     */
    void note(long number) {
        long count = noted;
        if (count == 0 || get(count - 1) != number) {
            ring.setRelease(slot(count), number);
            noted = count + 1;
        }
    }

    private static int slot(long index) {
        return (int) index & SIZE - 1;
    }

    private long get(long index) {
        return ring.getAcquire(slot(index));
    }

    /** Whether a flush came behind the key-set, or may have come. */
    boolean contains(long number) {
        while (true) {
            long end = noted;
            // The slot of index end - SIZE is not read: note() stores to this slot next, perhaps right now.
            long oldest = Math.max(0, end - SIZE + 1);
            boolean found = oldest > 0 && number < get(oldest) || search(number, oldest, end);
            if (noted - oldest < SIZE) {
                return found;
            }
        }
    }

    private boolean search(long number, long from, long end) {
        long low = from;
        long high = end;
        while (low < high) {
            long middle = low + high >>> 1;
            if (get(middle) < number) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low < end && get(low) == number;
    }
}
