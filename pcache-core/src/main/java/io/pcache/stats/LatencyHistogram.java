package io.pcache.stats;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How often each latency occurred, from 0 ns to 18 minutes (2^40 - 1 ns; longer latencies count as this one). Exact up
 * to 128 ns. Above that, there are 64 steps for each doubling, so a bucket is at most 1.6 % wide.
 *
 * <p>One thread records. Any thread may call {@link #addTo} meanwhile, and sees each count as it was at some moment of
 * the call. Stores are opaque: they become visible, whole, without a fence on the recording side.
 */
final class LatencyHistogram {
    static final long MAX_NANOS = (1L << 40) - 1;

    private static final int STEP_BITS = 6;
    private static final int STEPS = 1 << STEP_BITS;
    /**
     * For the largest value, the shift that leaves a number of 7 bits is 33. The buckets of this shift have the numbers
     * 34 * 64 to 34 * 64 + 63.
     */
    static final int BUCKETS = (40 - STEP_BITS - 1) * STEPS + 2 * STEPS;

    private static final VarHandle ELEMENT = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int SUM = BUCKETS;
    private static final int MAX = BUCKETS + 1;
    static final int WORDS = BUCKETS + 2;

    private final long[] words = new long[WORDS];

    /** @param weight how many events this event stands for */
    void record(long nanos, int weight) {
        long value = Math.max(0, Math.min(nanos, MAX_NANOS));
        long[] w = words;
        int bucket = bucket(value);
        ELEMENT.setOpaque(w, bucket, w[bucket] + weight);
        ELEMENT.setOpaque(w, SUM, w[SUM] + value * weight);
        if (value > w[MAX]) {
            ELEMENT.setOpaque(w, MAX, value);
        }
    }

    static int bucket(long value) {
        int shift = Math.max(0, Long.SIZE - 1 - STEP_BITS - Long.numberOfLeadingZeros(value));
        return (shift << STEP_BITS) + (int) (value >>> shift);
    }

    /** The largest value that counts in a bucket. */
    static long highest(int bucket) {
        if (bucket < 2 * STEPS) {
            return bucket;
        }
        int shift = (bucket >>> STEP_BITS) - 1;
        return ((long) (bucket & STEPS - 1) + STEPS + 1 << shift) - 1;
    }

    /** Adds the counts to a sum of {@link #WORDS} words, as in {@link LatencySnapshot}. From any thread. */
    void addTo(long[] sum) {
        for (int i = 0; i < MAX; i++) {
            sum[i] += (long) ELEMENT.getOpaque(words, i);
        }
        sum[MAX] = Math.max(sum[MAX], (long) ELEMENT.getOpaque(words, MAX));
    }

    static long sum(long[] words) {
        return words[SUM];
    }

    static long max(long[] words) {
        return words[MAX];
    }

    /**
     * What was recorded between two states. Of the longest latency, only the bucket is known, unless it is the longest
     * of all.
     */
    static long[] difference(long[] later, long[] earlier) {
        long[] words = new long[WORDS];
        int last = -1;
        for (int i = 0; i < BUCKETS; i++) {
            words[i] = later[i] - earlier[i];
            if (words[i] > 0) {
                last = i;
            }
        }
        words[SUM] = later[SUM] - earlier[SUM];
        words[MAX] = last < 0 ? 0 : Math.min(later[MAX], highest(last));
        return words;
    }
}
