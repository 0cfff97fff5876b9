package io.pcache.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.management.ThreadMXBean;
import io.pcache.clock.Clock;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class CacheStatsTest {
    private final CacheStats stats = new CacheStats(1, Clock.SYSTEM);

    @Test
    void sumsUpItsQueuesAndItself() {
        QueueStats one = stats.openQueue();
        QueueStats two = stats.openQueue();
        one.add(RequestCounter.READS);
        two.add(RequestCounter.READS);
        two.add(RequestCounter.READ_BYTES, 4096);
        stats.add(CacheCounter.FREED_SEGMENTS);
        stats.add(CacheCounter.WRITTEN_BACK_BYTES, 1 << 20);
        one.record(Latency.READ, 100, 1);
        two.record(Latency.READ, 200, 1);
        StatsSnapshot snapshot = stats.snapshot();
        assertThat(snapshot.get(RequestCounter.READS)).isEqualTo(2);
        assertThat(snapshot.get(RequestCounter.READ_BYTES)).isEqualTo(4096);
        assertThat(snapshot.get(RequestCounter.WRITES)).isZero();
        assertThat(snapshot.get(CacheCounter.FREED_SEGMENTS)).isEqualTo(1);
        assertThat(snapshot.get(CacheCounter.WRITTEN_BACK_BYTES)).isEqualTo(1 << 20);
        assertThat(snapshot.latency(Latency.READ).count()).isEqualTo(2);
        assertThat(snapshot.latency(Latency.READ).maxNanos()).isEqualTo(200);
        assertThat(snapshot.latency(Latency.WRITE).count()).isZero();
        assertThat(stats.queues()).containsExactly(one, two);
        assertThat(one.get(RequestCounter.READS)).isEqualTo(1);
    }

    @Test
    void keepsWhatAClosedQueueHasCounted() {
        QueueStats queue = stats.openQueue();
        queue.add(RequestCounter.WRITES, 5);
        queue.record(Latency.WRITE, 1000, 1);
        queue.close();
        queue.close();
        assertThat(stats.queues()).isEmpty();
        assertThat(stats.snapshot().get(RequestCounter.WRITES)).isEqualTo(5);
        assertThat(stats.snapshot().latency(Latency.WRITE).count()).isEqualTo(1);
        assertThat(stats.snapshot().latency(Latency.WRITE).maxNanos()).isEqualTo(1000);
    }

    @Test
    void aSnapshotStaysAsItWas() {
        QueueStats queue = stats.openQueue();
        StatsSnapshot before = stats.snapshot();
        queue.add(RequestCounter.WRITES);
        queue.record(Latency.WRITE, 1, 1);
        assertThat(before.get(RequestCounter.WRITES)).isZero();
        assertThat(before.latency(Latency.WRITE).count()).isZero();
        assertThatThrownBy(() -> before.cache().put(CacheCounter.LOG_BYTES, 1L))
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void aDifferenceHasTheCountsOfItsTime() {
        QueueStats queue = stats.openQueue();
        queue.add(RequestCounter.WRITES, 7);
        StatsSnapshot before = stats.snapshot();
        queue.add(RequestCounter.WRITES, 3);
        stats.add(CacheCounter.WRITTEN_BACK_BYTES, 1000);
        StatsSnapshot after = stats.snapshot();
        StatsSnapshot interval = after.since(before);
        assertThat(interval.nanos()).isEqualTo(after.nanos() - before.nanos());
        assertThat(interval.get(RequestCounter.WRITES)).isEqualTo(3);
    }

    @Test
    void timesOneOfSomeRequestsAndCountsItForAll() {
        CacheStats sampled = new CacheStats(16, Clock.SYSTEM);
        QueueStats queue = sampled.openQueue();
        int timed = 0;
        for (int i = 0; i < 160; i++) {
            long start = queue.start(QueueStats.UNTIMED);
            timed += start == QueueStats.UNTIMED ? 0 : 1;
            queue.ended(Latency.READ, start);
        }
        assertThat(timed).isEqualTo(10);
        LatencySnapshot reads = sampled.snapshot().latency(Latency.READ);
        assertThat(reads.count()).isEqualTo(160);
        assertThat(reads.meanNanos()).isLessThanOrEqualTo(reads.maxNanos());
    }

    @Test
    void timesEachRequestThatWaits() {
        CacheStats sampled = new CacheStats(16, Clock.SYSTEM);
        QueueStats queue = sampled.openQueue();
        for (int i = 0; i < 5; i++) {
            queue.endedWaiting(queue.startWaiting());
        }
        queue.endedWaiting(QueueStats.UNTIMED);
        assertThat(sampled.snapshot().latency(Latency.DEFERRED).count()).isEqualTo(5);
    }

    @Test
    void everyCounterSaysItsUnit() {
        Stream.concat(Arrays.stream(RequestCounter.values()), Arrays.stream(CacheCounter.values()))
                .forEach(counter -> {
                    assertThat(counter.unit()).as(counter.name()).isNotBlank();
                    assertThat(counter.text()).as(counter.name()).isNotBlank();
                });
        for (RequestCounter counter : RequestCounter.values()) {
            assertThat(counter.name().endsWith("_BYTES"))
                    .as(counter.name())
                    .isEqualTo(counter.unit().equals("bytes"));
            assertThat(counter.name().endsWith("_SECTORS"))
                    .as(counter.name())
                    .isEqualTo(counter.unit().equals("sectors"));
        }
    }

    @Test
    void refusesASamplingOutOfRange() {
        assertThatThrownBy(() -> new CacheStats(0, Clock.SYSTEM)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new CacheStats(1025, Clock.SYSTEM)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @Timeout(60)
    void losesNothingWhileOthersReadAndQueuesComeAndGo() throws Exception {
        int threads = 4;
        int rounds = 20;
        int steps = 10_000;
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            List<Callable<Void>> work = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                work.add(() -> {
                    for (int round = 0; round < rounds; round++) {
                        count(steps);
                    }
                    return null;
                });
            }
            List<Future<Void>> futures = new ArrayList<>();
            for (Callable<Void> task : work) {
                futures.add(executor.submit(task));
            }
            long last = 0;
            while (!futures.stream().allMatch(Future::isDone)) {
                long now = stats.snapshot().get(RequestCounter.WRITES);
                assertThat(now).as("only grows").isGreaterThanOrEqualTo(last);
                last = now;
            }
            for (Future<Void> future : futures) {
                future.get();
            }
        } finally {
            executor.shutdownNow();
        }
        long expected = (long) threads * rounds * steps;
        StatsSnapshot snapshot = stats.snapshot();
        assertThat(snapshot.get(RequestCounter.WRITES)).isEqualTo(expected);
        assertThat(snapshot.get(CacheCounter.COMMITTED_KEY_SETS)).isEqualTo(expected);
        assertThat(snapshot.latency(Latency.WRITE).count()).isEqualTo(expected);
    }

    private void count(int steps) {
        try (QueueStats queue = stats.openQueue()) {
            for (int i = 0; i < steps; i++) {
                queue.add(RequestCounter.WRITES);
                queue.record(Latency.WRITE, i, 1);
                stats.add(CacheCounter.COMMITTED_KEY_SETS);
            }
        }
    }

    @Test
    void countingAllocatesNothing() {
        assumeThat(ManagementFactory.getThreadMXBean()).isInstanceOf(ThreadMXBean.class);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        assumeThat(threads.isThreadAllocatedMemoryEnabled()).isTrue();
        QueueStats queue = stats.openQueue();
        work(queue, 20_000);
        long before = threads.getCurrentThreadAllocatedBytes();
        work(queue, 200_000);
        // The measuring call may allocate itself.
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(1024);
    }

    private void work(QueueStats queue, int steps) {
        for (int i = 0; i < steps; i++) {
            long start = queue.start(QueueStats.UNTIMED);
            queue.add(RequestCounter.WRITES);
            queue.add(RequestCounter.WRITE_BYTES, 4096);
            stats.add(CacheCounter.LOG_BYTES, 40);
            queue.endedWaiting(queue.startWaiting());
            queue.ended(Latency.WRITE, start);
        }
    }
}
