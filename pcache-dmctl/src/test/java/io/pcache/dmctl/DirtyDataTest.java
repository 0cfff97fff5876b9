package io.pcache.dmctl;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.dmctl.cases.CaseMachine;
import io.pcache.dmctl.cases.CaseMachine.Outcome;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** People are told how much data is in the cache only. As by dmsetup, scripts are told nothing. */
class DirtyDataTest {
    private static final long DIRTY = 8_601_600;

    @TempDir
    Path folder;

    private CaseMachine machine;

    @BeforeEach
    void makeDevice() throws Exception {
        machine = new CaseMachine(folder, folder);
        assertThat(machine.run(List.of("create", "demo", "--table", "0 2097152 pcache {CACHE} {BACKING}"))
                        .exit())
                .isZero();
    }

    @AfterEach
    void end() {
        machine.close();
    }

    @Test
    void removeSaysHowMuchStaysAndHowItIsWrittenBack() throws Exception {
        machine.dirty("{CACHE}", DIRTY);

        Outcome outcome = machine.runOnTerminal(List.of("remove", "demo"));

        assertThat(outcome.exit()).isZero();
        assertThat(outcome.stdout()).isEmpty();
        assertThat(outcome.stderr())
                .isEqualTo("demo: up to 8.2 MiB not yet written back stay on the cache device " + folder
                        + "/dev/pmem0; the next create goes on with them, " + "and \"pcachectl writeback " + folder
                        + "/dev/pmem0 " + folder + "/dev/loop0\" brings them to the backing device\n");
    }

    @Test
    void removeOfACleanCacheSaysNothing() throws Exception {
        assertThat(machine.runOnTerminal(List.of("remove", "demo")).stderr()).isEmpty();
    }

    @Test
    void removeThatFailsSaysNothingOfWhatWouldStay() throws Exception {
        machine.dirty("{CACHE}", DIRTY);
        machine.open("demo");

        assertThat(machine.runOnTerminal(List.of("remove", "demo")).stderr())
                .contains("device is open")
                .doesNotContain("written back");
    }

    @Test
    void scriptsAreToldNothing() throws Exception {
        machine.dirty("{CACHE}", DIRTY);

        assertThat(machine.run(List.of("info", "demo")).stdout())
                .doesNotContain("Dirty", "Cache device", "Cache mode", "Memory");
        assertThat(machine.run(List.of("remove", "demo")).stderr()).isEmpty();
    }

    @Test
    void infoNamesWhatTheDeviceIsMadeOf() throws Exception {
        machine.dirty("{CACHE}", DIRTY);

        assertThat(machine.runOnTerminal(List.of("info", "demo")).stdout())
                .contains(
                        "\nCache device:      " + folder + "/dev/pmem0\n",
                        "\nBacking device:    " + folder + "/dev/loop0\n",
                        "\nCache mode:        writeback\n",
                        "\nDirty:             8.2 MiB that the backing device does not have yet\n")
                .containsPattern(
                        "\\nMemory:            [0-9]+ MiB in process [0-9]+, besides the cache device's own pages\\n");

        machine.dirty("{CACHE}", 0);
        assertThat(machine.runOnTerminal(List.of("info", "demo")).stdout()).contains("\nDirty:             nothing\n");
    }
}
