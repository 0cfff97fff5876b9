package io.pcache.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.crash.WrappedMemory;
import io.pcache.health.Condition;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.memory.SimulatedMemory;
import io.pcache.request.Request;
import io.pcache.request.RequestData;
import io.pcache.stats.CacheCounter;
import io.pcache.stats.RequestCounter;
import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Whatever fails under a running cache is counted, is an event, and is among the cache's problems; and a write ends.
 */
class FailingDeviceTest {
    private static final int BLOCK = 4096;
    private static final int SEGMENTS = 32;

    /** A memory in which stores into data areas fail from some moment on. */
    private static final class DyingMemory extends WrappedMemory {
        boolean dead;

        DyingMemory(CacheMemory memory) {
            super(memory);
        }

        @Override
        public void copyIn(long offset, ByteBuffer source, int sourceIndex, int length) {
            if (dead) {
                throw new CacheMemoryException("cache device /dev/x: store at " + offset + " failed: EIO");
            }
            super.copyIn(offset, source, sourceIndex, length);
        }
    }

    /** A client that fails its end of each copy. */
    private static final class GoneClient implements RequestData {
        @Override
        public void toCache(CacheMemory memory, long cacheOffset, int from, int length) {
            throw new UncheckedIOException(new SystemCallException(Errno.EINVAL, "pread", "request data of tag 3"));
        }

        @Override
        public void fromCache(CacheMemory memory, long cacheOffset, int from, int length) {
            throw new UncheckedIOException(new SystemCallException(Errno.EINVAL, "pwrite", "request data of tag 3"));
        }

        @Override
        public void fromBuffer(ByteBuffer source, int sourceIndex, int from, int length) {
            fromCache(null, 0, from, length);
        }
    }

    private static final class GoneClientsRequest extends Request {
        int result = 1;

        @Override
        protected void completed(int completion) {
            result = completion;
        }
    }

    private final SimulatedBacking backing = new SimulatedBacking(16 << 20);
    private final SimulatedMemory medium = new SimulatedMemory(
            CacheMemory.Kind.DAX, DeviceLayout.SEGMENTS + SEGMENTS * (long) DeviceLayout.SEGMENT_BYTES);
    private final DyingMemory memory = new DyingMemory(medium);
    private final List<String> events = new ArrayList<>();
    private TestCache cache;

    @BeforeEach
    void activate() throws Exception {
        cache = new TestCache(
                memory,
                backing,
                PCacheConfig.builder(backing.sizeBytes())
                        .events((kind, text) -> events.add(kind + " " + text))
                        .build(),
                1);
        cache.write(0, Pattern.fill(1, 0, BLOCK));
        cache.settle();
        events.clear();
    }

    @AfterEach
    void close() {
        memory.dead = false;
        cache.close();
    }

    private int write(int block) {
        return cache.await(cache.submit(
                0, Request.Op.WRITE, (long) block * BLOCK, BLOCK, false, Pattern.fill(2, (long) block * BLOCK, BLOCK)));
    }

    private long counted(CacheCounter counter) {
        return cache.cache().stats().get(counter);
    }

    @Test
    void oneStoreThatFailsCostsItsSegmentAndIsTold() {
        memory.dead = true;
        assertThat(write(1)).isEqualTo(-Errno.EIO);
        memory.dead = false;

        assertThat(write(1)).isZero();
        assertThat(counted(CacheCounter.CACHE_ERRORS)).isEqualTo(1);
        assertThat(cache.cache().problems()).containsOnlyKeys(Condition.SEGMENTS_SET_ASIDE);
        assertThat(events)
                .singleElement()
                .asString()
                .startsWith("CACHE_ERROR segment ")
                .contains("store at", "EIO");
    }

    @Test
    void deviceThatTakesNothingMoreIsTakenForFailedBeforeItsSegmentsAreUsedUp() {
        memory.dead = true;
        for (int i = 0; i < 2 * SEGMENTS; i++) {
            assertThat(write(1)).as("write %d", i).isEqualTo(-Errno.EIO);
        }

        assertThat(cache.cache().problems()).containsOnlyKeys(Condition.CACHE_FAILED, Condition.SEGMENTS_SET_ASIDE);
        assertThat(cache.parts().segments().used()).isLessThan(SEGMENTS / 2);
        assertThat(counted(CacheCounter.CACHE_ERRORS)).isPositive();
        assertThat(events)
                .filteredOn(event -> event.contains("writes fail until the cache is activated anew"))
                .hasSize(1);
        assertThat(cache.read(0, BLOCK)).as("what was there before").isEqualTo(Pattern.fill(1, 0, BLOCK));
        cache.flush();
    }

    @Test
    void fillsOfADeviceThatTakesNothingDoNotUseUpItsSegmentsEither() {
        memory.dead = true;
        for (int i = 2; i < 2 + 2 * SEGMENTS; i++) {
            cache.read((long) i * BLOCK, BLOCK);
        }

        assertThat(cache.cache().problems()).containsKey(Condition.CACHE_FAILED);
        assertThat(cache.parts().segments().used()).isLessThan(SEGMENTS / 2);
    }

    @Test
    void cachedDataThatCannotBeLoadedIsTold() {
        cache.parts()
                .index()
                .forEach((subtree, extent) -> medium.poison(
                        cache.parts().segments().dataOffset(io.pcache.index.Extent.segment(extent))
                                + (long) io.pcache.index.Extent.place(extent) * 512,
                        BLOCK));

        assertThat(cache.read(0, BLOCK))
                .as("clean data, from the backing device")
                .isEqualTo(Pattern.fill(1, 0, BLOCK));
        assertThat(cache.cache().problems()).containsOnlyKeys(Condition.CACHE_READ_ERRORS);
        assertThat(counted(CacheCounter.CACHE_ERRORS)).isEqualTo(1);
    }

    @Test
    void backingDeviceThatCannotBeReadIsTold() {
        backing.failReads(Errno.EIO);

        assertThat(cache.tryRead(BLOCK, BLOCK)).isEqualTo(-Errno.EIO);
        assertThat(cache.cache().problems()).containsOnlyKeys(Condition.BACKING_READ_ERRORS);
        assertThat(events).hasSize(1);
    }

    @Test
    void failureAtTheClientsEndIsToldAndCostsTheCacheNothing() {
        for (Request.Op op : new Request.Op[] {Request.Op.WRITE, Request.Op.READ}) {
            GoneClientsRequest request = new GoneClientsRequest();
            request.prepare(op, 0, BLOCK, false, new GoneClient());
            cache.submit(0, request);

            assertThat(request.result).isEqualTo(-Errno.EIO);
        }
        assertThat(counted(CacheCounter.REQUEST_DATA_ERRORS)).isEqualTo(2);
        assertThat(counted(CacheCounter.CACHE_ERRORS)).isZero();
        assertThat(cache.cache().problems()).containsOnlyKeys(Condition.REQUEST_DATA_ERRORS);
        assertThat(cache.cache().stats().snapshot().get(RequestCounter.FAILED_REQUESTS))
                .isEqualTo(2);
        assertThat(cache.parts().segments().map().use(0)).isNotEqualTo(io.pcache.segment.SegmentMap.Use.SET_ASIDE);
    }
}
