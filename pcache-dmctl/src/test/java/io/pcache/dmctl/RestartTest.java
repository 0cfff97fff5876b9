package io.pcache.dmctl;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.dmctl.cases.CaseMachine;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A restart is refused with a line for each reason. A restart that succeeds takes a kernel with ublk:
 * scripts/tests/vm-65-restart.sh.
 */
class RestartTest {
    @TempDir
    Path folder;

    private CaseMachine machine;

    @BeforeEach
    void makeDevices() throws Exception {
        machine = new CaseMachine(folder, folder);
        assertThat(machine.run(List.of("create", "bare", "-n")).exit()).isZero();
        assertThat(machine.run(List.of("create", "held", "--table", "0 2097152 pcache {CACHE} {BACKING}"))
                        .exit())
                .isZero();
        assertThat(machine.run(List.of("suspend", "held")).exit()).isZero();
    }

    @AfterEach
    void end() {
        machine.close();
    }

    private void isRefused(String name, String reason) throws Exception {
        CaseMachine.Outcome outcome = machine.run(List.of("restart", name));
        assertThat(outcome.exit()).isOne();
        assertThat(outcome.stdout()).isEmpty();
        assertThat(outcome.stderr())
                .contains(reason)
                .as("restart is no request to a driver")
                .doesNotContain("ioctl")
                .endsWith("Command failed.\n");
    }

    @Test
    void wantsADeviceThatThereIs() throws Exception {
        isRefused(
                "nobody", "no device of this user is called \"nobody\": 'pcachectl ls' lists the devices there are\n");
    }

    @Test
    void wantsALiveTable() throws Exception {
        isRefused("bare", "bare: it has no live table: remove it and create it again (-EOPNOTSUPP)\n");
    }

    @Test
    void wantsADeviceThatIsNotSuspended() throws Exception {
        isRefused("held", "held: it is suspended: resume it first (-EOPNOTSUPP)\n");
        assertThat(machine.run(List.of("resume", "held")).exit()).isZero();
    }

    @Test
    void wantsADevice() throws Exception {
        assertThat(machine.run(List.of("restart")).stderr()).startsWith("No device specified.");
    }
}
