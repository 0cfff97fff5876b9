package io.pcache.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.Progress;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.CacheMemory.Kind;
import io.pcache.memory.SimulatedMemory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The progress that an activation tells. */
class ActivationProgressTest {
    private static final int SEGMENTS = 33;
    private static final int BLOCK = 1 << 20;

    private record Step(String what, long done, long total) {}

    private final SimulatedBacking backing = new SimulatedBacking(512 << 20);
    private final SimulatedMemory memory = new SimulatedMemory(Kind.DAX, DeviceLayout.segment(SEGMENTS));
    private final List<Step> steps = new ArrayList<>();

    private TestCache open() throws Exception {
        Progress progress = (what, done, total) -> steps.add(new Step(what, done, total));
        return new TestCache(
                memory,
                backing,
                PCacheConfig.builder(backing.sizeBytes()).progress(progress).build(),
                1);
    }

    private List<Step> of(String what) {
        return steps.stream().filter(step -> step.what().equals(what)).toList();
    }

    @Test
    void formatTellsOfEachSegment() throws Exception {
        open().close();
        assertThat(of("format")).allSatisfy(step -> {
            assertThat(step.total()).isEqualTo(SEGMENTS);
            assertThat(step.done()).isBetween(0L, SEGMENTS - 1L);
        });
        assertThat(of("format").stream().map(Step::done).distinct()).hasSize(SEGMENTS);
    }

    @Test
    void replayTellsOfSegmentsThatItMeetsWithoutEverGoingBack() throws Exception {
        TestCache cache = open();
        byte[] block = new byte[BLOCK];
        for (int i = 0; i < 100; i++) {
            cache.write((long) i * BLOCK, block);
            // Each write gets a key-set of its own.
            cache.flush();
        }
        cache.close();
        steps.clear();

        open().close();

        List<Step> replay = of("replay");
        assertThat(replay)
                .isNotEmpty()
                .allSatisfy(step -> assertThat(step.total()).isEqualTo(SEGMENTS));
        assertThat(replay.stream().map(Step::done)).isSorted();
        // 100 MiB are in seven segments, and the log has one.
        assertThat(replay.get(replay.size() - 1).done()).isBetween(6L, 9L);
        assertThat(of("format")).isEmpty();
    }
}
