package io.pcache.index;

import io.pcache.bench.Report;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Locale;

/**
 * Measures bytes and nanoseconds per entry of 4 KiB, in random order, on one thread, locks included.
 *
 * <p>Arguments: entries (default 20 million), then device sizes in GiB (default 80, 100, 130, 1024, 16384). With
 * {@code -Dpcache.bench.json=true} the numbers come as JSON, a line for each size. A plain program, since a measurement
 * is one pass over an index that takes long to fill.
 */
public final class CacheIndexBenchmark {
    private static final int BLOCK_SECTORS = 8;
    private static final int SEGMENT_SECTORS = 32_744;
    private static final int BATCH = 1 << 16;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final int entries;
    private final long blocks;
    private final int bits;
    private final CacheIndex index;
    private final long[] batch = new long[BATCH];
    private final long[] out = new long[16];
    private long sequence;
    private int segment;
    private int place;

    private CacheIndexBenchmark(int entries, long deviceBytes) {
        this.entries = entries;
        this.blocks = deviceBytes / 4096;
        this.bits = Long.SIZE - Long.numberOfLeadingZeros(blocks - 1);
        this.index = new CacheIndex(deviceBytes, 24L * entries);
    }

    public static void main(String[] args) {
        boolean json = Boolean.getBoolean("pcache.bench.json");
        int entries = args.length > 0 ? Integer.parseInt(args[0]) : 20_000_000;
        long[] sizes = {80, 100, 130, 1024, 16_384};
        if (args.length > 1) {
            sizes = new long[args.length - 1];
            for (int i = 0; i < sizes.length; i++) {
                sizes[i] = Long.parseLong(args[i + 1]);
            }
        }
        for (int i = 0; i < 5; i++) {
            new CacheIndexBenchmark(250_000, 2L << 30).run("warm-up", false);
        }
        for (long gib : sizes) {
            new CacheIndexBenchmark(entries, gib << 30).run(gib + " GiB", json);
        }
    }

    private void run(String name, boolean json) {
        long heapBefore = heap();
        long[] insert = pass(true);
        double bytes = (double) index.memoryBytes() / index.entries();
        double used = (double) index.usedBytes() / index.entries();
        double heap = (double) (heap() - heapBefore) / index.entries();
        long[] overwrite = pass(true);
        sequence = 0;
        long[] find = pass(false);
        if (json) {
            new Report()
                    .put("device", name)
                    .put("entries", index.entries())
                    .put("bytes_per_entry", bytes)
                    .put("heap_bytes_per_entry", heap)
                    .put("insert_ns", insert[1])
                    .put("overwrite_ns", overwrite[1])
                    .put("find_ns", find[1])
                    .put("insert_wall_ns", insert[0])
                    .put("find_wall_ns", find[0])
                    .print();
            return;
        }
        System.out.printf(
                Locale.ROOT,
                "%-10s %10d entries  %5.2f B/entry (arrays %5.2f, heap %5.2f)  "
                        + "insert %4d ns (CPU %4d)  overwrite %4d (%4d)  find %4d (%4d)%n",
                name,
                index.entries(),
                bytes,
                used,
                heap,
                insert[0],
                insert[1],
                overwrite[0],
                overwrite[1],
                find[0],
                find[1]);
    }

    /** Mean time and mean CPU time, in ns per operation; the difference is what other processes take of the machine. */
    private long[] pass(boolean insert) {
        sequence = 0;
        long total = 0;
        long cpu = 0;
        for (int done = 0; done < entries; ) {
            int count = Math.min(BATCH, entries - done);
            for (int i = 0; i < count; i++) {
                batch[i] = nextBlock();
            }
            long cpuStart = THREADS.getCurrentThreadCpuTime();
            long start = System.nanoTime();
            if (insert) {
                insertBatch(count);
            } else {
                findBatch(count);
            }
            total += System.nanoTime() - start;
            cpu += THREADS.getCurrentThreadCpuTime() - cpuStart;
            done += count;
        }
        return new long[] {total / entries, cpu / entries};
    }

    private void insertBatch(int count) {
        for (int i = 0; i < count; i++) {
            long offset = batch[i] << 12;
            int subtree = CacheIndex.subtree(offset);
            long extent = nextExtent(CacheIndex.sector(offset));
            synchronized (index.lock(subtree)) {
                if (!index.reserve(subtree)) {
                    throw new IllegalStateException(
                            "24 bytes per entry are not enough: " + index.entries() + " entries");
                }
                index.insert(subtree, extent);
            }
        }
    }

    private void findBatch(int count) {
        int found = 0;
        for (int i = 0; i < count; i++) {
            long offset = batch[i] << 12;
            int subtree = CacheIndex.subtree(offset);
            synchronized (index.lock(subtree)) {
                found += index.find(subtree, CacheIndex.sector(offset), BLOCK_SECTORS, out);
            }
        }
        if (found != count) {
            throw new IllegalStateException("found " + found + " of " + count);
        }
    }

    private long nextExtent(int from) {
        if (place + BLOCK_SECTORS > SEGMENT_SECTORS) {
            place = 0;
            segment = segment + 1 & Extent.SEGMENTS - 1;
        }
        long extent = Extent.of(from, BLOCK_SECTORS, false, segment, place);
        place += BLOCK_SECTORS;
        return extent;
    }

    /** The next block of a fixed random order in which no block occurs twice. */
    private long nextBlock() {
        long block;
        do {
            block = mix(sequence++);
        } while (block >= blocks);
        return block;
    }

    /** A bijection on numbers of so many bits: each step can be undone. */
    private long mix(long value) {
        long mask = (1L << bits) - 1;
        for (int round = 0; round < 3; round++) {
            value = value * 0x9E3779B97F4A7C15L + 0x7F4A7C15L & mask;
            value ^= value >>> bits / 2;
        }
        return value;
    }

    private static long heap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
