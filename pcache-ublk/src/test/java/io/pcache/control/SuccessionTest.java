package io.pcache.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pcache.sys.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With the real supervisor, and shell scripts in the targets' place that serve until they are told to leave. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SuccessionTest {
    private static final String READY =
            "touch recover; echo '{\"v\":1,\"ok\":true}'; exec > /dev/null; until [ -e leave ]; do sleep 0.02; "
                    + "done; rm leave; exit 75";

    @TempDir
    Path files;

    private Device device;
    private Process supervisor;

    @BeforeEach
    void serve() throws Exception {
        device = new Device("pc", "", 0, files);
        Files.write(files.resolve("command"), target("old", READY));
        TargetLauncher.installSupervisor(files);
        supervisor = TargetLauncher.startSupervisor(device, ProcessBuilder.Redirect.PIPE);
        supervisor.getInputStream().readAllBytes();
    }

    @AfterEach
    void end() throws Exception {
        List<ProcessHandle> left = new ArrayList<>(ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").contains(files.toString()))
                .toList());
        left.forEach(ProcessHandle::destroyForcibly);
        left.forEach(process -> process.onExit().join());
    }

    private List<String> target(String name, String body) throws IOException {
        Files.writeString(
                files.resolve(name),
                "cd " + files + "\nfor last; do :; done\necho " + name + " $last >> starts\n" + body);
        return List.of("/bin/sh", files.resolve(name).toString(), "-cp", "class path");
    }

    private static String probed(String then) {
        return "[ $last != --probe ] || { echo '{\"v\":1,\"ok\":true}'; exit 0; }; " + then;
    }

    private Succession succession(String body) throws IOException {
        return new Succession(device, target("new", body), 30_000);
    }

    /** Tells the target that serves to end; returns when it does, so that the next one is not told, too. */
    private void leave() throws ControlException {
        try {
            Path told = Files.createFile(files.resolve("leave"));
            while (Files.exists(told)) {
                Thread.onSpinWait();
            }
        } catch (IOException e) {
            throw new ControlException(Errno.EIO, e);
        }
    }

    private List<String> starts() throws IOException {
        return Files.readAllLines(files.resolve("starts"));
    }

    private static ControlException refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        ControlException refusal = catchThrowableOfType(ControlException.class, call);
        assertThat(refusal).isNotNull();
        return refusal;
    }

    private void awaitStart(String line) throws IOException {
        while (!starts().contains(line)) {
            Thread.onSpinWait();
        }
    }

    @Test
    void newTargetFollowsTheOldOneUnderTheSameSupervisor() throws Exception {
        succession(probed(READY)).run(this::leave);

        assertThat(starts()).containsExactly("old class path", "new --probe", "new --recover");
        assertThat(supervisor.isAlive()).isTrue();
        assertThat(Supervision.supervisor(files).pid()).isEqualTo(supervisor.pid());
    }

    @Test
    void oneSuccessorFollowsAnother() throws Exception {
        succession(probed(READY)).run(this::leave);
        new Succession(device, target("newer", probed(READY)), 30_000).run(this::leave);
        // Whatever becomes of a third, the second is what worked before.
        refused(() -> succession(probed("exit 1")).run(this::leave));

        awaitStart("newer --recover");
        while (starts().stream().filter("newer --recover"::equals).count() < 2) {
            Thread.onSpinWait();
        }
        assertThat(Files.readAllLines(files.resolve("command")))
                .contains(files.resolve("newer").toString());
    }

    @Test
    void oldTargetStaysWhereTheNewOneDoesNotPassItsTrial() throws Exception {
        AtomicInteger asked = new AtomicInteger();

        ControlException refusal =
                refused(() -> succession("echo 'no such flag' >&2; exit 1").run(asked::incrementAndGet));
        assertThat(refusal.reasons()).containsExactly("pcache: the target ended while it started: no such flag (-EIO)");
        refusal =
                refused(() -> succession("echo '{\"v\":1,\"ok\":false,\"errno\":95,\"reasons\":[\"no ublk\"]}'; exit 1")
                        .run(asked::incrementAndGet));
        assertThat(refusal.reasons()).containsExactly("no ublk");

        assertThat(asked).hasValue(0);
        assertThat(files.resolve("successor")).doesNotExist();
        assertThat(starts()).containsExactly("old class path", "new --probe", "new --probe");
    }

    @Test
    void refusedHandOverLeavesNothingBehind() throws Exception {
        ControlException refusal = refused(() -> succession(probed(READY)).run(() -> {
            throw new ControlException(Errno.EOPNOTSUPP, "suspended");
        }));

        assertThat(refusal.reasons()).containsExactly("suspended");
        assertThat(files.resolve("successor")).doesNotExist();
    }

    @Test
    void oldTargetComesBackWhereTheNewOneDoesNotComeUp() throws Exception {
        ControlException refusal =
                refused(() -> succession(probed("echo why >&2; exit 1")).run(this::leave));

        assertThat(refusal.reasons())
                .containsExactly(
                        "pcache: the target ended while it started: why (-EIO)",
                        "pc: the new target did not come up, the old one is started again");
        awaitStart("old --recover");
        assertThat(Files.readAllLines(files.resolve("command")))
                .contains(files.resolve("old").toString());
    }

    @Test
    void oldTargetComesBackWhereTheNewOneIsNotReadyInTime() throws Exception {
        Succession late = new Succession(device, target("new", probed("until [ -e never ]; do sleep 0.02; done")), 200);

        assertThat(refused(() -> late.run(this::leave)).errno()).isEqualTo(Errno.ETIMEDOUT);

        awaitStart("old --recover");
    }

    @Test
    void nobodyNeedsToLookOn() throws Exception {
        // As if the restarting process had been killed once the old target had left.
        Thread restarting = Thread.currentThread();
        ControlException end = catchThrowableOfType(
                ControlException.class,
                () -> succession(probed(READY)).run(() -> {
                    leave();
                    restarting.interrupt();
                }));
        // The new target may have been quicker.
        assertThat(end == null ? Errno.EINTR : end.errno()).isEqualTo(Errno.EINTR);
        assertThat(Thread.interrupted()).isTrue();

        awaitStart("new --recover");
        assertThat(supervisor.isAlive()).isTrue();
    }

    @Test
    void deviceWithoutASupervisorGetsOne() throws Exception {
        supervisor.destroyForcibly().waitFor();

        succession(probed(READY)).run(this::leave);

        assertThat(starts()).containsExactly("old class path", "new --probe", "new --recover");
        assertThat(Supervision.supervisor(files)).isNotNull();
    }
}
