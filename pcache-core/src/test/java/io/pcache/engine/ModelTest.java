package io.pcache.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.cache.Verify;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.MappedMemory;
import io.pcache.memory.SimulatedDisk;
import io.pcache.request.Request;
import io.pcache.route.CacheMode;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Random requests on several queues, compared with an array. The cache wraps many times, with kills and re-activations
 * in between. {@code -Dpcache.model.operations} sets the number for each of the nine runs (250000 in the full test
 * run), {@code -Dpcache.model.seed} the seed.
 */
class ModelTest {
    private static final long CACHE_BYTES = (512L << 20) + 20480;
    private static final int DEVICE_BYTES = 80 << 20;
    private static final int OPERATIONS = Integer.getInteger("pcache.model.operations", 25_000);
    private static final int QUEUES = 3;

    @TempDir
    Path directory;

    private record Write(int sector, int sectors, long id) {}

    /** What each sector must hold, and which writes may be lost by a kill. */
    private final long[] expected = new long[DEVICE_BYTES / Pattern.SECTOR];

    private final long[] flushed = new long[DEVICE_BYTES / Pattern.SECTOR];
    private final List<Write> unflushed = new ArrayList<>();
    private Random random;
    private long lastId;
    private TestCache cache;
    private CacheMemory memory;
    /** The cache device for transfers of data; null where data goes by the memory. */
    private SimulatedDisk disk;

    private SimulatedBacking backing;
    private boolean dataCrc;
    private CacheMode mode;
    /** The time, which each step of the agents advances, so that work that waits for a second is done, too. */
    private final AtomicLong now = new AtomicLong(1);

