package io.pcache.bench.backing;

import com.sun.management.OperatingSystemMXBean;
import io.pcache.backing.BackingDevice;
import io.pcache.backing.BackingIo;
import io.pcache.backing.BackingQueue;
import io.pcache.bench.BenchCache;
import io.pcache.bench.Report;
import io.pcache.memory.AnonymousMemory;
import io.pcache.memory.CacheMemory;
import io.pcache.ring.BackingOpener;
import io.pcache.stats.CacheCounter;
import io.pcache.stats.CacheStats;
import io.pcache.sys.Linux;
import io.pcache.sys.NativeMemory;
import io.pcache.sys.SystemCalls;
import io.pcache.wake.Signal;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Write-back to a real backing device. Arguments: the device or file, which is overwritten; MiB to write.
 *
 * <ul>
 *   <li>contiguous dirty data, beside the device's own speed: as many bytes in writes of the same size, as many in
 *       flight, out of as much memory (512 MiB at most) in large pages, and a flush. For comparison the device is also
 *       written out of one buffer for each write in flight, over and over: a disk of a virtual machine, which is copied
 *       to, is quicker then, because 8 MiB stay in the processor's caches, which no data of a cache does. Contiguous
 *       data is in a cache like persistent memory, which is written out of its mapping, and in one on tmpfs, which is
 *       copied. All take turns, and medians are told, since a disk that others use too is not the same from one second
 *       to the next
 *   <li>a hot set of 8 MiB, written many times
 *   <li>blocks of 4 KiB in random order, each once
 * </ul>
 *
 * Write-back begins when all is dirty, so that nothing else runs beside it.
 */
public final class WriteBackRun {
    private static final int TRANSFER_BYTES = 256 << 10;
    private static final int IN_FLIGHT = 32;
    private static final int MIB = 1 << 20;
    private static final int HOT_BYTES = 8 * MIB;
    /** Far more than fits into a processor's caches. */
    private static final long MAX_OWN_BYTES = 512L * MIB;

    private static final int TURNS = 6;
    private static final String[] WAYS = {"device", "device_from_reused_buffers", "contiguous", "contiguous_on_tmpfs"};
    private static final OperatingSystemMXBean PROCESS =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private final String path;
    private final long bytes;
    private final ByteBuffer own;
    private final ByteBuffer reused = NativeMemory.allocateHuge(IN_FLIGHT * TRANSFER_BYTES);
    private final Report report = new Report();
    /** This process's share of the processors during what was measured last. */
    private long cpuNanos;

    private WriteBackRun(String path, long bytes) {
        this.path = path;
        this.bytes = bytes;
        this.own = NativeMemory.allocateHuge((int) Math.min(bytes, MAX_OWN_BYTES));
    }

    public static void main(String[] args) throws IOException {
        WriteBackRun run = new WriteBackRun(args[0], Long.parseLong(args[1]) * MIB);
        // Once for the compiler, and so that a file has its blocks.
        for (int way = 0; way < WAYS.length; way++) {
            run.speedOf(way);
        }
        run.compare();
        run.hotSet();
        run.random();
        run.report.print();
    }

    private void compare() throws IOException {
        double[][] speeds = new double[WAYS.length][TURNS];
        double[][] cpus = new double[WAYS.length][TURNS];
        for (int turn = 0; turn < TURNS; turn++) {
            for (int i = 0; i < WAYS.length; i++) {
                // Each is as often first, and behind each other one.
                int way = (turn % 2 == 0 ? turn + i : turn + WAYS.length - i) % WAYS.length;
                speeds[way][turn] = speedOf(way);
                cpus[way][turn] = cpuNanos / 1e6 * (1L << 30) / bytes;
            }
        }
        for (int way = 0; way < WAYS.length; way++) {
            report.put(WAYS[way] + "_mib_s", median(speeds[way])).put(WAYS[way] + "_cpu_ms_gib", median(cpus[way]));
        }
    }

