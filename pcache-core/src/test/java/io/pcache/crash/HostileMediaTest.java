package io.pcache.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.engine.TestCache;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.SimulatedMemory;
import io.pcache.recovery.Activation;
import io.pcache.request.Request;
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
 * Forged caches: activation ends with success, or with an error that says where. An activated cache can be used,
 * without any other exception. A few thousand forgeries, or {@code -Dpcache.hostile.inputs=N} in all;
 * {@code -Dpcache.hostile.seed=S} repeats one forgery.
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

    @ParameterizedTest
    @ValueSource(strings = {"own", "own with data_crc", "fresh-crc", "dirty-crc", "clean-readfill", "unflushed-tail"})
    @Timeout(value = 4, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void endsWithSuccessOrAnErrorThatSaysWhere(String image) throws Exception {
        GoodCache good = GoodCache.named(image, directory);
        HostileMedia media = new HostileMedia(good.memory(), good.backingBytes());
        long base = SEED != null ? SEED : System.nanoTime() << 20;
        long inputs = SEED != null ? 1 : INPUTS / IMAGES;
        for (long input = 0; input < inputs; input++) {
            long seed = base + input;
            current = image + ", -Dpcache.hostile.seed=" + seed;
            Random random = new Random(seed);
            long began = System.nanoTime();
            try {
                tryOne(image, good, media.forge(random), random);
            } catch (Throwable e) {
                throw new AssertionError(current + ": " + e, e);
            }
            assertThat(System.nanoTime() - began).as(current + " is slow").isLessThan(SLOW_NANOS);
        }
    }

    private static void tryOne(String image, GoodCache good, SimulatedMemory forged, Random random) {
        boolean salvage = random.nextInt(4) == 0;
        boolean use = SEED != null || random.nextInt(USED_ONE_IN) == 0;
        long backingBytes = good.backingBytes();
        PCacheConfig config = PCacheConfig.builder(backingBytes)
                .dataCrc(good.dataCrc())
                .salvage(salvage)
                .overwriteForeign(random.nextBoolean())
                .build();
        String outcome;
        try {
            if (use) {
                use(forged, backingBytes, config, random);
                outcome = "used";
            } else {
                Activation.activate(forged, backingBytes, config).releaseMemory();
                outcome = "activated";
            }
        } catch (PCacheException e) {
            assertSaysWhere(e);
            outcome = "refused";
        }
        OUTCOMES.computeIfAbsent(image + ", " + outcome, o -> new long[1])[0]++;
    }

    static void assertSaysWhere(PCacheException e) {
        assertThat(e.getMessage()).as(current).matches("(?s).*(\\d|data_crc|big endian|magic|tail|sb|superblock).*");
        assertThat(e.errno()).isPositive();
    }

    /** Reads and writes at random places, with write-back and garbage collection. */
    static void use(SimulatedMemory forged, long backingBytes, PCacheConfig config, Random random)
            throws PCacheException {
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
}
