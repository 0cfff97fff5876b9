package io.pcache.memory;

import io.pcache.sys.Linux;
import io.pcache.sys.NativeMemory;
import io.pcache.sys.SystemCalls;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
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
 * Loads and stores through the mapping, compared with pread and pwrite of the same file; all pages of the file are
 * cached. Before each batch the file is synced, outside the measured time. So stores meet clean pages, as they do where
 * a data head moves on between two syncs.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 10, time = 1)
@Fork(1)
public class PageCacheCopyBenchmark {
    private static final int BATCH = 256;
    private static final int FILE_BYTES = 256 << 20;

    @Param({"4096", "16384", "65536"})
    int length;

    private final SystemCalls calls = SystemCalls.linux();
    private Path path;
    private MappedMemory memory;
    private int fd;
    private ByteBuffer buffer;
    private long bufferAddress;
    private int at;

    @Setup
    public void fill() throws IOException {
        path = Files.createTempFile("page-cache", ".img");
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            for (int i = 0; i < FILE_BYTES >> 20; i++) {
                file.write(new byte[1 << 20]);
            }
        }
        memory = MappedMemory.open(path.toString());
        fd = calls.open(path.toString(), Linux.O_RDWR);
        buffer = NativeMemory.allocateAligned(length, 4096);
        bufferAddress = NativeMemory.address(buffer);
    }

    @Setup(Level.Invocation)
    public void clean() {
        memory.sync();
    }

    @TearDown
    public void delete() throws IOException {
        memory.close();
        calls.close(fd);
        Files.delete(path);
    }

    private int next() {
        int now = at;
        at = now + length > FILE_BYTES - length ? 0 : now + length;
        return now;
    }

    private static void check(int result) {
        if (result < 0) {
            throw new IllegalStateException("errno " + -result);
        }
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void storeMapped() {
        for (int i = 0; i < BATCH; i++) {
            memory.copyIn(next(), buffer, 0, length);
        }
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void storePwrite() {
        for (int i = 0; i < BATCH; i++) {
            check(calls.pwrite(fd, bufferAddress, length, next()));
        }
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void loadMapped() {
        for (int i = 0; i < BATCH; i++) {
            memory.copyOut(next(), buffer, 0, length);
        }
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void loadPread() {
        for (int i = 0; i < BATCH; i++) {
            check(calls.pread(fd, bufferAddress, length, next()));
        }
    }
}
