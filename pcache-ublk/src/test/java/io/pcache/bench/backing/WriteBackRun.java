package io.pcache.bench.backing;

import io.pcache.backing.BackingDevice;
import io.pcache.backing.BackingIo;
import io.pcache.backing.BackingQueue;
import io.pcache.bench.BenchCache;
import io.pcache.bench.Report;
import io.pcache.ring.BackingOpener;
import io.pcache.state.Signal;
import io.pcache.stats.CacheCounter;
import io.pcache.stats.CacheStats;
import io.pcache.sys.NativeMemory;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Write-back to a real backing device. Arguments: the device or file, which is overwritten; MiB to write.
 * <ul>
 *   <li>contiguous dirty data, beside the device's own speed: the same bytes out of one buffer, in writes of the same size, as many in flight, and a flush
 *   <li>a hot set of 8 MiB, written many times
 *   <li>blocks of 4 KiB in random order, each once
 * </ul>
 * Write-back begins when all is dirty, so that nothing else runs beside it.
 */
public final class WriteBackRun {
    private static final int TRANSFER_BYTES = 256 << 10;
    private static final int IN_FLIGHT = 32;
    private static final int MIB = 1 << 20;
    private static final int HOT_BYTES = 8 * MIB;

    private final String path;
    private final long bytes;
    private final Report report = new Report();

    private WriteBackRun(String path, long bytes) {
        this.path = path;
        this.bytes = bytes;
    }

    public static void main(String[] args) throws IOException {
        WriteBackRun run = new WriteBackRun(args[0], Long.parseLong(args[1]) * MIB);
        // Once for the compiler, and so that a file has its blocks.
        run.device();
        run.contiguous();
        run.report.put("device_mib_s", run.device());
        run.report.put("contiguous_mib_s", run.contiguous());
        run.report.put("device_again_mib_s", run.device());
        run.report.put("contiguous_again_mib_s", run.contiguous());
        run.hotSet();
        run.random();
        run.report.print();
    }

    private double speed(long nanos) {
        return bytes / (double) MIB / (nanos / 1e9);
    }

    /** The device's own speed. */
    private double device() throws IOException {
        Signal signal = new Signal();
        try (BackingDevice device = BackingOpener.open(path, false); BackingQueue queue = device.openQueue(signal::raise)) {
            ByteBuffer buffer = NativeMemory.allocateAligned(TRANSFER_BYTES, 4096);
            long start = System.nanoTime();
            Stream stream = new Stream(queue, buffer, bytes);
            for (int i = 0; i < IN_FLIGHT; i++) {
                stream.transfer().submitNext();
            }
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
            return speed(System.nanoTime() - start);
        }
    }

    /** Writes of one buffer, one behind the other. */
    private static final class Stream {
        private final BackingQueue queue;
        private final ByteBuffer source;
        private final long bytes;
        private long at;

        Stream(BackingQueue queue, ByteBuffer source, long bytes) {
            this.queue = queue;
            this.source = source;
            this.bytes = bytes;
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
                    queue.submit(prepare(Kind.WRITE, at, source, 0, TRANSFER_BYTES));
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
    private long writeBack(Load load, Figures figures) throws IOException {
        try (BenchCache cache = new BenchCache(Math.max(544L * MIB, bytes * 5 / 4 + 96L * MIB), BackingOpener.open(path, false), false)) {
            try (BenchCache.Client client = cache.client()) {
                load.write(client);
                client.flush();
            }
            long start = System.nanoTime();
            cache.drain();
            long nanos = System.nanoTime() - start;
            figures.take(cache.cache().stats());
            return nanos;
        }
    }

    private interface Figures {
        void take(CacheStats stats);
    }

    private double contiguous() throws IOException {
        return speed(writeBack(client -> {
            for (long at = 0; at < bytes; at += MIB) {
                client.write(at, MIB);
            }
        }, stats -> report.put("contiguous_bytes_per_write",
            stats.get(CacheCounter.WRITTEN_BACK_BYTES) / (double) stats.get(CacheCounter.BACKING_WRITES))));
    }

    private void hotSet() throws IOException {
        writeBack(client -> {
            for (long at = 0; at < bytes; at += BenchCache.BLOCK) {
                client.write(at * 31 % HOT_BYTES / BenchCache.BLOCK * BenchCache.BLOCK, BenchCache.BLOCK);
            }
        }, stats -> report
            .put("hot_set_backing_bytes_per_byte_written", stats.get(CacheCounter.WRITTEN_BACK_BYTES) / (double) bytes)
            .put("hot_set_backing_bytes_per_block_and_batch",
                stats.get(CacheCounter.WRITTEN_BACK_BYTES) / (double) HOT_BYTES / stats.get(CacheCounter.WRITE_BACK_BATCHES)));
    }

    private void random() throws IOException {
        long blocks = bytes / BenchCache.BLOCK;
        long nanos = writeBack(client -> {
            for (long i = 0; i < blocks; i++) {
                // A prime number that does not divide the number of blocks: each once, in an order that jumps about.
                client.write(i * 7_919 % blocks * BenchCache.BLOCK, BenchCache.BLOCK);
            }
        }, stats -> report
            .put("random_backing_bytes_per_byte_written", stats.get(CacheCounter.WRITTEN_BACK_BYTES) / (double) bytes)
            .put("random_cache_bytes_per_byte_written", (bytes + stats.get(CacheCounter.LOG_BYTES)) / (double) bytes)
            .put("key_sets_per_backing_flush", stats.get(CacheCounter.COMMITTED_KEY_SETS) / (double) stats.get(CacheCounter.BACKING_FLUSHES)));
        report.put("random_mib_s", speed(nanos));
    }
}
