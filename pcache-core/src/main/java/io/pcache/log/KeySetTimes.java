package io.pcache.log;

/**
 * The times at which key-sets were begun. They give the age of the data that write-back has not reached.
 *
 * <p>Memory is bounded. A mark is set for a key-set that was begun {@link #spacing} or more after the last marked one.
 * When there is no room for a mark, every other mark is dropped and the spacing doubles. So an age is too high by at
 * most the spacing: by a second in the first {@value #MARKS} seconds of dirty data, and later by at most a part in
 * {@value #MARKS} / 2 of the age of the oldest mark.
 *
 * <p>Safe for use by any thread. A commit calls {@link #begun} once for each key-set; begun allocates nothing.
 */
final class KeySetTimes {
    static final int MARKS = 1024;
    private static final long FIRST_SPACING_NANOS = 1_000_000_000L;

    // Marks, ascending from the oldest on; guarded by this.
    private final long[] numbers = new long[MARKS];
    private final long[] times = new long[MARKS];
    private int count;
    private long spacing = FIRST_SPACING_NANOS;

    /** Notes when a key-set got its first key. Numbers and times ascend. */
    synchronized void begun(long number, long nanos) {
        if (count > 0 && nanos - times[count - 1] < spacing) {
            return;
        }
        if (count == MARKS) {
            thin();
        }
        numbers[count] = number;
        times[count] = nanos;
        count++;
    }

    private void thin() {
        count = MARKS / 2;
        for (int i = 1; i < count; i++) {
            numbers[i] = numbers[2 * i];
            times[i] = times[2 * i];
        }
        spacing *= 2;
    }

    /**
     * The newest known time at which a key-set had not been begun yet, or was just being begun. Forgets the marks in
     * front of that time: nobody asks for an older key-set again.
     *
     * @param fallback the answer if no time is known
     */
    synchronized long notAfter(long number, long fallback) {
        int last = -1;
        while (last + 1 < count && numbers[last + 1] <= number) {
            last++;
        }
        if (last < 0) {
            // Another reader has asked for a newer key-set, so the marks in front of the first one are forgotten.
            return count == 0 ? fallback : times[0];
        }
        count -= last;
        System.arraycopy(numbers, last, numbers, 0, count);
        System.arraycopy(times, last, times, 0, count);
        if (count == 1) {
            spacing = FIRST_SPACING_NANOS;
        }
        return times[0];
    }
}
