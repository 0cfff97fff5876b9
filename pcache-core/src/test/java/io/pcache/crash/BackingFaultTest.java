package io.pcache.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.engine.TestCache;
import io.pcache.memory.CacheMemory.Kind;
import io.pcache.memory.SimulatedMemory;
import io.pcache.request.Request;
import io.pcache.sys.Errno;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The backing device fails, or does not answer, while the cache is in use. */
class BackingFaultTest {
    private static final int BLOCK = 4096;
    private static final int BALLAST = 4 << 20;

    private final SimulatedBacking backing = new SimulatedBacking(16 << 20);
    private final List<String> events = new ArrayList<>();
    private TestCache cache;

    @BeforeEach
    void activate() throws Exception {
        Arrays.fill(backing.content(), (byte) 9);
        PCacheConfig config = PCacheConfig.builder(backing.sizeBytes())
                .events((kind, text) -> events.add(kind + " " + text))
                .build();
        cache = new TestCache(new SimulatedMemory(Kind.DAX, CrashRun.CACHE_BYTES), backing, config, 2);
    }

    private static byte[] block(int value) {
        byte[] block = new byte[BLOCK];
        Arrays.fill(block, (byte) value);
        return block;
    }

    @Test
    void failsReadsOfWhatIsNotCachedAndNoOthersUntilTheDeviceIsWellAgain() {
        cache.write(BLOCK, block(1));
        backing.failReads(Errno.EIO);
        assertThat(cache.tryRead(0, BLOCK)).isEqualTo(-Errno.EIO);
        assertThat(cache.tryRead(0, 3 * BLOCK))
                .as("a part that is cached does not help")
                .isEqualTo(-Errno.EIO);
        assertThat(cache.read(BLOCK, BLOCK)).isEqualTo(block(1));
        assertThat(events).contains("BACKING_ERROR read of backing device bytes 0 + 4096 failed: EIO");
        backing.failReads(0);
        assertThat(cache.read(0, BLOCK)).isEqualTo(block(9));
        assertThat(cache.read(0, 3 * BLOCK)).startsWith(block(9)).contains(block(1));
    }

    @Test
    void keepsAllDirtyDataOfAFullCacheWhileTheDeviceIsGoneAndGoesOnWhenItIsBack() {
        backing.failReads(Errno.ENODEV);
        backing.failWrites(Errno.ENODEV);
        backing.failFlushes(Errno.ENODEV);
        cache.write(0, block(1));
        List<TestCache.TestRequest> writes = new ArrayList<>();
        for (int i = 0; i < 140; i++) {
            writes.add(cache.submit(i % 2, Request.Op.WRITE, BALLAST, BALLAST, false, new byte[BALLAST]));
        }
        while (cache.step()) {
            continue;
        }
        TestCache.TestRequest last = cache.submit(0, Request.Op.WRITE, BLOCK, BLOCK, true, block(2));
        while (cache.step()) {
            continue;
        }
        assertThat(last.ended).as("waits for space").isFalse();
        assertThat(cache.cache().writeBackProblem()).contains("ENODEV");
        assertThat(cache.cache().isClean()).isFalse();
        assertThat(cache.read(0, BLOCK)).isEqualTo(block(1));
        assertThat(backing.writes()).isZero();

        backing.failReads(0);
        backing.failWrites(0);
        backing.failFlushes(0);
        cache.cache().retryWriteBack();
        assertThat(cache.await(last)).isZero();
        writes.forEach(write -> assertThat(cache.await(write)).isZero());
        cache.settle();
        assertThat(cache.cache().isClean()).isTrue();
        assertThat(cache.cache().writeBackProblem()).isNull();
        assertThat(Arrays.copyOf(backing.content(), 2 * BLOCK))
                .startsWith(block(1))
                .endsWith(block(2));
        assertThat(events).anyMatch(event -> event.startsWith("RECOVERED"));
    }

    @Test
    void startsAWholeBatchAnewWhenOneOfItsWritesFailed() {
        for (int i = 0; i < 64; i++) {
            cache.write((long) i * 2 * BLOCK, block(i + 1));
        }
        cache.parts().committer().flush();
        backing.failWrites(Errno.ENOSPC);
        cache.parts().writeBack().doWork();
        assertThat(cache.cache().writeBackProblem()).contains("ENOSPC");
        backing.failWrites(0);
        cache.cache().retryWriteBack();
        cache.parts().writeBack().doWork();
        assertThat(cache.cache().isClean()).isTrue();
        for (int i = 0; i < 64; i++) {
            assertThat(backing.content()[i * 2 * BLOCK]).isEqualTo((byte) (i + 1));
        }
    }

    @Test
    void answersWhatIsCachedWhileADeviceThatIsSlowKeepsOtherReadsWaiting() {
        cache.write(BLOCK, block(1));
        List<TestCache.TestRequest> misses = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            misses.add(cache.submit(0, Request.Op.READ, (1 << 20) + (long) i * BLOCK, BLOCK, false, null));
        }
        // Nothing is polled: the backing device has not answered yet.
        TestCache.TestRequest write = cache.submit(0, Request.Op.WRITE, 0, BLOCK, true, block(2));
        TestCache.TestRequest flush = cache.submit(0, Request.Op.FLUSH, 0, 0, false, null);
        TestCache.TestRequest hit = cache.submit(0, Request.Op.READ, BLOCK, BLOCK, false, null);
        TestCache.TestRequest elsewhere = cache.submit(1, Request.Op.READ, BLOCK, BLOCK, false, null);
        assertThat(write.ended).isTrue();
        assertThat(flush.ended).isTrue();
        assertThat(hit.ended)
                .as("behind more misses than are sent to the device at once")
                .isTrue();
        assertThat(elsewhere.ended).isTrue();
        assertThat(misses).noneMatch(miss -> miss.ended);
        misses.forEach(miss -> assertThat(cache.await(miss)).isZero());
    }
}
