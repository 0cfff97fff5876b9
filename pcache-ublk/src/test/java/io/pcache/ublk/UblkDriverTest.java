package io.pcache.ublk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is made of a machine that has the driver, loaded or not, or has none; with a script in modprobe's place. */
class UblkDriverTest {
    @TempDir
    Path folder;

    private Path control;
    private Path misc;
    private Path modprobe;

    @BeforeEach
    void make() throws IOException {
        control = folder.resolve("ublk-control");
        misc = Files.writeString(folder.resolve("misc"), " 60 fuse\n");
        modprobe = folder.resolve("modprobe");
    }

    private void modprobe(String dryRun, String load) throws IOException {
        Files.writeString(modprobe, "#!/bin/sh\ncase $1 in --dry-run) " + dryRun + " ;; *) " + load + " ;; esac\n");
        Files.setPosixFilePermissions(modprobe, PosixFilePermissions.fromString("rwx------"));
    }

    private UblkDriver.State reach(boolean mayLoad) {
        return new UblkDriver(control, misc, modprobe.toString(), mayLoad).reach();
    }

    @Test
    void loadsTheModuleThatIsThere() throws Exception {
        modprobe("exit 0", "true > " + control);

        assertThat(reach(false).kind()).as("without the right to").isEqualTo(UblkDriver.Kind.ABSENT);
        assertThat(reach(true).kind()).isEqualTo(UblkDriver.Kind.REACHED);
    }

    @Test
    void loadsNothingWhereItIsLoaded() throws Exception {
        modprobe("exit 0", "true > " + folder + "/asked");
        Files.createFile(control);

        assertThat(reach(true).kind()).isEqualTo(UblkDriver.Kind.REACHED);
        assertThat(folder.resolve("asked")).doesNotExist();
    }

    @Test
    void looksAtTheModuleWithoutLoadingIt() throws Exception {
        modprobe("exit 0", "true > " + control);
        UblkDriver driver = new UblkDriver(control, misc, modprobe.toString(), true);

        assertThat(driver.look().kind()).isEqualTo(UblkDriver.Kind.LOADABLE);
        assertThat(control).doesNotExist();
        Files.createFile(control);
        assertThat(driver.look().kind()).isEqualTo(UblkDriver.Kind.REACHED);
    }

    @Test
    void hasNothingToSayOfAMachineWithoutIt() throws Exception {
        assertThat(reach(true)).as("no modprobe").isEqualTo(new UblkDriver.State(UblkDriver.Kind.ABSENT, ""));
        modprobe("exit 1", "echo 'modprobe: FATAL: Module ublk_drv not found' >&2; exit 1");
        assertThat(reach(true)).as("no module").isEqualTo(new UblkDriver.State(UblkDriver.Kind.ABSENT, ""));
    }

    @Test
    void saysWhyItCannotBeLoaded() throws Exception {
        modprobe(
                "exit 0", "echo \"modprobe: ERROR: could not insert 'ublk_drv': Operation not permitted\" >&2; exit 1");

        assertThat(reach(true))
                .isEqualTo(new UblkDriver.State(
                        UblkDriver.Kind.OBSTRUCTED,
                        "the kernel module ublk_drv cannot be loaded: modprobe: ERROR: could not insert "
                                + "'ublk_drv': Operation not permitted"));
    }

    @Test
    void saysThatItsNodeIsMissing() throws Exception {
        Files.writeString(misc, " 60 fuse\n 59 ublk-control\n");

        assertThat(reach(true))
                .isEqualTo(new UblkDriver.State(
                        UblkDriver.Kind.OBSTRUCTED,
                        "the kernel has ublk, but there is no " + control
                                + " here: in a container, pass the device on to it"));
    }
}
