package io.pcache.log;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Numbers of full key-sets behind which a flush came, in bounded memory: the newest ones, in a ring of {@value #SIZE}.
 * In front of the oldest one that is known, each key-set counts as one.
 *
 * <p>One thread at a time notes, with the log locked; {@link #contains} may be called by any thread and takes no lock.
 */
final class FlushBoundaries {
    /** A power of two. */
    static final int SIZE = 1024;

    /** Ascending; of all that were ever noted, number i is at i modulo {@link #SIZE}. */
    private final AtomicLongArray ring = new AtomicLongArray(SIZE);
    /** How many were ever noted. Stored after the last of them. */
    private volatile long noted;

    /** A flush came behind a full key-set. Numbers ascend; a number that comes again at once is noted once. */
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
            // The slot of the one before may be stored to meanwhile.
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
