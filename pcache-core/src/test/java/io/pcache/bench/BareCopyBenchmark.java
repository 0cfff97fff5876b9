package io.pcache.bench;

import io.pcache.media.Checksum;
import io.pcache.memory.AnonymousMemory;
import io.pcache.memory.CacheMemory;
import io.pcache.sys.NativeMemory;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
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
 * The least that {@link EngineBenchmark}'s requests need: 4 KiB copied to the cache device, one block behind the other,
 * and drained; or copied out of blocks in random order. With {@code dataCrc}, the CRC-32C of the request's own buffer
 * on top.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 20)
@Measurement(iterations = 20)
@Fork(
        value = 1,
        jvmArgsAppend = {"-XX:+UseSerialGC", "-Xms512m", "-Xmx512m"})
public class BareCopyBenchmark {
    private static final int REQUESTS = EngineBenchmark.REQUESTS;

    @Param({"false", "true"})
    boolean dataCrc;

    private CacheMemory memory;
    private final AtomicInteger threads = new AtomicInteger();

    @Setup
    public void touchAllPages() {
        memory = AnonymousMemory.durable(EngineBenchmark.CACHE_BYTES);
        for (long at = 0; at < memory.size(); at += BenchCache.BLOCK) {
            memory.putLong(at, at);
        }
    }

    @TearDown
    public void close() {
        memory.close();
    }

    /** A thread's buffer and its part of the memory. */
    @State(Scope.Thread)
    public static class Copier {
        private final ByteBuffer buffer = NativeMemory.allocateAligned(BenchCache.BLOCK, 4096);
        private final Checksum checksum = new Checksum();
        private RandomBlocks blocks;
        private int thread;
        private int next;
        private int sum;

        @Setup
        public void open(BareCopyBenchmark benchmark) {
            thread = benchmark.threads.getAndIncrement();
            blocks = new RandomBlocks(REQUESTS, 7);
        }
    }

    @Benchmark
    @OperationsPerInvocation(REQUESTS)
    public int copyIn(Copier copier) {
        // The writes of two threads lie apart, as the segments of two queues do.
        int blocks = (int) (memory.size() / BenchCache.BLOCK) / 2;
        long base = (long) (copier.thread & 1) * blocks * BenchCache.BLOCK;
        for (int i = 0; i < REQUESTS; i++) {
            if (dataCrc) {
                copier.sum += copier.checksum.of(copier.buffer, 0, BenchCache.BLOCK);
            }
            memory.copyIn(base + (long) copier.next * BenchCache.BLOCK, copier.buffer, 0, BenchCache.BLOCK);
            memory.drain();
            copier.next = copier.next + 1 == blocks ? 0 : copier.next + 1;
        }
        return copier.sum;
    }

    @Benchmark
    @OperationsPerInvocation(REQUESTS)
    public int copyOut(Copier copier) {
        long base = (long) (copier.thread & 1) * REQUESTS;
        for (int i = 0; i < REQUESTS; i++) {
            memory.copyOut((base + copier.blocks.next()) * BenchCache.BLOCK, copier.buffer, 0, BenchCache.BLOCK);
            if (dataCrc) {
                copier.sum += copier.checksum.of(copier.buffer, 0, BenchCache.BLOCK);
            }
        }
        return copier.sum;
    }
}
