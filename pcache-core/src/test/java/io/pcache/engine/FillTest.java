package io.pcache.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.backing.SimulatedBacking;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.SimulatedMemory;
import io.pcache.request.Request;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Reads of missing ranges, and what happens to their data. */
class FillTest {
    private static final long CACHE_BYTES = (512L << 20) + 20480;
    private static final int BLOCK = 4096;

    private SimulatedBacking backing;
    private TestCache cache;

    @BeforeEach
    void activate() throws Exception {
        backing = new SimulatedBacking(16 << 20);
        System.arraycopy(Pattern.fill(7, 0, BLOCK), 0, backing.content(), 0, BLOCK);
        cache = new TestCache(new SimulatedMemory(CacheMemory.Kind.DAX, CACHE_BYTES), backing, true);
    }

    @Test
    void readsOfMissingRangesFillTheCache() {
        assertThat(cache.read(0, BLOCK)).isEqualTo(Pattern.fill(7, 0, BLOCK));
        backing.failReads(5);
        assertThat(cache.read(0, BLOCK)).isEqualTo(Pattern.fill(7, 0, BLOCK));
    }

    @Test
    void cleanKeysAreNotWrittenBack() {
        cache.read(0, BLOCK);
        cache.settle();
        assertThat(cache.cache().isClean()).isTrue();
        assertThat(backing.writes()).isZero();
    }

    @Test
    void aFillNeverHidesAWriteThatWasWrittenBackAndDroppedWhileItWasUnderWay() {
        TestCache.TestRequest read = cache.submit(0, Request.Op.READ, 0, BLOCK, false, null);
        TestCache.TestRequest write = cache.submit(0, Request.Op.WRITE, 0, BLOCK, false, Pattern.fill(8, 0, BLOCK));
        assertThat(write.ended).isTrue();
        // The write goes all the way to the backing device, and out of the cache, before the read's answer comes.
        cache.cache().setGcPercent(0);
        cache.parts().committer().flush();
        while (cache.parts().writeBack().doWork() || cache.parts().gc().doWork()) {
            continue;
        }
        assertThat(cache.parts().index().entries()).isZero();
        assertThat(cache.await(read)).isZero();
        assertThat(cache.read(0, BLOCK)).isEqualTo(Pattern.fill(8, 0, BLOCK));
    }

    @Test
    void twoFillsOfOneRangeLeaveOneEntry() {
        TestCache.TestRequest one = cache.submit(0, Request.Op.READ, 0, BLOCK, false, null);
        TestCache.TestRequest two = cache.submit(0, Request.Op.READ, 0, BLOCK, false, null);
        assertThat(cache.await(one)).isZero();
        assertThat(cache.await(two)).isZero();
        assertThat(cache.parts().index().entries()).isEqualTo(1);
    }

    @Test
    void aFailedReadOfTheBackingDeviceIsAnErrorAndFillsNothing() {
        backing.failReads(5);
        assertThat(cache.tryRead(0, BLOCK)).isEqualTo(-5);
        backing.failReads(0);
        assertThat(cache.read(0, BLOCK)).isEqualTo(Pattern.fill(7, 0, BLOCK));
    }
}
