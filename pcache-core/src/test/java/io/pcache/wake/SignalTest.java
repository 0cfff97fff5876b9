package io.pcache.wake;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SignalTest {
    private final Signal signal = new Signal();

    @Test
    void isTakenDownByWhoeverWaitedForIt() {
        signal.raise();
        signal.raise();
        assertThat(signal.awaitNanos(0)).isTrue();
        assertThat(signal.awaitNanos(0)).isFalse();
    }

    @Test
    void wakesWhoeverWaits() throws InterruptedException {
        boolean[] raised = {false};
        Thread waiter = new Thread(() -> raised[0] = signal.awaitNanos(Long.MAX_VALUE));
        waiter.start();
        signal.raise();
        waiter.join();
        assertThat(raised[0]).isTrue();
    }
}
