package io.pcache.segment;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.crash.WrappedMemory;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.memory.SimulatedMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Free segments are looked at before they are used: ahead of use, or by the thread that takes a segment. */
class SegmentPreparationTest {
    private static final int SEGMENTS = 32;

    private final List<Long> looked = new ArrayList<>();
    private final List<Integer> setAside = new ArrayList<>();
    private final SimulatedMemory device = new SimulatedMemory(CacheMemory.Kind.DAX, (512L << 20) + 20480);
    private Runnable meanwhile = () -> {};
    private final CacheMemory memory = new WrappedMemory(device) {
        @Override
        public void prepare(long offset, int length) throws CacheMemoryException {
            if (length == DeviceLayout.SEGMENT_BYTES) {
                looked.add((offset - DeviceLayout.SEGMENTS) / DeviceLayout.SEGMENT_BYTES);
                meanwhile.run();
            }
            super.prepare(offset, length);
        }
    };
    private final SegmentTable segments =
            new SegmentTable(memory, IntStream.range(0, SEGMENTS).toArray(), null);
    private int shortages;

    @BeforeEach
    void open() {
        segments.open(new SegmentTable.Listener() {
            @Override
            public void setAside(int segment, CacheMemoryException cause) {
                setAside.add(segment);
            }

            @Override
            public void shortage() {
                shortages++;
            }
        });
    }

    private void poison(int segment) {
        device.poison(DeviceLayout.segment(segment) + DeviceLayout.SEGMENT_BYTES - 64, 64);
    }

    private void prepareAll() {
        while (segments.prepareNext()) {
            continue;
        }
    }

    private List<Integer> allocateAll() {
        List<Integer> all = new ArrayList<>();
        for (int segment; (segment = segments.allocate(0)) != SegmentTable.NONE; ) {
            all.add(segment);
        }
        return all;
    }

    @Test
    void whoTakesASegmentLooksAtItIfNobodyHas() {
        assertThat(segments.allocate(0)).isZero();
        assertThat(looked).containsExactly(0L);
        assertThat(shortages).isEqualTo(1);
    }

    @Test
    void whatWasPreparedIsTakenWithoutALook() {
        prepareAll();
        assertThat(looked).containsExactly(0L, 1L, 2L, 3L);
        for (int i = 0; i < SegmentTable.STOCK; i++) {
            assertThat(segments.allocate(0)).isEqualTo(i);
        }
        assertThat(looked).hasSize(SegmentTable.STOCK);
        assertThat(shortages).isEqualTo(SegmentTable.STOCK);
        assertThat(segments.prepareNext()).isTrue();
        assertThat(segments.allocate(0)).isEqualTo(4);
        assertThat(looked).hasSize(SegmentTable.STOCK + 1);
    }

    @Test
    void badSegmentsAreSetAsideByWhoTakesThem() {
        poison(0);
        poison(1);
        assertThat(segments.allocate(0)).isEqualTo(2);
        assertThat(setAside).containsExactly(0, 1);
        assertThat(segments.freeCount()).isEqualTo(SEGMENTS - 3);
        assertThat(segments.map().use(0)).isEqualTo(SegmentMap.Use.SET_ASIDE);
        assertThat(segments.map().use(2)).isEqualTo(SegmentMap.Use.DATA);
    }

    @Test
    void badSegmentsAreSetAsideAheadAndTheOrderOfTheOthersStays() {
        List.of(0, 2, 3, 17, 31).forEach(this::poison);
        prepareAll();
        assertThat(setAside).containsExactly(0, 2, 3);
        assertThat(segments.freeCount()).isEqualTo(SEGMENTS - 3);
        List<Integer> expected =
                new ArrayList<>(IntStream.range(0, SEGMENTS).boxed().toList());
        expected.removeAll(List.of(0, 2, 3, 17, 31));
        assertThat(allocateAll()).isEqualTo(expected);
        assertThat(looked).doesNotHaveDuplicates();
    }

    @Test
    void theLastFreeSegmentMayBeBad() {
        poison(SEGMENTS - 1);
        assertThat(allocateAll()).hasSize(SEGMENTS - 1).doesNotContain(SEGMENTS - 1);
        assertThat(setAside).containsExactly(SEGMENTS - 1);
        assertThat(segments.prepareNext()).isFalse();
    }

    @Test
    void aFreedSegmentIsLookedAtAgain() {
        List<Integer> all = allocateAll();
        poison(5);
        looked.clear();
        List.of(7, 5, 6).forEach(segments::release);
        segments.freeRetired();
        assertThat(all).contains(5, 6, 7);
        prepareAll();
        assertThat(looked).containsExactly(7L, 5L, 6L);
        assertThat(allocateAll()).containsExactly(7, 6);
    }

    @Test
    void aSegmentThatIsTakenWhileItIsLookedAtIsNotGivenOutTwice() {
        boolean[] taken = {false};
        List<Integer> got = new ArrayList<>();
        for (int segment : new int[] {0, 1}) {
            if (segment == 1) {
                poison(1);
            }
            taken[0] = false;
            meanwhile = () -> {
                if (!taken[0]) {
                    taken[0] = true;
                    got.add(segments.allocate(0));
                }
            };
            assertThat(segments.prepareNext()).isTrue();
            meanwhile = () -> {};
        }
        assertThat(got).containsExactly(0, 2);
        assertThat(setAside).containsExactly(1);
        assertThat(allocateAll()).isEqualTo(IntStream.range(3, SEGMENTS).boxed().toList());
    }

    @Test
    void preparedSegmentsThatAreTakenMeanwhileDoNotMixUpTheOrder() {
        segments.prepareNext();
        segments.prepareNext();
        poison(2);
        boolean[] taken = {false};
        meanwhile = () -> {
            if (!taken[0]) {
                taken[0] = true;
                assertThat(segments.allocate(0)).isZero();
            }
        };
        assertThat(segments.prepareNext()).isTrue();
        assertThat(setAside).containsExactly(2);
        assertThat(allocateAll().subList(0, 3)).containsExactly(1, 3, 4);
    }
}
