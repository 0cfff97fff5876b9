package io.pcache.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The supervisor's script, with a shell script in the target's place. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SupervisorTest {
    @TempDir
    Path files;

    @BeforeEach
    void install() throws IOException {
        try (InputStream script = TargetLauncher.class.getResourceAsStream("supervisor.sh")) {
            Files.copy(script, files.resolve("supervisor.sh"), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /**
     * @param body of the target, which finds its arguments' last word in $last, and how many targets came before it in
     *     $before
     */
    private Process supervise(String body) throws IOException {
        Files.writeString(
                files.resolve("target.sh"),
                "cd " + files
                        + "\nbefore=$(wc -l < starts 2>/dev/null || echo 0)\nfor last; do :; done\necho "
                        + "\"$last\" >> starts\n"
                        + body);
        Files.write(
                files.resolve("command"),
                List.of("/bin/sh", files.resolve("target.sh").toString(), "a word", "last"));
        return new ProcessBuilder("/bin/sh", files.resolve("supervisor.sh").toString())
                .directory(files.toFile())
                .start();
    }

    /** With a sleep that takes no time, and tells how long it should have. */
    private List<String> waitsBetweenSevenStarts(String body) throws Exception {
        Path sleep = files.resolve("sleep");
        Files.writeString(sleep, "#!/bin/sh\necho $1 >> " + files.resolve("sleeps") + "\n");
        Files.setPosixFilePermissions(sleep, PosixFilePermissions.fromString("rwx------"));
        Files.writeString(
                files.resolve("target.sh"),
                "cd " + files + "\necho >> starts\n" + body + "; [ $(wc -l < starts) -ge 7 ] || kill -9 $$; exit 0");
        Files.write(
                files.resolve("command"),
                List.of("/bin/sh", files.resolve("target.sh").toString()));
        ProcessBuilder builder =
                new ProcessBuilder("/bin/sh", files.resolve("supervisor.sh").toString()).directory(files.toFile());
        builder.environment().merge("PATH", files.toString(), (path, own) -> own + ":" + path);
        assertThat(builder.start().waitFor()).isZero();
        return Files.readAllLines(files.resolve("sleeps"));
    }

    @Test
    void startsATargetAgainWithoutDelayThatHadServed() throws Exception {
        assertThat(waitsBetweenSevenStarts("until [ recover -nt started ]; do touch recover; done"))
                .containsOnly("1");
    }

    @Test
    void startsATargetSlowerAndSlowerThatDoesNotGetToServing() throws Exception {
        assertThat(waitsBetweenSevenStarts("[ -e recover ] || touch -d '2020-01-01' recover"))
                .containsExactly("1", "4", "9", "16", "30");
    }

    private List<String> starts() throws IOException {
        return Files.readAllLines(files.resolve("starts"));
    }

    @Test
    void endsWithATargetThatNeverGotAnywhere() throws Exception {
        Process supervisor = supervise("echo why; exit 1");

        assertThat(new String(supervisor.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8))
                .isEqualTo("why\n");
        assertThat(supervisor.waitFor()).isEqualTo(1);
        assertThat(starts()).containsExactly("last");
    }

    @Test
    void startsATargetAgainThatWasKilledWithANodeInUse() throws Exception {
        Process supervisor = supervise("touch recover; [ \"$before\" -ge 2 ] || kill -9 $$; rm recover; exit 0");

        assertThat(supervisor.waitFor()).isZero();
        assertThat(starts()).containsExactly("last", "--recover", "--recover");
    }

    @Test
    void keepsWhatATargetSaidThatDidNotGetToServing() throws Exception {
        assertThat(supervise("case $before in 0) touch -d 2020-01-01 recover; kill -9 $$ ;; 1) echo why; "
                                + "exit 1 ;; *) exit 0 ;; esac")
                        .waitFor())
                .isZero();

        assertThat(starts()).containsExactly("last", "--recover", "--recover");
        assertThat(files.resolve("failed")).content().isEqualTo("why\n");
    }

    @Test
    void leavesATargetAloneThatWasRemoved() throws Exception {
        assertThat(supervise("touch recover; exit 0").waitFor()).isZero();
        assertThat(starts()).hasSize(1);
        assertThat(supervise("rm recover; exit 143").waitFor()).isEqualTo(143);
        assertThat(starts()).hasSize(2);
    }

    @Test
    void startsATargetAgainThatWasTerminatedWithANodeInUse() throws Exception {
        assertThat(supervise("touch recover; [ \"$before\" -ge 1 ] || kill -TERM $$; exit 0")
                        .waitFor())
                .isZero();
        assertThat(starts()).containsExactly("last", "--recover");
    }

    @Test
    void startsTheOldCommandWhereATargetHasHandedOverAndNoOtherIsThere() throws Exception {
        assertThat(supervise("touch recover; [ \"$before\" -ge 1 ] || exit 75; exit 0")
                        .waitFor())
                .isZero();
        assertThat(starts()).containsExactly("last", "--recover");
    }

    /** The words of a successor that leaves a line in {@code starts}, too. */
    private void offer(String body) throws IOException {
        Files.writeString(files.resolve("next.sh"), "cd " + files + "\necho next >> starts\n" + body);
        Files.write(
                files.resolve("successor"),
                List.of("/bin/sh", files.resolve("next.sh").toString()));
    }

    @Test
    void startsTheSuccessorAndKeepsItWhenItHasServed() throws Exception {
        offer("echo '{\"v\":1,\"ok\":true}'; [ $(wc -l < starts) -ge 3 ] || kill -9 $$; exit 0");

        assertThat(supervise("touch recover; exit 75").waitFor()).isZero();

        assertThat(starts()).containsExactly("last", "next", "next");
        assertThat(files.resolve("command")).content().contains("next.sh");
        assertThat(files.resolve("successor")).doesNotExist();
        assertThat(files.resolve("answer")).hasContent("{\"v\":1,\"ok\":true}");
    }

    @Test
    void goesBackToTheOldCommandWhenTheSuccessorDoesNotServe() throws Exception {
        offer("echo why >&2; exit 1");

        assertThat(supervise("touch recover; [ \"$before\" -ge 1 ] || exit 75; exit 0")
                        .waitFor())
                .isZero();

        assertThat(starts()).containsExactly("last", "next", "--recover");
        assertThat(files.resolve("answer")).content().isEqualTo("\n");
        assertThat(files.resolve("answer-console")).content().isEqualTo("why\n");
    }

    @Test
    void isNotTheFirstToGoWhenMemoryIsOut() throws Exception {
        assumeTrue(
                new ProcessBuilder("/bin/sh", "-c", "echo -900 > /proc/$$/oom_score_adj 2> /dev/null")
                                .start()
                                .waitFor()
                        == 0,
                "needs CAP_SYS_RESOURCE");
        String own = Files.readString(Path.of("/proc/self/oom_score_adj")).trim();

        Process supervisor = supervise("cat /proc/$$/oom_score_adj; exit 1");

        assertThat(new String(supervisor.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)
                        .trim())
                .isEqualTo(Integer.toString(Math.min(-900, Integer.parseInt(own))));
    }

    @Test
    void startsForADeviceThatHasLostItsSupervisor() throws Exception {
        Files.createFile(files.resolve("recover"));
        Files.writeString(
                files.resolve("target.sh"), "cd " + files + "\nfor last; do :; done\necho \"$last\" >> starts\nexit 0");
        Files.write(
                files.resolve("command"),
                List.of("/bin/sh", files.resolve("target.sh").toString()));

        assertThat(new ProcessBuilder("/bin/sh", files.resolve("supervisor.sh").toString(), "recover")
                        .directory(files.toFile())
                        .start()
                        .waitFor())
                .isZero();

        assertThat(starts()).containsExactly("--recover");
    }

    @Test
    void passesTerminationOn() throws Exception {
        Process supervisor = supervise(
                "touch recover; trap 'echo told > told; rm recover; exit 0' TERM; echo ready; while :; do sleep "
                        + "0.05; done");
        supervisor.getInputStream().read();

        supervisor.destroy();

        assertThat(supervisor.waitFor()).isZero();
        assertThat(files.resolve("told")).exists();
    }

    @Test
    void doesNotKeepTheReaderOfTheTargetsWordsWaiting() throws Exception {
        Process supervisor = supervise(
                "touch recover; echo ready; exec > /dev/null; while [ -e recover ]; do sleep 0.05; done; exit 0");

        assertThat(supervisor.getInputStream().readAllBytes()).hasSize(6);
        assertThat(supervisor.isAlive()).isTrue();
        Files.delete(files.resolve("recover"));
        assertThat(supervisor.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void isToldFromTheDeadByNumberAndStartTime() throws Exception {
        Process supervisor = supervise("touch recover; echo ready; while [ -e recover ]; do sleep 0.05; done; exit 0");
        supervisor.getInputStream().read();

        assertThat(Supervision.isRecovering(files)).isTrue();
        Files.writeString(files.resolve("supervisor"), supervisor.pid() + " 12345");
        assertThat(Supervision.isRecovering(files))
                .as("another process of that number")
                .isFalse();
        Files.writeString(files.resolve("supervisor"), "junk");
        assertThat(Supervision.isRecovering(files)).isFalse();
        assertThat(Supervision.isRecoverable(files)).as("no such node").isFalse();
        Files.delete(files.resolve("recover"));
        supervisor.waitFor();
    }
}
