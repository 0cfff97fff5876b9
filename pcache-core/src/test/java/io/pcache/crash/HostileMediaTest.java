package io.pcache.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.engine.TestCache;
import io.pcache.media.DeviceLayout;
import io.pcache.media.KernelImage;
import io.pcache.media.KernelImages;
import io.pcache.memory.CacheMemory.Kind;
import io.pcache.memory.SimulatedMemory;
import io.pcache.recovery.Activation;
import io.pcache.request.Request;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Forged caches: activation ends with success or with an error that says where; and what was activated can be used, without any other exception. A few thousand forgeries, or
 * {@code -Dpcache.hostile.inputs=N} of them altogether; {@code -Dpcache.hostile.seed=S} repeats one.
 */
class HostileMediaTest {
    private static final long INPUTS = Long.getLong("pcache.hostile.inputs", 6_000);
    private static final Long SEED = Long.getLong("pcache.hostile.seed");
    private static final int IMAGES = 6;
    private static final int USED_ONE_IN = 40;
    private static final long SLOW_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final Map<String, long[]> OUTCOMES = new TreeMap<>();
    private static volatile String current = "";

    @TempDir
    static Path directory;

    private long backingBytes;
    private boolean dataCrc;

    @ParameterizedTest
    @ValueSource(strings = {"own", "own with data_crc", "fresh-crc", "dirty-crc", "clean-readfill", "unflushed-tail"})
    @Timeout(value = 4, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void endsWithSuccessOrAnErrorThatSaysWhere(String image) throws Exception {
        HostileMedia media = new HostileMedia(load(image), backingBytes);
        long base = SEED != null ? SEED : System.nanoTime() << 20;
        long inputs = SEED != null ? 1 : INPUTS / IMAGES;
        for (long input = 0; input < inputs; input++) {
            long seed = base + input;
            current = image + ", -Dpcache.hostile.seed=" + seed;
            Random random = new Random(seed);
            long began = System.nanoTime();
            try {
                tryOne(image, media.forge(random), random);
            } catch (Throwable e) {
                throw new AssertionError(current + ": " + e, e);
            }
            assertThat(System.nanoTime() - began).as(current + " is slow").isLessThan(SLOW_NANOS);
        }
    }

    private void tryOne(String image, SimulatedMemory forged, Random random) throws Exception {
        boolean salvage = random.nextInt(4) == 0;
        boolean use = SEED != null || random.nextInt(USED_ONE_IN) == 0;
        PCacheConfig config = PCacheConfig.builder(backingBytes).dataCrc(dataCrc).salvage(salvage).overwriteForeign(random.nextBoolean()).build();
        String outcome;
        try {
            if (use) {
                use(forged, config, random);
                outcome = "used";
            } else {
                Activation.activate(forged, backingBytes, config);
                outcome = "activated";
            }
        } catch (PCacheException e) {
            assertThat(e.getMessage()).as(current).matches("(?s).*(\\d|data_crc|big endian|magic|tail|sb).*");
            assertThat(e.errno()).isPositive();
            outcome = "refused";
        }
        OUTCOMES.computeIfAbsent(image + ", " + outcome, o -> new long[1])[0]++;
    }

    private void use(SimulatedMemory forged, PCacheConfig config, Random random) throws PCacheException {
        SimulatedBacking backing = new SimulatedBacking(backingBytes);
        TestCache cache = new TestCache(forged, backing, config, 2);
        List<TestCache.TestRequest> requests = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            long offset = (long) random.nextInt((int) (backingBytes / 4096) - 16) * 4096;
            int length = (1 + random.nextInt(16)) * 4096;
            Request.Op op = random.nextBoolean() ? Request.Op.READ : Request.Op.WRITE;
            requests.add(cache.submit(random.nextInt(2), op, offset, length, random.nextInt(4) == 0, new byte[length]));
            if (random.nextInt(4) == 0) {
                cache.step();
            }
        }
        cache.cache().setGcPercent(random.nextInt(DeviceLayout.GC_PERCENT_MAX + 1));
        requests.forEach(cache::await);
        for (int rounds = 0; rounds < 10_000 && cache.step(); rounds++) {
            continue;
        }
        cache.close();
    }

    @AfterAll
    static void showOutcomes() {
        long inputs = OUTCOMES.values().stream().mapToLong(count -> count[0]).sum();
        OUTCOMES.forEach((outcome, count) -> System.out.printf("%-36s %9d%n", outcome, count[0]));
        System.out.printf("%-36s %9d%n", "forged caches", inputs);
    }

    // ---- good caches ----------------------------------------------------------------------------------------------------------

    private SimulatedMemory load(String name) throws Exception {
        if (name.startsWith("own")) {
            backingBytes = 16 << 20;
            dataCrc = name.contains("crc");
            return own();
        }
        KernelImage image = KernelImages.named(name);
        backingBytes = image.deviceBytes();
        dataCrc = image.dataCrc();
        return read(image.unpack(directory).cache());
    }

    /** A cache of ours with clean and dirty keys, generations, and a log that goes on in a second segment. */
    private SimulatedMemory own() throws PCacheException {
        SimulatedMemory memory = new SimulatedMemory(Kind.DAX, CrashRun.CACHE_BYTES);
        SimulatedBacking backing = new SimulatedBacking(backingBytes);
        new TestCache(memory, backing, dataCrc).close();
        CrashRun.placeLog(memory, 3 * 1024);
        TestCache cache = new TestCache(memory, backing, dataCrc);
        cache.read(8 << 20, 64 << 10);
        for (int i = 0; i < 40; i++) {
            cache.write((i * 37 % 1000) * 4096L, new byte[4096]);
            if (i % 3 == 0) {
                cache.flush();
            }
            if (i == 20) {
                cache.cache().writeBack().doWork();
            }
        }
        cache.close();
        return memory.reopened();
    }

    static SimulatedMemory read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            SimulatedMemory memory = new SimulatedMemory(Kind.DAX, channel.size());
            ByteBuffer chunk = ByteBuffer.allocate(1 << 20);
            ByteBuffer zeros = ByteBuffer.allocate(4096);
            for (long at = 0; channel.read(chunk.clear(), at) > 0; at += chunk.position()) {
                chunk.flip();
                for (int page = 0; page < chunk.limit(); page += 4096) {
                    ByteBuffer bytes = chunk.slice(page, Math.min(4096, chunk.limit() - page));
                    if (bytes.mismatch(zeros) >= 0 && bytes.mismatch(zeros) < bytes.limit()) {
                        memory.preload(at + page, bytes);
                    }
                }
                chunk.position(chunk.limit());
            }
            return memory;
        }
    }
}
