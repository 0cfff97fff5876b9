package io.pcache.stats;

/** The latencies that were counted in some time; immutable. */
public final class LatencySnapshot {
    private final long[] words;
    private final long count;

    /** @param words as in {@link LatencyHistogram}; must not change any more */
    LatencySnapshot(long[] words) {
        this.words = words;
        long sum = 0;
        for (int i = 0; i < LatencyHistogram.BUCKETS; i++) {
            sum += words[i];
        }
        count = sum;
    }

    /** Number of requests. A sampled request also counts for the requests that were not sampled. */
    public long count() {
        return count;
    }

    /** The sum over all requests. */
    public long sumNanos() {
        return LatencyHistogram.sum(words);
    }

    /** How many requests took no longer than each of the {@link LatencyBounds}; ascending. */
    public long[] cumulative() {
        long[] counts = new long[LatencyBounds.count()];
        int bucket = 0;
        long seen = 0;
        for (int bound = 0; bound < counts.length; bound++) {
            while (bucket < LatencyHistogram.BUCKETS
                    && LatencyHistogram.highest(bucket) <= LatencyBounds.nanos(bound)) {
                seen += words[bucket++];
            }
            counts[bound] = seen;
        }
        return counts;
    }

    /** 0 when there was no request. */
    public double meanNanos() {
        return count == 0 ? 0 : (double) LatencyHistogram.sum(words) / count;
    }

    /**
     * The longest latency; 0 when there was no request. In a {@linkplain StatsSnapshot#since difference}, up to 1.6 %
     * more.
     */
    public long maxNanos() {
        return LatencyHistogram.max(words);
    }

    /**
     * The latency that {@code percent} percent of the requests did not exceed, or up to 1.6 % more; 0 when there was no
     * request.
     *
     * @param percent 0 to 100
     */
    public long percentileNanos(double percent) {
        if (!(percent >= 0 && percent <= 100)) {
            throw new IllegalArgumentException("percentile out of range: " + percent);
        }
        // A little less: otherwise, because of the rounding of 99.9, this would ask for the 9991st of 10 000.
        long rank = Math.max(1, (long) Math.ceil(count * percent / 100 * (1 - 1e-12)));
        long seen = 0;
        for (int i = 0; i < LatencyHistogram.BUCKETS; i++) {
            seen += words[i];
            if (seen >= rank) {
                return Math.min(LatencyHistogram.highest(i), maxNanos());
            }
        }
        return 0;
    }

    LatencySnapshot since(LatencySnapshot earlier) {
        return new LatencySnapshot(LatencyHistogram.difference(words, earlier.words));
    }
}
