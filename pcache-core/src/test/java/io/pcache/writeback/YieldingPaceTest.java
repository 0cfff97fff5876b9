package io.pcache.writeback;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.crash.VirtualClock;
import io.pcache.policy.CleaningPace;
import io.pcache.policy.WriteRate;
import org.junit.jupiter.api.Test;

class YieldingPaceTest {
    private static final long CACHE = 1L << 30;
    private static final long MS = 1_000_000;

    private final VirtualClock clock = new VirtualClock(1);
    private long requests;
    private long dirty;
    private long room = CACHE / 2;
    private final WriteRate rate = new WriteRate() {
        @Override
        public boolean admits() {
            return true;
        }

        @Override
        public long roomBytes() {
            return room;
        }

        @Override
        public void passed(long bytes) {}
    };
    private final CleaningPace pace =
            new YieldingPace(new BatchPace(rate), rate, () -> requests, () -> dirty, CACHE, clock);

    private void clientsMake(int count, long millis) {
        requests += count;
        clock.advance(millis * MS);
        pace.restNanos();
    }

    /** A batch of 4 MiB that has taken 40 ms, of which clients have made use, too. */
    private void batch() {
        requests += 100;
        clock.advance(40 * MS);
        pace.done(4 << 20, 40 * MS, 0);
        pace.restNanos();
    }

    @Test
    void withoutClientsBatchesAreLargeAndFollowEachOther() {
        clientsMake(0, 1000);
        assertThat(pace.limitBytes()).isEqualTo(64 << 20);
        pace.done(4 << 20, 40 * MS, 0);
        assertThat(pace.restNanos()).isZero();
    }

    @Test
    void besideClientsBatchesAreShortAndTakeAnEighthOfTheTime() {
        clientsMake(100, 100);
        for (int i = 0; i < 30; i++) {
            batch();
        }
        assertThat(pace.limitBytes()).as("what takes 40 ms").isBetween(4_000_000L, 4_200_000L);
        assertThat(pace.restNanos()).isEqualTo(7 * 40 * MS);
        clientsMake(700, 270);
        assertThat(pace.restNanos()).as("time that has passed counts").isEqualTo(10 * MS);
        clientsMake(10, 10);
        assertThat(pace.restNanos()).isZero();
    }

    @Test
    void theMoreIsDirtyTheShorterAreTheRests() {
        clientsMake(100, 100);
        batch();
        dirty = CACHE / 8;
        assertThat(pace.restNanos()).isEqualTo(280 * MS);
        dirty = CACHE / 16 * 5;
        assertThat(pace.restNanos()).as("half-way").isBetween(31 * MS, 32 * MS);
        dirty = CACHE / 2;
        assertThat(pace.restNanos()).isZero();
    }

    @Test
    void whereRoomIsShortWriteBackDoesNotYield() {
        clientsMake(100, 100);
        batch();
        room = CACHE / 32;
        assertThat(pace.restNanos()).isZero();
        assertThat(pace.limitBytes()).isEqualTo(room / 4);
    }

    @Test
    void aRestEndsWhenTheClientsHaveGone() {
        clientsMake(100, 100);
        batch();
        assertThat(pace.restNanos()).isPositive();
        clientsMake(0, 30);
        assertThat(pace.restNanos()).isZero();
    }

    @Test
    void aFewRequestsDoNotCount() {
        clientsMake(9, 100);
        batch();
        clientsMake(2, 30);
        assertThat(pace.restNanos()).isZero();
    }

    @Test
    void noRestIsLongerThanASecond() {
        clientsMake(100, 100);
        requests += 10_000;
        clock.advance(5000 * MS);
        pace.done(4 << 20, 5000 * MS, 0);
        pace.restNanos();
        assertThat(pace.restNanos()).isEqualTo(1000 * MS);
    }
}
