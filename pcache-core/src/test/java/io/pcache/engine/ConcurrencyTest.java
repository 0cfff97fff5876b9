package io.pcache.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.MappedMemory;
import io.pcache.request.BufferData;
import io.pcache.request.Request;
import io.pcache.request.RequestQueue;
import io.pcache.wake.Signal;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Several threads with a queue each, and the agents' own threads. The threads' blocks lie side by side, so that the
 * threads meet in subtrees, segments and the log. Each thread checks its blocks against what it wrote.
 */
class ConcurrencyTest {
    private static final long CACHE_BYTES = (512L << 20) + 20480;
    private static final int DEVICE_BYTES = 96 << 20;
    private static final int BLOCK = 16 << 10;
    private static final int THREADS = 4;
    private static final int IN_FLIGHT = 8;
    private static final int OPERATIONS = Integer.getInteger("pcache.concurrency.operations", 10_000);

    @TempDir
    Path directory;

    @ParameterizedTest(name = "data_crc {0}, slow sync {1}")
    @CsvSource({"false,false", "true,false", "false,true", "true,true"})
    void threadsFindWhatTheyWrote(boolean dataCrc, boolean slowSync) throws Exception {
        long seed = Long.getLong("pcache.concurrency.seed", System.nanoTime());
        Path file = directory.resolve("cache");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(CACHE_BYTES);
        }
        CacheMemory memory = new NoSyncMemory(MappedMemory.open(file.toString()), slowSync);
        SimulatedBacking backing = new SimulatedBacking(DEVICE_BYTES);
        AtomicReference<Throwable> agentFailure = new AtomicReference<>();
        PCache cache = PCache.open(
                        memory,
                        backing,
                        PCacheConfig.builder(DEVICE_BYTES).dataCrc(dataCrc).build())
                .start(agentFailure::set);
        cache.setGcPercent(30);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<Void>> clients = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                clients.add(threads.submit(new Client(cache, i, new Random(seed + i))));
            }
            for (Future<Void> client : clients) {
                client.get();
            }
        } catch (Exception e) {
            throw new AssertionError("seed " + seed + ": " + e.getCause(), e);
        } finally {
            threads.shutdownNow();
        }
        assertThat(agentFailure.get()).isNull();
        assertThat(cache.gcProblem()).isNull();
        assertThat(cache.writeBackProblem()).isNull();
        cache.close();
    }

    /** The blocks of one thread: every {@link #THREADS}-th block of the device. */
    private static final class Client implements Callable<Void> {
        private final PCache cache;
        private final int number;
        private final Random random;
        private final long[] ids = new long[DEVICE_BYTES / BLOCK];
        private final boolean[] busy = new boolean[DEVICE_BYTES / BLOCK];
        private final Signal signal = new Signal();
        private final List<Call> idle = new ArrayList<>();
        private int ended;
        private long lastId;

        Client(PCache cache, int number, Random random) {
            this.cache = cache;
            this.number = number;
            this.random = random;
        }

        private final class Call extends Request {
            private final ByteBuffer buffer = ByteBuffer.allocateDirect(BLOCK);
            private int block;
            private int result;

            @Override
            protected void completed(int result) {
                this.result = result;
                ended++;
                finished.add(this);
            }
        }

        private final List<Call> finished = new ArrayList<>();

        @Override
        public Void call() {
            RequestQueue queue = cache.openQueue(null, signal::raise);
            for (int i = 0; i < IN_FLIGHT; i++) {
                idle.add(new Call());
            }
            int submitted = 0;
            while (ended < OPERATIONS) {
                while (submitted < OPERATIONS && !idle.isEmpty()) {
                    submit(queue, idle.remove(idle.size() - 1));
                    submitted++;
                }
                if (queue.poll() == 0 && finished.isEmpty() && !queue.holdsBack()) {
                    signal.await();
                }
                finished.forEach(this::check);
                finished.clear();
            }
            queue.close();
            return null;
        }

        private void submit(RequestQueue queue, Call call) {
            do {
                call.block = random.nextInt(ids.length / THREADS) * THREADS + number;
            } while (busy[call.block]);
            busy[call.block] = true;
            long offset = (long) call.block * BLOCK;
            int what = random.nextInt(100);
            if (what < 2) {
                queue.submit(call.prepare(Request.Op.FLUSH, 0, 0, false, null));
            } else if (what < 50) {
                queue.submit(call.prepare(Request.Op.READ, offset, BLOCK, false, new BufferData(call.buffer)));
            } else {
                ids[call.block] = ++lastId * THREADS + number;
                call.buffer.put(0, Pattern.fill(ids[call.block], offset / Pattern.SECTOR, BLOCK));
                queue.submit(call.prepare(Request.Op.WRITE, offset, BLOCK, what == 99, new BufferData(call.buffer)));
            }
        }

        private void check(Call call) {
            assertThat(call.result).isZero();
            if (call.op() == Request.Op.READ) {
                byte[] data = new byte[BLOCK];
                call.buffer.get(0, data);
                for (int at = 0; at < BLOCK; at += Pattern.SECTOR) {
                    long id = Pattern.idOf(data, at, ((long) call.block * BLOCK + at) / Pattern.SECTOR);
                    if (id != ids[call.block]) {
                        throw new AssertionError(
                                "block " + call.block + " holds write " + id + ", expected " + ids[call.block]);
                    }
                }
            }
            busy[call.block] = false;
            idle.add(call);
        }
    }
}