    private double speedOf(int way) throws IOException {
        return way < 2 ? device(way == 0 ? own : reused) : contiguous(way == 2);
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    private double speed(long nanos) {
        return bytes / (double) MIB / (nanos / 1e9);
    }

    /** The device's own speed. */
    private double device(ByteBuffer source) throws IOException {
        Signal signal = new Signal();
        try (BackingDevice device = BackingOpener.open(path, false);
                BackingQueue queue = device.openQueue(signal::raise)) {
            Stream stream = new Stream(queue, bytes, source);
            List<Stream.Transfer> transfers = IntStream.range(0, IN_FLIGHT)
                    .mapToObj(i -> stream.transfer())
                    .toList();
            long cpuBefore = PROCESS.getProcessCpuTime();
            long start = System.nanoTime();
            transfers.forEach(Stream.Transfer::submitNext);
            queue.kick();
            while (queue.inFlight() > 0) {
                if (queue.poll() == 0) {
                    signal.await();
                }
                queue.kick();
            }
            stream.flush();
            queue.kick();
            while (queue.inFlight() > 0) {
                if (queue.poll() == 0) {
                    signal.await();
                }
            }
            long nanos = System.nanoTime() - start;
            cpuNanos = PROCESS.getProcessCpuTime() - cpuBefore;
            return speed(nanos);
        }
    }

    /** Writes, one behind the other. */
    private static final class Stream {
        private final BackingQueue queue;
        private final long bytes;
        private final ByteBuffer source;
        private long at;

        Stream(BackingQueue queue, long bytes, ByteBuffer source) {
            this.queue = queue;
            this.bytes = bytes;
            this.source = source;
        }

        Transfer transfer() {
            return new Transfer();
        }

        void flush() {
            queue.submit(new Transfer().prepareFlush());
        }

        private final class Transfer extends BackingIo {

            void submitNext() {
                if (at < bytes) {
                    queue.submit(prepare(Kind.WRITE, at, source, (int) (at % source.capacity()), TRANSFER_BYTES));
                    at += TRANSFER_BYTES;
                }
            }

            @Override
            protected void completed() {
                if (result < 0) {
                    throw new IllegalStateException("a transfer ended with " + result);
                }
                if (kind == Kind.WRITE) {
                    submitNext();
                }
            }
        }
    }

    private interface Load {
        void write(BenchCache.Client client);
    }

    /** Dirties the cache and times its way to the device. */
    private long writeBack(boolean durable, Load load, Figures figures) throws IOException {
        try (BenchCache cache = new BenchCache(memory(durable), BackingOpener.open(path, false), false)) {
            try (BenchCache.Client client = cache.client()) {
                load.write(client);
                client.flush();
            }
            long cpuBefore = PROCESS.getProcessCpuTime();
            long start = System.nanoTime();
            cache.drain();
            long nanos = System.nanoTime() - start;
            cpuNanos = PROCESS.getProcessCpuTime() - cpuBefore;
            figures.take(cache.cache().stats());
            return nanos;
        }
    }

    /** Persistent memory is mapped in pages of 2 MiB; files on tmpfs, mostly, in small ones. */
    private CacheMemory memory(boolean durable) throws IOException {
        long size = Math.max(544L * MIB, bytes * 5 / 4 + 96L * MIB);
        if (!durable) {
            return AnonymousMemory.create(size);
        }
        CacheMemory memory = AnonymousMemory.durable(size);
        long page = 2L * MIB;
        long start = memory.address(0) + page - 1 & -page;
        SystemCalls.linux().madvise(start, memory.address(0) + size - start & -page, Linux.MADV_HUGEPAGE);
        return memory;
    }

    private interface Figures {
        void take(CacheStats stats);
    }

    private double contiguous(boolean durable) throws IOException {
        return speed(writeBack(
                durable,
                client -> {
                    for (long at = 0; at < bytes; at += MIB) {
                        client.write(at, MIB);
                    }
                },
                stats -> report.put(
                        "contiguous_bytes_per_write",
                        stats.get(CacheCounter.WRITTEN_BACK_BYTES) / (double) stats.get(CacheCounter.BACKING_WRITES))));
    }

    private void hotSet() throws IOException {
        writeBack(
                true,
                client -> {
                    for (long at = 0; at < bytes; at += BenchCache.BLOCK) {
                        client.write(at * 31 % HOT_BYTES / BenchCache.BLOCK * BenchCache.BLOCK, BenchCache.BLOCK);
                    }
                },
                stats -> report.put(
                                "hot_set_backing_bytes_per_byte_written",
                                stats.get(CacheCounter.WRITTEN_BACK_BYTES) / (double) bytes)
                        .put(
                                "hot_set_backing_bytes_per_block_and_batch",
                                stats.get(CacheCounter.WRITTEN_BACK_BYTES)
                                        / (double) HOT_BYTES
                                        / stats.get(CacheCounter.WRITE_BACK_BATCHES)));
    }

    private void random() throws IOException {
        long blocks = bytes / BenchCache.BLOCK;
        long nanos = writeBack(
                true,
                client -> {
                    for (long i = 0; i < blocks; i++) {
                        // A prime number that does not divide the number of blocks: each once, in an order that jumps
                        // about.
                        client.write(i * 7_919 % blocks * BenchCache.BLOCK, BenchCache.BLOCK);
                    }
                },
                stats -> report.put(
                                "random_backing_bytes_per_byte_written",
                                stats.get(CacheCounter.WRITTEN_BACK_BYTES) / (double) bytes)
                        .put(
                                "random_cache_bytes_per_byte_written",
                                (bytes + stats.get(CacheCounter.LOG_BYTES)) / (double) bytes)
                        .put(
                                "key_sets_per_backing_flush",
                                stats.get(CacheCounter.COMMITTED_KEY_SETS)
                                        / (double) stats.get(CacheCounter.BACKING_FLUSHES)));
        report.put("random_mib_s", speed(nanos));
    }
}
