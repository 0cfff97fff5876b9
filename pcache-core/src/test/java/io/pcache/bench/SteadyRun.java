package io.pcache.bench;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import org.HdrHistogram.Histogram;

/**
 * Random writes of 4 KiB, as fast as possible, to a cache that is always full. Write-back, to a device that takes no
 * time, and garbage collection run on their own threads. Every write is timed. Arguments: seconds, MiB of the cache.
 */
public final class SteadyRun {
    private static final long DEVICE_BYTES = 4L << 30;
    private static final long MAX_NANOS = 60_000_000_000L;

    private SteadyRun() {}

    public static void main(String[] args) {
        long nanos = (long) (Double.parseDouble(args[0]) * 1e9);
        Histogram histogram = new Histogram(MAX_NANOS, 3);
        try (BenchCache cache =
                        new BenchCache(Long.parseLong(args[1]) << 20, new NullBacking(DEVICE_BYTES), false).start();
                BenchCache.Client client = cache.client()) {
            RandomBlocks blocks = new RandomBlocks(DEVICE_BYTES / BenchCache.BLOCK, 0);
            // A warm-up, until the whole cache has been used several times, the code is compiled, and garbage is gone.
            write(client, blocks, Math.min(nanos, 5_000_000_000L), histogram);
            System.gc();
            histogram.reset();
            long before = collections();
            long writes = write(client, blocks, nanos, histogram);
            new Report()
                    .put("writes_per_s", writes / (nanos / 1e9))
                    .put("p50_us", histogram.getValueAtPercentile(50) / 1e3)
                    .put("p99_us", histogram.getValueAtPercentile(99) / 1e3)
                    .put("p99_9_us", histogram.getValueAtPercentile(99.9) / 1e3)
                    .put("p99_99_us", histogram.getValueAtPercentile(99.99) / 1e3)
                    .put("max_ms", histogram.getMaxValue() / 1e6)
                    .put("gc_pauses", collections() - before)
                    .print();
        }
    }

    private static long write(BenchCache.Client client, RandomBlocks blocks, long nanos, Histogram histogram) {
        long writes = 0;
        long start = System.nanoTime();
        long last = start;
        while (last - start < nanos) {
            client.write(blocks.next() * BenchCache.BLOCK, BenchCache.BLOCK);
            long now = System.nanoTime();
            histogram.recordValue(Math.min(MAX_NANOS, now - last));
            last = now;
            writes++;
        }
        return writes;
    }

    private static long collections() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionCount)
                .sum();
    }
}
