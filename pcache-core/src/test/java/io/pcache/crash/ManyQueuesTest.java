package io.pcache.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.engine.TestCache;
import io.pcache.memory.CacheMemory.Kind;
import io.pcache.memory.SimulatedMemory;
import io.pcache.request.Request;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Queues that hold a segment each, on a cache with hardly more segments than queues. */
class ManyQueuesTest {
    private static final int BLOCK = 4096;
    private static final int BALLAST = 1 << 20;

    @ParameterizedTest(name = "{0} queues, data_crc {1}")
    @CsvSource({"1,true", "8,true", "31,false", "32,false", "100,false", "100,true"})
    void everyWriteEndsHoweverManyQueuesThereAre(int queues, boolean dataCrc) throws Exception {
        SimulatedBacking backing = new SimulatedBacking(16 << 20);
        PCacheConfig config =
                PCacheConfig.builder(backing.sizeBytes()).dataCrc(dataCrc).build();
        TestCache cache = new TestCache(new SimulatedMemory(Kind.DAX, CrashRun.CACHE_BYTES), backing, config, queues);
        for (int queue = 0; queue < queues; queue++) {
            TestCache.TestRequest write = cache.submit(
                    queue, Request.Op.WRITE, (long) queue * BLOCK, BLOCK, false, Pattern.bytes(queue, BLOCK));
            assertThat(cache.await(write)).isZero();
        }
        for (int i = 0; i < 1000; i++) {
            CrashRequest ballast = CrashRequest.ballast(new History(), BALLAST);
            cache.submit(i % queues, ballast);
            while (!ballast.isEnded() && cache.step()) {
                continue;
            }
            assertThat(ballast.isEnded())
                    .as("write %d; %s", i, cache.cache().statusLine())
                    .isTrue();
        }
        for (int queue = 0; queue < queues; queue++) {
            assertThat(cache.read((long) queue * BLOCK, BLOCK)).isEqualTo(Pattern.bytes(queue, BLOCK));
        }
    }

    private static final class Pattern {
        static byte[] bytes(int value, int length) {
            byte[] bytes = new byte[length];
            java.util.Arrays.fill(bytes, (byte) (value + 1));
            return bytes;
        }
    }

    @ParameterizedTest(name = "{0} queues")
    @CsvSource({"1", "6"})
    void everySmallWriteEndsWhereEachHasAChecksum(int queues) throws Exception {
        SimulatedBacking backing = new SimulatedBacking(16 << 20);
        PCacheConfig config =
                PCacheConfig.builder(backing.sizeBytes()).dataCrc(true).build();
        TestCache cache = new TestCache(new SimulatedMemory(Kind.DAX, CrashRun.CACHE_BYTES), backing, config, queues);
        byte[] sector = Pattern.bytes(7, 512);
        for (int i = 0; i < 300_000; i++) {
            TestCache.TestRequest write =
                    cache.submit(i % queues, Request.Op.WRITE, (long) (i % 1024) * 512, 512, false, sector);
            while (!write.ended && cache.step()) {
                continue;
            }
            assertThat(write.ended)
                    .as("write %d; %s", i, cache.cache().statusLine())
                    .isTrue();
        }
    }
}
