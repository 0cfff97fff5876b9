package io.pcache.wake;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.clock.Clock;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class SpaceWaitersTest {

    @Test
    void wakesOnlyWhatWaitsUnlessAllAreToBeWoken() {
        SpaceWaiters waiters = new SpaceWaiters(Clock.SYSTEM);
        int[] woken = new int[2];
        waiters.add(() -> woken[0]++).setWaitingForSpace(true);
        SpaceWaiters.Waiter second = waiters.add(() -> woken[1]++);
        waiters.wake();
        assertThat(woken).containsExactly(1, 0);
        waiters.wakeAll();
        assertThat(woken).containsExactly(2, 1);
        waiters.remove(second);
        waiters.wakeAll();
        assertThat(woken).containsExactly(3, 1);
    }

    @Test
    void aFlushThatEndsLeavesTheQueueWaitingForSpace() {
        SpaceWaiters waiters = new SpaceWaiters(Clock.SYSTEM);
        int[] woken = new int[1];
        SpaceWaiters.Waiter waiter = waiters.add(() -> woken[0]++);
        waiter.setWaitingForSpace(true);
        waiter.setWaitingForCommit(true);
        waiter.setWaitingForCommit(false);
        waiters.wake();
        assertThat(woken).containsExactly(1);
        waiter.setWaitingForSpace(false);
        waiters.wake();
        assertThat(woken).containsExactly(1);
    }

    @Test
    void queuesMayComeAndGoWhileOthersAreWoken() throws Exception {
        SpaceWaiters waiters = new SpaceWaiters(Clock.SYSTEM);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread queues = new Thread(() -> {
            for (int i = 0; i < 100_000; i++) {
                SpaceWaiters.Waiter waiter = waiters.add(() -> {});
                waiter.setWaitingForSpace(true);
                waiters.remove(waiter);
            }
        });
        queues.start();
        try {
            while (queues.isAlive()) {
                waiters.wake();
            }
        } catch (Throwable e) {
            failure.set(e);
        }
        queues.join();
        assertThat(failure.get()).isNull();
    }
}
