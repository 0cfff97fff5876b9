package io.pcache.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.Progress;
import io.pcache.log.Position;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.SimulatedMemory;
import io.pcache.offline.CacheCheck;
import io.pcache.offline.OfflineMap;
import io.pcache.request.Request;
import io.pcache.segment.SegmentMap;
import io.pcache.segment.SegmentMap.Use;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The map agrees with what was written: live, after a restart, and offline. */
class SegmentMapTest {
    private static final long CACHE_BYTES = (512L << 20) + 20480;
    private static final int MIB = 1 << 20;

    private SimulatedMemory memory;
    private SimulatedBacking backing;
    private TestCache cache;

    @BeforeEach
    void activate() throws Exception {
        backing = new SimulatedBacking(64 << 20);
        memory = new SimulatedMemory(CacheMemory.Kind.DAX, CACHE_BYTES);
        cache = new TestCache(memory, backing, true);
    }

    private static long dirty(SegmentMap map) {
        long sectors = 0;
        for (int segment = 0; segment < map.segments(); segment++) {
            sectors += map.dirtySectors(segment);
        }
        return sectors * 512;
    }

    private static long clean(SegmentMap map) {
        long sectors = 0;
        for (int segment = 0; segment < map.segments(); segment++) {
            sectors += map.cleanSectors(segment);
        }
        return sectors * 512;
    }

    private static long count(SegmentMap map, Use use) {
        long count = 0;
        for (int segment = 0; segment < map.segments(); segment++) {
            count += map.use(segment) == use ? 1 : 0;
        }
        return count;
    }

    private void write(long offset, int bytes) {
        TestCache.TestRequest request = cache.submit(0, Request.Op.WRITE, offset, bytes, false, new byte[bytes]);
        while (!request.ended) {
            cache.pollQueues();
            cache.parts().committer().doWork();
        }
    }

    private void commit() {
        TestCache.TestRequest flush = cache.submit(0, Request.Op.FLUSH, 0, 0, false, null);
        while (!flush.ended) {
            cache.pollQueues();
            cache.parts().committer().doWork();
        }
    }

    @Test
    void countsDirtyDataOnceThenCleanThenNone() {
        SegmentMap blank = cache.cache().map();
        assertThat(count(blank, Use.FREE)).isEqualTo(blank.segments() - 1);
        assertThat(blank.use(Position.segment(blank.head()))).isEqualTo(Use.LOG);

        for (int i = 0; i < 20; i++) {
            write(i * (long) MIB, MIB);
        }
        write(0, MIB);
        commit();
        SegmentMap written = cache.cache().map();
        assertThat(dirty(written)).isEqualTo(20L * MIB);
        assertThat(clean(written)).isZero();
        assertThat(count(written, Use.DATA)).isEqualTo(2);

        while (!cache.cache().isClean()) {
            cache.step();
        }
        SegmentMap writtenBack = cache.cache().map();
        assertThat(dirty(writtenBack)).isZero();
        assertThat(clean(writtenBack)).isEqualTo(20L * MIB);
        assertThat(writtenBack.dirtyTail()).isEqualTo(writtenBack.head());
    }

    @Test
    void isTheSameAfterARestartAndOffline() throws Exception {
        for (int i = 0; i < 20; i++) {
            write(i * (long) MIB, MIB);
        }
        commit();
        SegmentMap before = cache.cache().map();

        SegmentMap offline = OfflineMap.of(
                new CacheCheck(memory, Progress.NONE).withoutData().run());
        TestCache again = new TestCache(memory, backing, true);
        SegmentMap after = again.cache().map();

        for (SegmentMap map : new SegmentMap[] {offline, after}) {
            assertThat(dirty(map)).isEqualTo(dirty(before));
            assertThat(clean(map)).isEqualTo(clean(before));
            assertThat(count(map, Use.LOG)).isEqualTo(count(before, Use.LOG));
            assertThat(count(map, Use.DATA)).isEqualTo(count(before, Use.DATA));
            assertThat(map.head()).isEqualTo(before.head());
            assertThat(map.dirtyTail()).isEqualTo(before.dirtyTail());
        }
    }

    private static long filled(SegmentMap map) {
        long bytes = 0;
        for (int segment = 0; segment < map.segments(); segment++) {
            bytes += map.use(segment) == Use.DATA ? map.filledBytes(segment) : 0;
        }
        return bytes;
    }

    @Test
    void whatWasReplacedIsGarbageAndWhatWasNotFilledIsRoom() throws Exception {
        write(0, MIB);
        write(0, MIB);
        write(MIB, MIB);
        commit();

        assertThat(filled(cache.cache().map())).isEqualTo(3 * MIB);
        assertThat(dirty(cache.cache().map())).isEqualTo(2 * MIB);
        cache.close();
        TestCache again = new TestCache(memory, backing, true);
        assertThat(filled(again.cache().map())).as("after a restart").isEqualTo(3 * MIB);
        assertThat(filled(OfflineMap.of(
                        new CacheCheck(memory, Progress.NONE).withoutData().run())))
                .as("offline")
                .isEqualTo(3 * MIB);
    }
}
