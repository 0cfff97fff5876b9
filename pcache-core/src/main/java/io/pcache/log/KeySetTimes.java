package io.pcache.log;

/**
 * When key-sets were begun, for the age of what write-back has not reached. In bounded memory: a mark is set for a
 * key-set that was begun {@link #spacing} or more after the last one marked, and where there is no more room every
 * other mark goes and the spacing doubles. So an age is too high by at most the spacing: a second in the first
 * {@value #MARKS} seconds of dirty data, and at most a part in {@value #MARKS} / 2 of the age of the oldest mark later
 * on.
 *
 * <p>Safe for use by any thread; {@link #begun} is called once a commit and key-set, and allocates nothing.
 */
final class KeySetTimes {
    static final int MARKS = 1024;
    private static final long FIRST_SPACING_NANOS = 1_000_000_000L;

    // Ascending, from the oldest on; guarded by this.
    private final long[] numbers = new long[MARKS];
    private final long[] times = new long[MARKS];
    private int count;
    private long spacing = FIRST_SPACING_NANOS;

    /** A key-set got its first key. Numbers and times ascend. */
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
     * A time at which a key-set had not been begun yet, or just was; the nearest that is known. Marks in front of it
     * are forgotten: nobody asks for an older key-set again.
     *
     * @param fallback where none is known
     */
    synchronized long notAfter(long number, long fallback) {
        int last = -1;
        while (last + 1 < count && numbers[last + 1] <= number) {
            last++;
        }
        if (last < 0) {
            // Another reader, who asked for a newer key-set, has forgotten what was in front of the first.
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
