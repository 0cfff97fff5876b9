package io.pcache.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a daemon gets from its caller, which is nothing; with a script in systemd-run's place. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DaemonTest {
    private static final String REAL_PATH = "/usr/sbin:/usr/bin:/sbin:/bin";

    @TempDir
    Path directory;

    private Path machine;
    private Path programs;
    private Path sign;

    @BeforeEach
    void make() throws IOException {
        machine = Files.createDirectory(directory.resolve("machine"));
        programs = Files.createDirectory(directory.resolve("programs"));
        sign = directory.resolve("sign");
    }

    private void bootedWithSystemd(String callersGroup) throws IOException {
        Files.createDirectories(machine.resolve("run/systemd/system"));
        Files.createDirectories(machine.resolve("proc/self"));
        Files.writeString(machine.resolve("proc/self/cgroup"), "0::" + callersGroup + "\n");
    }

    private void program(String name, String body) throws IOException {
        Path file = programs.resolve(name);
        Files.writeString(file, "#!/bin/sh\n" + body + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    private Process started(String path, String body) throws IOException {
        return new Daemon(machine, path)
                .start(
                        List.of("/bin/sh", "-c", "true > " + sign + "\n" + body),
                        directory,
                        "pcache device pc",
                        sign,
                        builder -> {});
    }

    private String said(String path, String body) throws Exception {
        Process process = started(path, body);
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        return said;
    }

    @Test
    void hasASessionOfItsOwn() throws Exception {
        String own = new String(
                new ProcessBuilder(
                                "ps",
                                "-o",
                                "sid=",
                                "-p",
                                Long.toString(ProcessHandle.current().pid()))
                        .start()
                        .getInputStream()
                        .readAllBytes(),
                StandardCharsets.US_ASCII);

        String[] ids = said(REAL_PATH, "ps -o pid=,sid=,pgid= -p $$").trim().split(" +");

        assertThat(ids[1]).isEqualTo(ids[0]).isNotEqualTo(own.trim());
        assertThat(ids[2]).isEqualTo(ids[0]);
    }

    @Test
    void environmentIsTheSameForAll() throws Exception {
        List<String> names = new ArrayList<>();
        said(REAL_PATH, "env").lines().forEach(line -> names.add(line.substring(0, line.indexOf('='))));
        // The shell's own.
        names.removeAll(List.of("PWD", "_", "SHLVL", "OLDPWD"));

        assertThat(names).containsExactlyInAnyOrder("PATH", "LC_ALL", "MALLOC_ARENA_MAX", "MALLOC_TRIM_THRESHOLD_");
    }

    @Test
    void hasAControlGroupOfItsOwnWhereSystemdRuns() throws Exception {
        bootedWithSystemd("/system.slice/runner.service");
        program(
                "systemd-run",
                "echo \"$@\" > " + directory + "/words\nwhile [ \"$1\" != -- ]; do shift; done\nshift\nexec \"$@\"");

        assertThat(said(programs + ":" + REAL_PATH, "echo ran")).isEqualTo("ran\n");
        if (RunDirectory.userId() == 0) {
            assertThat(directory.resolve("words"))
                    .content()
                    .startsWith("--scope --quiet --collect --description=pcache device pc "
                            + "--property=DefaultDependencies=no --property=SendSIGKILL=no -- /bin/sh -c");
        }
    }

    @Test
    void aUnitOfTheTabKeepsItsTarget() throws Exception {
        bootedWithSystemd("/system.slice/system-pcache.slice/pcache@data.service");
        program("systemd-run", "true > " + directory + "/words\nexit 1");

        assertThat(said(programs + ":" + REAL_PATH, "echo ran")).isEqualTo("ran\n");
        assertThat(directory.resolve("words")).doesNotExist();
    }

    @Test
    void startsWithoutWhatTheMachineDoesNotHave() throws Exception {
        bootedWithSystemd("/system.slice/runner.service");
        program("systemd-run", "echo 'Failed to connect to bus' >&2; exit 1");
        assertThat(said(programs + ":" + REAL_PATH, "echo ran")).isEqualTo("ran\n");

        program("env", "exit 125");
        assertThat(said(programs + ":" + REAL_PATH, "echo ran")).isEqualTo("ran\n");

        program("setsid", "exit 1");
        assertThat(said(programs + ":" + REAL_PATH, "echo ran")).isEqualTo("ran\n");
    }

    @Test
    void aSignOfAnEarlierProgramIsNotTaken() throws Exception {
        Files.createFile(sign);
        program("setsid", "exit 1");
        program("env", "exit 1");

        assertThat(said(programs + ":" + REAL_PATH, "echo ran")).isEqualTo("ran\n");
    }
}
