package io.pcache.memory;

import io.pcache.sys.NativeMemory;
import io.pcache.sys.PersistentMemoryLibrary;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Ways to copy request data so that it is durable on persistent memory. Each way ends with a drain. The target moves
 * through 256 MiB, as a data head does, so that its lines are not in the CPU caches. The source is one buffer, as a
 * request's is, and stays in the caches.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED")
public class DurableCopyBenchmark {
    private static final int TARGET_BYTES = 256 << 20;
    private static final MethodHandle WRITEBACK = jdkWriteback();

    @Param({"64", "256", "512", "1024", "2048", "4096", "8192", "16384", "65536", "262144", "1048576"})
    int length;

    /** How far the source's address is behind the start of a cache line. */
    @Param("0")
    int misaligned;

    private final PersistentMemoryLibrary library =
            PersistentMemoryLibrary.load().orElseThrow();
    private ByteBuffer target;
    private ByteBuffer source;
    private long targetAddress;
    private long sourceAddress;
    private int at;

    private static MethodHandle jdkWriteback() {
        try {
            Class<?> unsafe = Class.forName("jdk.internal.misc.Unsafe");
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            Object instance = lookup.findStatic(unsafe, "getUnsafe", MethodType.methodType(unsafe))
                    .invoke();
            return lookup.findVirtual(
                            unsafe, "writebackMemory", MethodType.methodType(void.class, long.class, long.class))
                    .bindTo(instance);
        } catch (Throwable e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @Setup
    public void touchAllPages() {
        target = NativeMemory.allocateAligned(TARGET_BYTES, 4096);
        for (int i = 0; i < TARGET_BYTES; i += 4096) {
            target.put(i, (byte) 1);
        }
        source = NativeMemory.allocateAligned(length + 64, 4096);
        targetAddress = NativeMemory.address(target);
        sourceAddress = NativeMemory.address(source) + misaligned;
    }

    private int next() {
        int now = at;
        at = now + length > TARGET_BYTES - length ? 0 : now + length;
        return now;
    }

    @Benchmark
    public void nonTemporal() {
        library.copyNonTemporal(targetAddress + next(), sourceAddress, length);
        library.drain();
    }

    @Benchmark
    public void copyThenFlush() {
        int to = next();
        target.put(to, source, misaligned, length);
        library.flush(targetAddress + to, length);
        library.drain();
    }

    @Benchmark
    public void copyThenJdkWriteback() throws Throwable {
        int to = next();
        target.put(to, source, misaligned, length);
        WRITEBACK.invokeExact(targetAddress + to, (long) length); // includes the fence
    }

    /** The cost of the copy without durability. */
    @Benchmark
    public void copyOnly() {
        target.put(next(), source, misaligned, length);
    }

    /** The cost of a call into libpmem: the fence alone, with nothing to wait for. */
    @Benchmark
    public void callOnly() {
        library.drain();
    }
}
