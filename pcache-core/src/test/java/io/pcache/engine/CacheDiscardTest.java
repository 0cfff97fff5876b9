package io.pcache.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.agent.Agent;
import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.crash.VirtualClock;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.CacheMemory.Kind;
import io.pcache.memory.SimulatedDisk;
import io.pcache.memory.SimulatedMemory;
import io.pcache.segment.SegmentTable;
import io.pcache.setting.Setting;
import io.pcache.stats.CacheCounter;
import io.pcache.sys.Errno;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Freed segments are discarded on a disk: when, what part of them, and what comes of a disk that fails. */
class CacheDiscardTest {
    private static final long CACHE_BYTES = (512L << 20) + 20480;

    private final VirtualClock clock = new VirtualClock(1);
    private final SimulatedMemory memory = new SimulatedMemory(Kind.PAGE_CACHE, CACHE_BYTES);
    private final SimulatedDisk disk = new SimulatedDisk(memory, null);
    private final List<String> events = new ArrayList<>();
    private PCache cache;
    private SegmentTable segments;
    private Agent discarder;

    private void activate(boolean cheap) throws PCacheException {
        SimulatedBacking backing = new SimulatedBacking(64 << 20);
        cache = PCache.open(
                memory,
                disk.discards(cheap),
                backing,
                PCacheConfig.builder(backing.sizeBytes())
                        .clock(clock)
                        .events((kind, text) -> events.add(text))
                        .build());
        segments = TestCache.parts(cache).segments();
        discarder = TestCache.agents(cache).stream()
                .filter(agent -> agent.name().equals("discard"))
                .findFirst()
                .orElseThrow();
        events.clear();
    }

    /** Takes and frees so many segments; returns where their data begins. */
    private List<Long> free(int count) {
        List<Integer> taken = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            taken.add(segments.allocate(0));
        }
        List<Long> offsets = taken.stream().map(segments::dataOffset).toList();
        taken.forEach(segments::release);
        segments.freeRetired();
        return offsets;
    }

    private void work() {
        while (discarder.doWork()) {
            continue;
        }
    }

    private boolean setting() {
        return cache.settings().flag(Setting.CACHE_DISCARD);
    }

    @Test
    void aDiskThatTakesDiscardsCheaplyIsToldOfEachFreedSegment() throws Exception {
        activate(true);
        assertThat(setting()).isTrue();
        discarder.signal().awaitNanos(0);

        List<Long> offsets = free(3);

        assertThat(discarder.signal().awaitNanos(0)).as("is woken").isTrue();
        work();
        assertThat(disk.discarded()).isEqualTo(offsets);
        assertThat(cache.stats().get(CacheCounter.DISCARDED_BYTES)).isEqualTo(3L * DeviceLayout.SEGMENT_DATA_BYTES);
    }

    @Test
    void whatDescribesASegmentStays() throws Exception {
        activate(true);
        free(1);
        work();
        PCache.open(
                        memory.reopened(),
                        new SimulatedBacking(64 << 20),
                        PCacheConfig.builder(64 << 20).build())
                .close();
        assertThat(disk.discarded().get(0) % DeviceLayout.SEGMENT_BYTES)
                .isEqualTo(DeviceLayout.SEGMENTS + DeviceLayout.SEGMENT_DATA);
    }

    @Test
    void otherDisksAreToldNothingUnlessTheSettingSaysSo() throws Exception {
        activate(false);
        assertThat(setting()).isFalse();
        free(1);
        work();
        assertThat(disk.discarded()).isEmpty();

        cache.set(Setting.CACHE_DISCARD, "true");

        assertThat(setting()).isTrue();
        free(2);
        work();
        assertThat(disk.discarded()).hasSize(2);

        cache.set(Setting.CACHE_DISCARD, "false");

        free(2);
        work();
        assertThat(disk.discarded()).hasSize(2);
    }

    @Test
    void aSegmentIsGivenOutWhenItsDiscardHasEnded() throws Exception {
        activate(true);
        long offset = free(1).get(0);
        List<Integer> taken = new ArrayList<>();
        disk.onDiscard(() -> {
            for (int segment = segments.allocate(0); segment != SegmentTable.NONE; segment = segments.allocate(0)) {
                taken.add(segment);
            }
        });
        work();
        assertThat(taken).isNotEmpty().noneMatch(segment -> segments.dataOffset(segment) == offset);
        assertThat(segments.dataOffset(segments.allocate(0))).isEqualTo(offset);
    }

    @Test
    void anErrorEndsTheDiscardsAndNothingElse() throws Exception {
        activate(true);
        free(3);
        disk.failDiscards(Errno.EOPNOTSUPP);
        work();
        assertThat(disk.discarded()).hasSize(1);
        assertThat(events)
                .hasSize(1)
                .first()
                .asString()
                .contains("no longer discarded")
                .contains("EOPNOTSUPP");
        assertThat(setting()).isFalse();
        assertThat(cache.problems()).isEmpty();
        assertThat(cache.stats().get(CacheCounter.DISCARDED_BYTES)).isZero();
        assertThat(segments.freeCount()).isEqualTo(segments.count() - segments.used());

        free(1);
        work();
        assertThat(disk.discarded()).hasSize(1);
        assertThat(events).hasSize(1);

        disk.failDiscards(0);
        cache.set(Setting.CACHE_DISCARD, "true");
        free(1);
        work();
        assertThat(disk.discarded()).hasSize(2);
    }

    @Test
    void theDiskRestsForAsLongAsADiscardTook() throws Exception {
        activate(true);
        free(2);
        disk.onDiscard(() -> clock.advance(5_000_000));
        assertThat(discarder.doWork()).isTrue();
        assertThat(discarder.doWork()).isFalse();
        assertThat(discarder.idleNanos()).isEqualTo(5_000_000);
        clock.advance(4_999_999);
        assertThat(discarder.doWork()).isFalse();
        clock.advance(1);
        assertThat(discarder.doWork()).isTrue();
    }

    @Test
    void memoryIsNotDiscarded() throws Exception {
        SimulatedBacking backing = new SimulatedBacking(64 << 20);
        cache = PCache.open(
                memory, backing, PCacheConfig.builder(backing.sizeBytes()).build());
        assertThat(setting()).isFalse();
        cache.set(Setting.CACHE_DISCARD, "false");
        assertThatThrownBy(() -> cache.set(Setting.CACHE_DISCARD, "true"))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("cache_discard");
    }
}
