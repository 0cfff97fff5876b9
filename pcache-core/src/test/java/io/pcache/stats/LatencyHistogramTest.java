package io.pcache.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LatencyHistogramTest {
    private final LatencyHistogram histogram = new LatencyHistogram();

    private LatencySnapshot snapshot() {
        long[] words = new long[LatencyHistogram.WORDS];
        histogram.addTo(words);
        return new LatencySnapshot(words);
    }

    @Test
    void bucketsFollowEachOtherWithoutGapOrOverlap() {
        for (int bucket = 0; bucket < LatencyHistogram.BUCKETS; bucket++) {
            long highest = LatencyHistogram.highest(bucket);
            assertThat(LatencyHistogram.bucket(highest)).isEqualTo(bucket);
            if (bucket + 1 < LatencyHistogram.BUCKETS) {
                assertThat(LatencyHistogram.bucket(highest + 1)).isEqualTo(bucket + 1);
            }
        }
        assertThat(LatencyHistogram.highest(LatencyHistogram.BUCKETS - 1)).isEqualTo(LatencyHistogram.MAX_NANOS);
    }

    @Test
    void bucketsAreAtMostASixtyFourthWide() {
        for (int bucket = 1; bucket < LatencyHistogram.BUCKETS; bucket++) {
            long lowest = LatencyHistogram.highest(bucket - 1) + 1;
            assertThat(LatencyHistogram.highest(bucket) - lowest).isLessThanOrEqualTo(lowest / 64);
        }
    }

    @Test
    void percentilesAreThoseOfTheSortedValuesUpToABucket() {
        Random random = new Random(5);
        long[] values = new long[10_000];
        for (int i = 0; i < values.length; i++) {
            values[i] = (long) (20_000 * Math.exp(2 * random.nextGaussian()));
            histogram.record(values[i], 1);
        }
        Arrays.sort(values);
        LatencySnapshot snapshot = snapshot();
        for (double percent : new double[] {0, 1, 50, 90, 99, 99.9, 99.99, 100}) {
            long exact = values[(int) Math.max(0, Math.ceil(values.length * percent / 100) - 1)];
            assertThat(snapshot.percentileNanos(percent)).as("p%s", percent).isBetween(exact, exact + exact / 64 + 1);
        }
        assertThat(snapshot.maxNanos()).isEqualTo(values[values.length - 1]);
        assertThat(snapshot.meanNanos())
                .isEqualTo(Arrays.stream(values).average().orElseThrow());
    }

    @Test
    void saysZeroWhenThereWasNone() {
        assertThat(snapshot().count()).isZero();
        assertThat(snapshot().percentileNanos(99)).isZero();
        assertThat(snapshot().maxNanos()).isZero();
        assertThat(snapshot().meanNanos()).isZero();
    }

    @Test
    void keepsTimesOutsideItsRangeAtItsEnds() {
        histogram.record(-5, 1);
        histogram.record(Long.MAX_VALUE, 1);
        assertThat(snapshot().percentileNanos(50)).isZero();
        assertThat(snapshot().maxNanos()).isEqualTo(LatencyHistogram.MAX_NANOS);
    }

    @Test
    void aDifferenceForgetsWhatWasBefore() {
        histogram.record(1_000_000, 1);
        LatencySnapshot before = snapshot();
        histogram.record(2_000, 3);
        LatencySnapshot interval = snapshot().since(before);
        assertThat(interval.count()).isEqualTo(3);
        assertThat(interval.meanNanos()).isEqualTo(2_000);
        assertThat(interval.maxNanos()).isBetween(2_000L, 2_032L);
        assertThat(before.count()).isEqualTo(1);
    }

    @Test
    void refusesAPercentileOutOfRange() {
        assertThatThrownBy(() -> snapshot().percentileNanos(101)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> snapshot().percentileNanos(Double.NaN)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void countsUpToEachBoundWhatSurelyTookNoLonger() {
        LatencyHistogram histogram = new LatencyHistogram();
        long[] nanos = {1, 999, 1_001, 2_000, 4_000_000, 60_000_000_000L};
        for (long each : nanos) {
            histogram.record(each, 10);
        }
        long[] words = new long[LatencyHistogram.WORDS];
        histogram.addTo(words);

        long[] counts = new LatencySnapshot(words).cumulative();

        assertThat(LatencyBounds.nanos(0)).isEqualTo(1_000);
        assertThat(LatencyBounds.nanos(LatencyBounds.count() - 1)).isEqualTo(50_000_000_000L);
        for (int bound = 0; bound < counts.length; bound++) {
            long limit = LatencyBounds.nanos(bound);
            assertThat(counts[bound])
                    .as("up to %d", limit)
                    .isBetween(
                            10
                                    * java.util.Arrays.stream(nanos)
                                            .filter(each -> each * 1.016 < limit)
                                            .count(),
                            10
                                    * java.util.Arrays.stream(nanos)
                                            .filter(each -> each <= limit)
                                            .count());
        }
        assertThat(counts[counts.length - 1]).isEqualTo(50);
        assertThat(new LatencySnapshot(words).sumNanos())
                .isEqualTo(10 * java.util.Arrays.stream(nanos).sum());
    }
}
