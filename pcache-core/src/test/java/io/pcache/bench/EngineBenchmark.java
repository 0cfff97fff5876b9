package io.pcache.bench;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The engine's time for a request of 4 KiB, one at a time, on a thread of its own: the way of a request through the
 * cache, and the commit of each full key-set, without write-back and garbage collection. Both run between iterations,
 * off the clock, so that segments, index and log are as in a cache that has long been in use. Blocks come in random
 * order, all over a device of 4 GiB.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 20)
@Measurement(iterations = 20)
@Fork(
        value = 1,
        jvmArgsAppend = {"-XX:+UseSerialGC", "-Xms512m", "-Xmx512m"})
public class EngineBenchmark {
    /** Requests of one iteration on each thread. */
    static final int REQUESTS = 1 << 17;

    static final long CACHE_BYTES = 1536L << 20;
    static final long DEVICE_BYTES = 4L << 30;
    static final long BLOCKS = DEVICE_BYTES / BenchCache.BLOCK;

    @Param({"false", "true"})
    boolean dataCrc;

    private BenchCache cache;
    private final AtomicInteger threads = new AtomicInteger();

    @Setup
    public void open() {
        cache = new BenchCache(CACHE_BYTES, new NullBacking(DEVICE_BYTES), dataCrc);
    }

    @TearDown
    public void close() {
        cache.close();
    }

    /** A thread's queue. What it writes is collected before each iteration. */
    @State(Scope.Thread)
    public static class Writer {
        private BenchCache.Client client;
        private RandomBlocks blocks;

        @Setup
        public void open(EngineBenchmark benchmark) {
            client = benchmark.cache.client();
            blocks = new RandomBlocks(BLOCKS, benchmark.threads.getAndIncrement() * (BLOCKS / 8));
        }

        @Setup(Level.Iteration)
        public void collect(EngineBenchmark benchmark) {
            synchronized (benchmark) {
                benchmark.cache.drain();
            }
        }

        @TearDown
        public void close() {
            client.close();
        }
    }

    /** A thread's queue for reads of blocks that are in the cache. */
    @State(Scope.Thread)
    public static class Reader {
        private BenchCache.Client client;
        private RandomBlocks blocks;
        private int first;

        @Setup
        public void write(EngineBenchmark benchmark) {
            client = benchmark.cache.client();
            first = benchmark.threads.getAndIncrement() * REQUESTS;
            for (int i = 0; i < REQUESTS; i++) {
                client.write(offset(i), BenchCache.BLOCK);
            }
            blocks = new RandomBlocks(REQUESTS, 7);
        }

        /**
         * The offset of a block. Blocks do not follow each other on the device, so that each block has an entry of its
         * own in the index.
         */
        private long offset(long block) {
            return (first + block) * 4 * BenchCache.BLOCK;
        }

        @TearDown
        public void close() {
            client.close();
        }
    }

    @Benchmark
    @OperationsPerInvocation(REQUESTS)
    public void write(Writer writer) {
        BenchCache.Client client = writer.client;
        RandomBlocks blocks = writer.blocks;
        for (int i = 0; i < REQUESTS; i++) {
            client.write(blocks.next() * BenchCache.BLOCK, BenchCache.BLOCK);
        }
    }

    @Benchmark
    @OperationsPerInvocation(REQUESTS)
    public void readHit(Reader reader) {
        BenchCache.Client client = reader.client;
        RandomBlocks blocks = reader.blocks;
        for (int i = 0; i < REQUESTS; i++) {
            client.read(reader.offset(blocks.next()), BenchCache.BLOCK);
        }
    }
}
