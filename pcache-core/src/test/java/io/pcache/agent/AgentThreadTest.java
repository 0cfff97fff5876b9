package io.pcache.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.clock.Clock;
import io.pcache.wake.Signal;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AgentThreadTest {

    private static final class BrokenAgent implements Agent {
        private final Class<? extends Throwable> kind;
        private final Signal signal = new Signal();
        private int rounds;

        BrokenAgent(Class<? extends Throwable> kind) {
            this.kind = kind;
        }

        @Override
        public boolean doWork() {
            rounds++;
            if (kind == StackOverflowError.class) {
                overflow(0);
            }
            if (kind == OutOfMemoryError.class) {
                throw new OutOfMemoryError("planted");
            }
            throw new IllegalStateException("planted");
        }

        private int overflow(int depth) {
            return overflow(depth + 1) + 1;
        }

        @Override
        public long idleNanos() {
            return NEVER;
        }

        @Override
        public Signal signal() {
            return signal;
        }

        @Override
        public String waitsFor() {
            return "nothing";
        }

        @Override
        public String name() {
            return "broken";
        }
    }

    /** Hangs in its work until it is let go, like an agent with a device that does not answer. */
    private static final class HangingAgent implements Agent {
        private final Signal signal = new Signal();
        private final CountDownLatch hanging = new CountDownLatch(1);
        private final CountDownLatch answer = new CountDownLatch(1);

        @Override
        public boolean doWork() {
            hanging.countDown();
            boolean answered = false;
            while (!answered) {
                try {
                    answer.await();
                    answered = true;
                } catch (InterruptedException e) {
                    // A device that hangs is not interrupted either.
                }
            }
            return false;
        }

        @Override
        public Signal signal() {
            return signal;
        }

        @Override
        public String waitsFor() {
            return "the backing device /dev/slow";
        }

        @Override
        public String name() {
            return "writeback";
        }
    }

    @Test
    void whoDoesNotComeIsNamedWithWhatItWaitsFor() throws Exception {
        HangingAgent agent = new HangingAgent();
        AgentThread thread = new AgentThread(agent, "demo", Clock.SYSTEM, failure -> {}).start();
        agent.hanging.await();

        thread.requestStop();

        assertThat(thread.awaitEnd(System.nanoTime()))
                .isEqualTo("thread pcache-writeback-demo waits for the backing device /dev/slow");
        agent.answer.countDown();
        assertThat(thread.awaitEnd(System.nanoTime() + TimeUnit.SECONDS.toNanos(30)))
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(classes = {StackOverflowError.class, OutOfMemoryError.class, IllegalStateException.class})
    void whateverAnAgentThrowsEndsItAndIsTold(Class<? extends Throwable> kind) throws Exception {
        BrokenAgent agent = new BrokenAgent(kind);
        CompletableFuture<Throwable> told = new CompletableFuture<>();
        AgentThread thread = new AgentThread(agent, "demo", Clock.SYSTEM, told::complete).start();
        assertThat(told.get(30, TimeUnit.SECONDS)).isInstanceOf(kind);
        thread.requestStop();
        assertThat(thread.awaitEnd(System.nanoTime() + TimeUnit.SECONDS.toNanos(30)))
                .isNull();
        assertThat(agent.rounds).as("a broken agent is not run again").isEqualTo(1);
    }
}
