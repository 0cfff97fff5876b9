package io.pcache.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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
        public String name() {
            return "broken";
        }
    }

    @ParameterizedTest
    @ValueSource(classes = {StackOverflowError.class, OutOfMemoryError.class, IllegalStateException.class})
    void whateverAnAgentThrowsEndsItAndIsTold(Class<? extends Throwable> kind) throws Exception {
        BrokenAgent agent = new BrokenAgent(kind);
        CompletableFuture<Throwable> told = new CompletableFuture<>();
        try (AgentThread thread = new AgentThread(agent, "demo", told::complete).start()) {
            assertThat(told.get(30, TimeUnit.SECONDS)).isInstanceOf(kind);
            thread.close();
        }
        assertThat(agent.rounds).as("a broken agent is not run again").isEqualTo(1);
    }
}
