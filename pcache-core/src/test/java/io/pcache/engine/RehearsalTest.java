package io.pcache.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.backing.BackingFile;
import io.pcache.backing.BackingIo;
import io.pcache.backing.BackingQueue;
import io.pcache.backing.CacheDisk;
import io.pcache.backing.FileBacking;
import io.pcache.backing.ForwardingDisk;
import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.CacheIo;
import io.pcache.cache.PCacheException;
import io.pcache.crash.WrappedMemory;
import io.pcache.memory.AnonymousMemory;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.MappedMemory;
import io.pcache.stats.CacheCounter;
import io.pcache.stats.RequestCounter;
import io.pcache.sys.Errno;
import io.pcache.sys.SystemCalls;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RehearsalTest {

    private static int run(boolean dataCrc, long nanos, Rehearsal.Player player) throws Exception {
        try (MappedMemory real = (MappedMemory) AnonymousMemory.create(Rehearsal.CACHE_BYTES)) {
            CacheMemory scratch = real.scratch(Rehearsal.CACHE_BYTES);
            assertThat(scratch).hasSameClassAs(real);
            return Rehearsal.run(scratch, null, new SimulatedBacking(Rehearsal.BACKING_BYTES), dataCrc, nanos, player);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void writesAndReadsUntilAllIsCompiled(boolean dataCrc) throws Exception {
        int rounds = run(dataCrc, TimeUnit.HOURS.toNanos(1), Rehearsal::requests);

        assertThat(rounds).isBetween(Rehearsal.MAX_ROUNDS, 2 * Rehearsal.MAX_ROUNDS);
    }

    private static long get(PCache cache, RequestCounter counter) {
        return cache.stats().snapshot().requests().get(counter);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void playsAllWaysOfTransfersWhereDataGoesByTransfers(boolean dataCrc) throws Exception {
        Path path;
        try (MappedMemory real = AnonymousMemory.behindPageCache(Rehearsal.CACHE_BYTES)) {
            MappedMemory scratch = real.scratch(Rehearsal.CACHE_BYTES);
            assertThat(scratch).hasSameClassAs(real);
            path = Path.of(scratch.path());
            CountedDevice transfers = new CountedDevice(new FileBacking(BackingFile.openAgain(scratch.path()), ""));
            SimulatedBacking backing = new SimulatedBacking(Rehearsal.BACKING_BYTES);

            Rehearsal.run(scratch, transfers, backing, dataCrc, TimeUnit.HOURS.toNanos(1), (device, endNanos) -> {
                PCache cache = (PCache) device;
                assertThat(cache.cacheIo()).isEqualTo(CacheIo.DIRECT);
                int rounds = Rehearsal.requests(device, 2000, endNanos, Rehearsal.Rest.parking());
                assertThat(rounds).isGreaterThanOrEqualTo(2000);
                assertThat(get(cache, RequestCounter.FAILED_REQUESTS)).isZero();
                assertThat(get(cache, RequestCounter.READ_HIT_SECTORS)).isGreaterThanOrEqualTo(rounds);
                assertThat(get(cache, RequestCounter.FILLED_SECTORS)).isPositive();
                assertThat(get(cache, RequestCounter.FLUSHES)).isPositive();
                while (!cache.isClean()) {
                    Thread.yield();
                }
                // The file keeps its holes: the device's size is more memory than a rehearsal may take.
                assertThat(SystemCalls.linux().status(scratch.path()).allocatedBytes())
                        .isLessThan(Rehearsal.CACHE_BYTES / 8);
                assertThat(cache.stats().get(CacheCounter.WRITTEN_BACK_BYTES)).isPositive();
                return rounds;
            });
            assertThat(transfers.writesOfMany.get()).isPositive();
            assertThat(transfers.reads.get()).isGreaterThanOrEqualTo(2000);
            // The request queue, and write-back.
            assertThat(transfers.readers).hasSize(2);
            assertThat(transfers.closed).isTrue();
        }
        assertThat(Files.notExists(path)).isTrue();
    }

    @Test
    void tellsOfARequestThatFails() {
        SimulatedBacking backing = new SimulatedBacking(Rehearsal.BACKING_BYTES);
        backing.failReads(Errno.EIO);
        MappedMemory memory = AnonymousMemory.behindPageCache(Rehearsal.CACHE_BYTES);
        assertThatThrownBy(() ->
                        Rehearsal.run(memory, null, backing, false, TimeUnit.HOURS.toNanos(1), Rehearsal::requests))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("EIO");
    }

    @Test
    void closesAllDevicesWhereTheCacheCannotBeMade() throws Exception {
        List<String> closed = new ArrayList<>();
        CacheMemory tooSmall = new WrappedMemory(AnonymousMemory.create(1 << 20)) {
            @Override
            public void close() {
                closed.add("memory");
                super.close();
            }
        };

        assertThatThrownBy(() -> Rehearsal.run(
                        tooSmall,
                        watched("transfers", closed),
                        watched("backing", closed),
                        false,
                        0,
                        Rehearsal::requests))
                .isInstanceOf(PCacheException.class);
        assertThat(closed).containsExactlyInAnyOrder("memory", "transfers", "backing");
    }

    private static CacheDisk watched(String name, List<String> closed) {
        SimulatedBacking device = new SimulatedBacking(Rehearsal.BACKING_BYTES);
        return (CacheDisk) Proxy.newProxyInstance(
                RehearsalTest.class.getClassLoader(), new Class<?>[] {CacheDisk.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("close")) {
                        closed.add(name);
                    }
                    return method.invoke(device, arguments);
                });
    }

    @Test
    void doesNothingWithoutTime() throws Exception {
        assertThat(run(false, 0, Rehearsal::requests)).isZero();
    }

    @Test
    void leavesTheRealDeviceAlone() throws Exception {
        try (MappedMemory real = (MappedMemory) AnonymousMemory.create(Rehearsal.CACHE_BYTES)) {
            Rehearsal.run(
                    real.scratch(Rehearsal.CACHE_BYTES),
                    null,
                    new SimulatedBacking(Rehearsal.BACKING_BYTES),
                    false,
                    50_000_000,
                    Rehearsal::requests);

            for (long at = 0; at < 1 << 20; at += Long.BYTES) {
                assertThat(real.getLong(at)).isZero();
            }
        }
    }

    /** Counts the transfers, and the queues that have them made. */
    private static final class CountedDevice extends ForwardingDisk {
        final AtomicInteger reads = new AtomicInteger();
        final AtomicInteger writesOfMany = new AtomicInteger();
        final Set<BackingQueue> readers = ConcurrentHashMap.newKeySet();
        boolean closed;

        CountedDevice(CacheDisk device) {
            super(device);
        }

        @Override
        public BackingQueue openQueue(Runnable wake) {
            BackingQueue queue = super.openQueue(wake);
            return new BackingQueue() {
                @Override
                public void submit(BackingIo io) {
                    if (io.kind == BackingIo.Kind.READ) {
                        reads.incrementAndGet();
                        readers.add(queue);
                    } else if (io.length > 4096) {
                        writesOfMany.incrementAndGet();
                    }
                    queue.submit(io);
                }

                @Override
                public void kick() {
                    queue.kick();
                }

                @Override
                public int poll() {
                    return queue.poll();
                }

                @Override
                public int inFlight() {
                    return queue.inFlight();
                }

                @Override
                public void close() {
                    queue.close();
                }
            };
        }

        @Override
        public void close() {
            closed = true;
            super.close();
        }
    }
}