    @ParameterizedTest(name = "data_crc {0}, slow sync {1}, {2} {3}")
    @CsvSource({
        "false,false,WRITEBACK,memory",
        "true,false,WRITEBACK,memory",
        "false,true,WRITEBACK,memory",
        "true,true,WRITEBACK,memory",
        "true,false,WRITETHROUGH,memory",
        "false,true,WRITETHROUGH,memory",
        "true,true,WRITEBACK,direct",
        "false,true,WRITEBACK,direct",
        "true,true,WRITETHROUGH,direct"
    })
    @Timeout(value = 4, unit = TimeUnit.HOURS)
    void behavesLikeAnArray(boolean dataCrc, boolean slowSync, CacheMode mode, String io) throws Exception {
        long seed = Long.getLong("pcache.model.seed", System.nanoTime());
        random = new Random(seed);
        this.dataCrc = dataCrc;
        this.mode = mode;
        Path file = directory.resolve("cache");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(CACHE_BYTES);
        }
        CacheMemory mapped = MappedMemory.open(file.toString());
        memory = slowSync ? new NoSyncMemory(mapped, true) : new NoSyncMemory(mapped, false);
        disk = io.equals("memory") ? null : new SimulatedDisk(memory, random);
        backing = new SimulatedBacking(new byte[DEVICE_BYTES], 512, random);
        try {
            activate();
            for (int done = 0; done < OPERATIONS; ) {
                done += step();
            }
            verify(0, DEVICE_BYTES / Pattern.SECTOR);
            kill();
        } catch (Throwable e) {
            throw new AssertionError(
                    "seed " + seed + ", data_crc " + dataCrc + ", slow sync " + slowSync + ", " + mode + ": " + e, e);
        }
    }

    private void activate() throws PCacheException {
        cache = new TestCache(
                memory,
                disk,
                backing,
                PCacheConfig.builder(DEVICE_BYTES)
                        .dataCrc(dataCrc)
                        .verify(Verify.ALL)
                        .cacheMode(mode)
                        .clock(now::get)
                        .build(),
                QUEUES);
    }

    private int step() throws PCacheException {
        int what = random.nextInt(10_000);
        if (what < 4) {
            kill();
        } else if (what < 10) {
            cache.cache().setGcPercent(random.nextInt(91));
        } else if (what < 300) {
            flush();
        } else if (what < 3000) {
            now.addAndGet(random.nextInt(300_000_000));
            cache.step();
        } else {
            return requests();
        }
        return 1;
    }

    /** Submits several requests at once. Requests with a checked outcome do not overlap. */
    private int requests() {
        int count = 1 + random.nextInt(6);
        List<TestCache.TestRequest> requests = new ArrayList<>();
        Set<Long> taken = new HashSet<>();
        List<Runnable> checks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int sectors = length();
            int sector = random.nextInt(expected.length - sectors + 1);
            int queue = random.nextInt(QUEUES);
            long offset = (long) sector * Pattern.SECTOR;
            int bytes = sectors * Pattern.SECTOR;
            if (random.nextInt(4) == 0) {
                // A read beside writes under way may see old or new data, so its data is not checked. But what the read
                // puts into the cache must not hide a write.
                requests.add(cache.submit(queue, Request.Op.READ, offset, bytes, false, null));
                continue;
            }
            if (overlaps(taken, sector, sectors)) {
                continue;
            }
            boolean fua = random.nextInt(50) == 0;
            int kind = random.nextInt(100);
            if (kind < 50) {
                TestCache.TestRequest read = cache.submit(queue, Request.Op.READ, offset, bytes, false, null);
                requests.add(read);
                checks.add(() -> check(read, sector, sectors));
            } else {
                long id = kind < 97 ? ++lastId : 0;
                TestCache.TestRequest write = kind < 97
                        ? cache.submit(queue, Request.Op.WRITE, offset, bytes, fua, Pattern.fill(id, sector, bytes))
                        : cache.submit(queue, Request.Op.WRITE_ZEROES, offset, bytes, fua, null);
                requests.add(write);
                wrote(new Write(sector, sectors, id));
            }
        }
        requests.forEach(request -> assertThat(cache.await(request)).isZero());
        checks.forEach(Runnable::run);
        return Math.max(1, requests.size());
    }

    /** A length from 512 B to 1 MiB, small lengths more often. */
    private int length() {
        return 1 + random.nextInt(1 << random.nextInt(12));
    }

    private static boolean overlaps(Set<Long> taken, int sector, int sectors) {
        for (long block = sector / 64; block <= (sector + sectors - 1) / 64; block++) {
            if (taken.contains(block)) {
                return true;
            }
        }
        for (long block = sector / 64; block <= (sector + sectors - 1) / 64; block++) {
            taken.add(block);
        }
        return false;
    }

    private void wrote(Write write) {
        unflushed.add(write);
        for (int i = 0; i < write.sectors(); i++) {
            expected[write.sector() + i] = write.id();
        }
    }

    private void flush() {
        cache.flush();
        unflushed.forEach(this::settled);
        unflushed.clear();
    }

    private void settled(Write write) {
        System.arraycopy(expected, write.sector(), flushed, write.sector(), write.sectors());
    }

    private void check(TestCache.TestRequest read, int sector, int sectors) {
        byte[] data = new byte[sectors * Pattern.SECTOR];
        read.buffer.get(0, data);
        for (int i = 0; i < sectors; i++) {
            long id = Pattern.idOf(data, i * Pattern.SECTOR, sector + i);
            if (id != expected[sector + i]) {
                throw new AssertionError(
                        "sector " + (sector + i) + " holds write " + id + ", expected " + expected[sector + i]);
            }
        }
    }

    private void verify(int from, int end) {
        for (int sector = from; sector < end; sector += 2048) {
            int sectors = Math.min(2048, end - sector);
            TestCache.TestRequest read = cache.submit(
                    0, Request.Op.READ, (long) sector * Pattern.SECTOR, sectors * Pattern.SECTOR, false, null);
            assertThat(cache.await(read)).isZero();
            check(read, sector, sectors);
        }
        if (mode == CacheMode.WRITETHROUGH && cache.cache().dirtyBytes() == 0) {
            verifyBackingDevice(from, end);
        }
    }

    /** Checks the backing device: the cache could be lost. */
    private void verifyBackingDevice(int from, int end) {
        for (int sector = from; sector < end; sector++) {
            long id = Pattern.idOf(backing.content(), sector * Pattern.SECTOR, sector);
            if (id != expected[sector]) {
                throw new AssertionError("sector " + sector + " of the backing device holds write " + id + ", expected "
                        + expected[sector]);
            }
        }
    }

    /** The process dies and comes again. Each sector that was not flushed may hold any version since the last flush. */
    private void kill() throws PCacheException {
        cache.abandon();
        activate();
        for (Write write : unflushed) {
            byte[] data = cache.read((long) write.sector() * Pattern.SECTOR, write.sectors() * Pattern.SECTOR);
            for (int i = 0; i < write.sectors(); i++) {
                int sector = write.sector() + i;
                long id = Pattern.idOf(data, i * Pattern.SECTOR, sector);
                if (id != flushed[sector]
                        && unflushed.stream()
                                .noneMatch(w ->
                                        w.id() == id && sector >= w.sector() && sector < w.sector() + w.sectors())) {
                    throw new AssertionError("after a kill sector " + sector + " holds write " + id
                            + ", which is neither the flushed " + flushed[sector] + " nor a later one");
                }
                expected[sector] = id;
            }
        }
        unflushed.forEach(this::settled);
        unflushed.clear();
        verify(0, expected.length);
    }
}
