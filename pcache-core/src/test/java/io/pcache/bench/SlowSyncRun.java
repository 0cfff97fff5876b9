package io.pcache.bench;

import io.pcache.crash.WrappedMemory;
import io.pcache.memory.AnonymousMemory;
import io.pcache.memory.CacheMemory;
import io.pcache.stats.CacheCounter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * Measures whether writes wait while other parts of the cache make something durable. Two threads write at random, 64
 * KiB at a time, to a cache behind the page cache. Every sync takes some milliseconds, while write-back and garbage
 * collection are always at work. No write asks for a flush, so no write should take as long as a sync. The writers'
 * pace keeps out waits that are legitimate: there are always free segments, and there is always room in memory for keys
 * that are not durable yet. Arguments: seconds, MiB of the cache, milliseconds of a sync.
 */
public final class SlowSyncRun {
    private static final long DEVICE_BYTES = 4L << 30;
    private static final int BLOCK = 64 << 10;
    private static final int WRITERS = 8;
    private static final int GC_PERCENT = 20;
    private static final long PACE_NANOS = 8_000_000;
    private static final long MAX_NANOS = 60_000_000_000L;
    /** The number of the histogram's columns. Their upper ends begin with 16 us, and each is twice the previous end. */
    private static final int COLUMNS = 16;

    private static final long FIRST_COLUMN_NANOS = 16_000;

    private SlowSyncRun() {}

    /** A memory whose sync waits, like the sync of a disk; nothing else waits. */
    private static final class SlowMemory extends WrappedMemory {
        private final long nanos;

        SlowMemory(CacheMemory memory, long nanos) {
            super(memory);
            this.nanos = nanos;
        }

        @Override
        public Kind kind() {
            return Kind.PAGE_CACHE;
        }

        @Override
        public boolean syncIsSlow() {
            return true;
        }

        @Override
        public void sync() {
            long end = System.nanoTime() + nanos;
            for (long left = nanos; left > 0; left = end - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
        }
    }

    private static final class Writer extends Thread {
        private final BenchCache cache;
        private final long first;
        private final long nanos;
        private final long paceNanos;
        private final CountDownLatch ready;
        private final Histogram histogram = new Histogram(MAX_NANOS, 3);

        Writer(BenchCache cache, long first, long nanos, long paceNanos, CountDownLatch ready) {
            super("writer-" + first);
            this.cache = cache;
            this.first = first;
            this.nanos = nanos;
            this.paceNanos = paceNanos;
            this.ready = ready;
        }

        @Override
        public void run() {
            try (BenchCache.Client client = cache.client()) {
                RandomBlocks blocks = new RandomBlocks(DEVICE_BYTES / BLOCK, first);
                // A warm-up, until all segments have been used and the code is compiled.
                write(client, blocks, Math.min(nanos, 5_000_000_000L));
                ready.countDown();
                ready.await();
                histogram.reset();
                write(client, blocks, nanos);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        private void write(BenchCache.Client client, RandomBlocks blocks, long duration) {
            long begin = System.nanoTime();
            long writes = 0;
            for (long now = begin; now - begin < duration; now = System.nanoTime()) {
                if (now - begin < writes * paceNanos) {
                    LockSupport.parkNanos(paceNanos - (now - begin) % paceNanos);
                    continue;
                }
                writes++;
                long offset = blocks.next() * BLOCK;
                long begun = System.nanoTime();
                client.write(offset, BLOCK);
                histogram.recordValue(Math.min(MAX_NANOS, System.nanoTime() - begun));
            }
        }
    }

    public static void main(String[] args) throws InterruptedException {
        long nanos = (long) (Double.parseDouble(args[0]) * 1e9);
        long syncNanos = (long) (Double.parseDouble(args[2]) * 1e6);
        CacheMemory memory = new SlowMemory(AnonymousMemory.create(Long.parseLong(args[1]) << 20), syncNanos);
        Histogram all = new Histogram(MAX_NANOS, 3);
        try (BenchCache cache = new BenchCache(memory, new NullBacking(DEVICE_BYTES), false)) {
            cache.cache().setGcPercent(GC_PERCENT);
            cache.start();
            CountDownLatch ready = new CountDownLatch(WRITERS);
            List<Writer> writers = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                long pace = PACE_NANOS + i * PACE_NANOS / WRITERS;
                writers.add(new Writer(cache, i * (DEVICE_BYTES / BLOCK / WRITERS), nanos, pace, ready));
                writers.get(i).start();
            }
            for (Writer writer : writers) {
                writer.join(nanos / 1_000_000 + TimeUnit.MINUTES.toMillis(2));
                if (writer.isAlive()) {
                    throw new IllegalStateException(writer.getName() + " does not end");
                }
                all.add(writer.histogram);
            }
            report(all, syncNanos)
                    .put("freed_segments", cache.cache().stats().get(CacheCounter.FREED_SEGMENTS))
                    .put("waits_for_space", cache.cache().stats().get(CacheCounter.CACHE_FULL_WAITS))
                    .print();
        }
    }

    private static Report report(Histogram all, long syncNanos) {
        Report report = new Report()
                .put("writes", all.getTotalCount())
                .put("p50_us", all.getValueAtPercentile(50) / 1e3)
                .put("p99_us", all.getValueAtPercentile(99) / 1e3)
                .put("p99_9_us", all.getValueAtPercentile(99.9) / 1e3)
                .put("p99_99_us", all.getValueAtPercentile(99.99) / 1e3)
                .put("max_us", all.getMaxValue() / 1e3)
                .put("waits", all.getCountBetweenValues(syncNanos / 2, MAX_NANOS));
        long from = 0;
        for (int column = 0; column < COLUMNS; column++) {
            long to = FIRST_COLUMN_NANOS << column;
            report.put("up_to_" + to / 1000 + "_us", all.getCountBetweenValues(from, to - 1));
            from = to;
        }
        return report;
    }
}
