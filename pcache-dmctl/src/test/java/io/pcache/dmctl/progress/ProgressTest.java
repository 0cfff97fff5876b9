package io.pcache.dmctl.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pcache.dmctl.cases.CaseMachine;
import io.pcache.dmctl.invocation.Invocation.Terminal;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a terminal shows of a device that takes long to start. The cache's activation stands still until the test has
 * seen the bar.
 */
class ProgressTest {
    private static final List<String> CREATE =
            List.of("create", "big", "--table", "0 2097152 pcache {CACHE} {BACKING}");
    private static final Terminal SCREEN = new Terminal(true, 64);
    private static final String WIPE = "\r\033[K";
    private static final long PATIENCE_SECONDS = 20;

    @TempDir
    Path folder;

    private CaseMachine machine;

    @BeforeEach
    void makeDevices() throws Exception {
        machine = new CaseMachine(folder, folder);
    }

    @AfterEach
    void end() {
        machine.close();
    }

    /** A stream that counts down when the awaited text has been written. */
    private static final class Screen extends ByteArrayOutputStream {
        private final String awaited;
        private final CountDownLatch seen = new CountDownLatch(1);

        Screen(String awaited) {
            this.awaited = awaited;
        }

        @Override
        public synchronized void write(byte[] bytes, int offset, int length) {
            super.write(bytes, offset, length);
            if (text().contains(awaited)) {
                seen.countDown();
            }
        }

        synchronized String text() {
            return toString(StandardCharsets.UTF_8);
        }

        boolean await() throws InterruptedException {
            return seen.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    private Screen stopAtAQuarterUntil(String seen) {
        Screen screen = new Screen(seen);
        machine.onStart(config -> {
            config.progress().at("replay", 8, 32);
            try {
                assertThat(screen.await())
                        .as("seen: " + screen.text().length() + " characters, but not that")
                        .isTrue();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        return screen;
    }

    @Test
    void createShowsHowFarReplayIsAndWipesIt() throws Exception {
        Screen screen = stopAtAQuarterUntil("\rbig: replay     25% [" + "#".repeat(9) + " ".repeat(30) + "]\033[K");
        CaseMachine.Outcome outcome = machine.run(CREATE, Map.of(), SCREEN, screen);
        assertThat(outcome.exit()).isZero();
        assertThat(screen.text()).endsWith(WIPE).doesNotContain("\n");
        // The bar has no colours, so NO_COLOR has nothing to forbid.
        assertThat(screen.text().replace("\033[K", "")).doesNotContain("\033");
        assertThat(outcome.stdout()).isEmpty();
    }

    @Test
    void whatCreateSaysComesBehindTheWipedLine() throws Exception {
        Screen screen = stopAtAQuarterUntil("25% [");
        machine.damageNextCache();
        CaseMachine.Outcome outcome = machine.run(CREATE, Map.of(), SCREEN, screen);
        assertThat(outcome.exit()).isOne();
        assertThat(screen.text()).contains(WIPE + "device-mapper: reload ioctl on big");
    }

    @Test
    void nothingIsDrawnWhereStandardErrorIsNoTerminal() throws Exception {
        Screen screen = new Screen("");
        machine.onStart(config -> config.progress().at("replay", 8, 32));
        assertThat(machine.run(CREATE, Map.of(), Terminal.NONE, screen).exit()).isZero();
        assertThat(screen.text()).isEmpty();
    }

    @Test
    void nothingIsDrawnOfWhatIsQuick() throws Exception {
        Screen screen = new Screen("");
        long begun = System.nanoTime();
        assertThat(machine.run(CREATE, Map.of(), SCREEN, screen).exit()).isZero();
        assumeTrue(
                System.nanoTime() - begun < ProgressLine.FIRST_NANOS,
                "a create without a cache to replay takes longer than half a second here");
        assertThat(screen.text()).isEmpty();
    }

    private interface Action {
        void run() throws Exception;
    }

    /** Runs a create, and something else while the activation of that create stands still. */
    private CaseMachine.Outcome duringCreate(Action action) throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        CaseMachine.Outcome[] outcome = {null};
        machine.onStart(config -> {
            config.progress().at("replay", 8, 32);
            begun.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        Thread create = new Thread(() -> {
            try {
                outcome[0] = machine.run(CREATE);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        create.start();
        assertThat(begun.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        try {
            action.run();
        } finally {
            goOn.countDown();
            create.join();
        }
        return outcome[0];
    }

    @Test
    void infoTellsWhatATargetIsBusyWith() throws Exception {
        String[] busy = {null};
        duringCreate(
                () -> busy[0] = machine.run(List.of("info", "--json", "big")).stdout());
        assertThat(busy[0].replaceAll("\\s", ""))
                .contains("\"activity\":{\"what\":\"replay\",\"done\":8,\"total\":32,\"quietMs\":");
        assertThat(machine.run(List.of("info", "--json", "big")).stdout())
                .contains("\"big\"")
                .doesNotContain("activity");
    }

    @Test
    void whatWouldTakeADeviceAwayThatIsBeingCreatedIsTold() throws Exception {
        CaseMachine.Outcome create = duringCreate(() -> {
            for (List<String> change : List.of(
                    List.of("remove", "big"),
                    List.of("remove", "-f", "--deferred", "big"),
                    List.of("clear", "big"),
                    List.of("load", "big", "--table", "0 8 error"))) {
                CaseMachine.Outcome refused = machine.run(change);
                assertThat(refused.exit()).as("%s", change).isOne();
                assertThat(refused.stderr())
                        .as("%s", change)
                        .contains(" failed: Device or resource busy\nbig: it is being created or restarted by process ")
                        .contains(": try again when that has ended (-EBUSY)\n")
                        .endsWith("Command failed.\n");
            }
            assertThat(machine.run(List.of("remove_all")).stderr()).isEqualTo("Unable to remove 1 device(s).\n");
        });
        assertThat(create.exit()).as(create.stderr()).isZero();
        assertThat(machine.run(List.of("remove", "big")).exit()).isZero();
    }

    @Test
    void loadShowsHowFarReplayIs() throws Exception {
        assertThat(machine.run(List.of("create", "big", "--notable")).exit()).isZero();
        Screen screen = stopAtAQuarterUntil("\rbig: replay     25% [" + "#".repeat(9) + " ".repeat(30) + "]\033[K");
        assertThat(machine.run(List.of("load", "big", "--table", CREATE.get(3)), Map.of(), SCREEN, screen)
                        .exit())
                .isZero();
        assertThat(screen.text()).endsWith(WIPE).doesNotContain("\n");
    }

    @Test
    void aBarFitsTheTerminal() {
        assertThat(ProgressLine.line("data", 1, 4, 64))
                .isEqualTo("data            25% [" + "#".repeat(10) + " ".repeat(30) + "]")
                .hasSize(62);
        assertThat(ProgressLine.line("log", 0, 0, 64)).isEqualTo("log");
        assertThat(ProgressLine.line("a".repeat(100), 1, 4, 64)).hasSize(64);
        assertThat(ProgressLine.line("a".repeat(40), 1, 2, 64)).isEqualTo("a".repeat(40) + "  50% [#######       ]");
    }
}
