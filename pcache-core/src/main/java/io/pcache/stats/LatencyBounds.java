package io.pcache.stats;

/**
 * The upper bounds by which latencies are counted for monitoring: 1, 2 and 5 of each power of ten from 1 µs to 50 s. If
 * a bound lies inside a bucket of {@link LatencyHistogram}, the bucket counts as above the bound. So everything that is
 * counted up to a bound took no longer; latencies up to 1.6 % shorter than a bound may be counted above it.
 */
public final class LatencyBounds {
    private static final int[] STEPS = {1, 2, 5};
    private static final long FIRST_NANOS = 1_000;
    private static final int DECADES = 8;

    private static final long[] NANOS = new long[STEPS.length * DECADES];

    static {
        long decade = FIRST_NANOS;
        for (int i = 0; i < NANOS.length; i++) {
            NANOS[i] = STEPS[i % STEPS.length] * decade;
            decade *= i % STEPS.length == STEPS.length - 1 ? 10 : 1;
        }
    }

    private LatencyBounds() {}

    public static int count() {
        return NANOS.length;
    }

    /** A bound, inclusive; ascending. */
    public static long nanos(int bound) {
        return NANOS[bound];
    }
}
