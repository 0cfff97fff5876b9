package io.pcache.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.memory.CacheMemory;
import io.pcache.memory.SimulatedMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which segments are discarded, and who can have them meanwhile. */
class SegmentDiscardTest {
    private static final int SEGMENTS = 32;
    /** So many must be free beside the one that is discarded. */
    private static final int SPARE = 4;

    private final SegmentTable segments = new SegmentTable(
            new SimulatedMemory(CacheMemory.Kind.PAGE_CACHE, (512L << 20) + 20480),
            IntStream.range(0, SEGMENTS).toArray(),
            null);

    @BeforeEach
    void open() {
        segments.open();
        segments.keepForDiscard(true);
    }

    private int[] take(int count) {
        return IntStream.range(0, count).map(i -> segments.allocate(0)).toArray();
    }

    private void free(int... taken) {
        for (int segment : taken) {
            segments.release(segment);
        }
        segments.freeRetired();
    }

    /** All segments that can be given out, in their order. */
    private List<Integer> takeAll() {
        List<Integer> all = new ArrayList<>();
        for (int segment = segments.allocate(0); segment != SegmentTable.NONE; segment = segments.allocate(0)) {
            all.add(segment);
        }
        return all;
    }

    @Test
    void whatWasFreeFromTheBeginningIsNotDiscarded() {
        assertThat(segments.beginDiscard()).isEqualTo(SegmentTable.NONE);
    }

    @Test
    void whatIsFreedIsDiscardedOnceInItsOrder() {
        free(take(2));
        assertThat(segments.beginDiscard()).isZero();
        segments.endDiscard(0);
        assertThat(segments.beginDiscard()).isEqualTo(1);
        segments.endDiscard(1);
        assertThat(segments.beginDiscard()).isEqualTo(SegmentTable.NONE);
    }

    @Test
    void nothingInUseIsDiscarded() {
        int[] taken = take(3);
        segments.markLog(taken[2]);
        segments.release(taken[0]);
        assertThat(segments.beginDiscard())
                .as("retired, and its generation is not durable")
                .isEqualTo(SegmentTable.NONE);
        segments.freeRetired();
        assertThat(segments.beginDiscard()).isEqualTo(taken[0]);
        segments.endDiscard(taken[0]);
        assertThat(segments.beginDiscard()).as("data, and the log").isEqualTo(SegmentTable.NONE);
        segments.releaseKeySegment(taken[2]);
        assertThat(segments.beginDiscard()).isEqualTo(taken[2]);
    }

    @Test
    void whatIsBeingDiscardedIsGivenToNobody() {
        free(take(1));
        int discarded = segments.beginDiscard();
        assertThat(segments.freeCount()).as("a writer will have it").isEqualTo(SEGMENTS);
        assertThat(takeAll()).hasSize(SEGMENTS - 1).doesNotContain(discarded);
        segments.endDiscard(discarded);
        assertThat(takeAll()).containsExactly(discarded);
    }

    @Test
    void aWriterTakesWhatIsNotDiscardedYetWhenNothingElseIsFree() {
        free(take(2));
        assertThat(takeAll()).hasSize(SEGMENTS).endsWith(0, 1);
        assertThat(segments.beginDiscard()).isEqualTo(SegmentTable.NONE);
    }

    @Test
    void writersGoFirstWhereFewSegmentsAreFree() {
        int[] taken = take(SEGMENTS);
        for (int i = 0; i < SPARE; i++) {
            free(taken[i]);
        }
        assertThat(segments.beginDiscard()).isEqualTo(SegmentTable.NONE);
        free(taken[SPARE]);
        assertThat(segments.beginDiscard()).isEqualTo(taken[0]);
    }

    @Test
    void withoutDiscardsSegmentsAreReusedInTheirOrder() {
        free(take(2));
        segments.keepForDiscard(false);
        free(take(1));
        assertThat(segments.beginDiscard()).isEqualTo(SegmentTable.NONE);
        assertThat(takeAll()).startsWith(3).endsWith(0, 1, 2);
    }

    @Test
    void aDiscardEndsOnce() {
        free(take(1));
        int discarded = segments.beginDiscard();
        segments.endDiscard(discarded);
        assertThatThrownBy(() -> segments.endDiscard(discarded)).hasMessageContaining("segments-add-up");
    }
}
