package io.pcache.writeback;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.clock.Clock;
import io.pcache.log.KeyLog;
import io.pcache.log.KeySetRing;
import io.pcache.log.LogOrder;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.SimulatedMemory;
import io.pcache.placement.WriteThrottle;
import io.pcache.segment.SegmentTable;
import io.pcache.stats.CacheStats;
import io.pcache.wake.Doorbells;
import io.pcache.wake.SpaceWaiters;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchPaceTest {
    private static final int SEGMENTS = 32;
    private static final long MS = 1_000_000;

    private final SimulatedMemory memory = new SimulatedMemory(CacheMemory.Kind.DAX, (512L << 20) + 20480);
    private final SegmentTable segments =
            new SegmentTable(memory, IntStream.range(0, SEGMENTS).toArray(), null);
    private final BatchPace pace = new BatchPace(new WriteThrottle(
            new KeyLog(
                    memory,
                    segments,
                    0,
                    new CacheStats(16, Clock.SYSTEM),
                    KeySetRing.inProcess(),
                    new Doorbells(new SpaceWaiters(Clock.SYSTEM)),
                    Clock.SYSTEM,
                    new LogOrder(segments, (invariant, detail) -> {
                        throw new AssertionError(detail);
                    })),
            segments));

    private void fill() {
        segments.open();
        while (segments.allocate(0) != SegmentTable.NONE) {
            continue;
        }
    }

    private void learn(long bytes, long nanos, long flushNanos) {
        for (int i = 0; i < 30; i++) {
            pace.done(bytes, nanos, flushNanos);
        }
    }

    @Test
    void batchesAreLargeWhileThereIsRoom() {
        segments.open();
        assertThat(pace.limitBytes()).isEqualTo(64 << 20);
    }

    @Test
    void batchesOfAFullCacheLastForTenMilliseconds() {
        fill();
        learn(10 << 20, 50 * MS, 0);
        assertThat(pace.limitBytes()).isBetween(2_000_000L, 2_200_000L);
    }

    @Test
    void aSlowFlushIsPaidForByALargerBatch() {
        fill();
        learn(10 << 20, 140 * MS, 40 * MS);
        assertThat(pace.limitBytes()).isBetween(17_500_000L, 18_000_000L);
    }

    @Test
    void verySlowDevicesGetBatchesOfAMebibyteAllTheSame() {
        fill();
        learn(1 << 20, 5000 * MS, 0);
        assertThat(pace.limitBytes()).isEqualTo(1 << 20);
    }

    @Test
    void asRoomRunsOutBatchesShrink() {
        segments.open();
        for (int i = 0; i < SEGMENTS - 8; i++) {
            segments.allocate(0);
        }
        assertThat(pace.limitBytes()).as("a quarter of four segments").isEqualTo(16 << 20);
    }

    @Test
    void nothingIsLearntFromSmallBatches() {
        fill();
        learn(10 << 20, 100 * MS, 0);
        long before = pace.limitBytes();
        learn(4096, 1, 0);
        assertThat(pace.limitBytes()).isEqualTo(before);
    }
}
