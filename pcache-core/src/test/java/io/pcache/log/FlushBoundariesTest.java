package io.pcache.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class FlushBoundariesTest {
    private static final int STEP = 3;

    private final FlushBoundaries boundaries = new FlushBoundaries();

    @Test
    void knowsWhatWasNotedAndNothingElse() {
        Random random = new Random(1);
        TreeSet<Long> noted = new TreeSet<>();
        long number = 0;
        while (noted.size() < FlushBoundaries.SIZE - 1) {
            number += random.nextInt(4);
            boundaries.note(number);
            noted.add(number);
        }
        for (long asked = 0; asked < number + 5; asked++) {
            assertThat(boundaries.contains(asked)).as("%d", asked).isEqualTo(noted.contains(asked));
        }
    }

    @Test
    void whatIsForgottenCountsAsNoted() {
        int count = 3 * FlushBoundaries.SIZE;
        for (int i = 0; i < count; i++) {
            boundaries.note((long) i * STEP);
        }
        long oldest = (long) (count - FlushBoundaries.SIZE + 1) * STEP;
        for (long asked = 0; asked < (long) count * STEP; asked++) {
            assertThat(boundaries.contains(asked)).as("%d", asked).isEqualTo(asked < oldest || asked % STEP == 0);
        }
        assertThat(boundaries.contains((long) count * STEP)).isFalse();
    }

    @Test
    void whoAsksWhileOthersAreNotedMissesNone() {
        int count = 300 * FlushBoundaries.SIZE;
        boundaries.note(0);
        AtomicLong last = new AtomicLong();
        CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
            for (int i = 0; i < count; i++) {
                boundaries.note((long) i * STEP);
                last.setRelease((long) i * STEP);
            }
        });
        Random random = new Random(2);
        while (!writer.isDone()) {
            long asked = Math.max(0, last.getAcquire() - (long) random.nextInt(FlushBoundaries.SIZE + 2) * STEP);
            assertThat(boundaries.contains(asked)).as("%d", asked).isTrue();
        }
        writer.join();
    }
}
