package io.pcache.control;

import io.pcache.sys.Errno;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Replaces a device's target. The order is such that there is always a process that brings the device up:
 *
 * <ol>
 *   <li>the new target's command is run with {@code --probe}; the probe ends when it has loaded its code and found what
 *       a target needs;
 *   <li>the command is left where the device's supervisor finds it when the old target has ended;
 *   <li>the old target is told to leave. From here on, the supervisor does everything, and this process only looks on.
 * </ol>
 *
 * The supervisor goes back to the old command when the new target does not come so far that it serves. Where the
 * supervisor has died with the target, the device gets another supervisor.
 */
final class Succession {
    /** The shortest limit for the probe; if the new target may take longer to be ready, the probe may, too. */
    private static final long PROBE_TIMEOUT_MS = 60_000;
    /**
     * The longest wait until the supervisor takes the new command: the supervisor of a target that dies again and again
     * waits up to 30 s before it starts the next target.
     */
    private static final long TAKE_TIMEOUT_MS = 60_000;

    private static final long LOOK_MS = 20;
    private static final long MS_PER_SECOND = 1000;

    private final Device device;
    private final Path files;
    private final List<String> command;
    private final long timeoutMs;

    /**
     * @param command of the new target, without {@code --recover}
     * @param timeoutMs how long the new target may take to be ready
     */
    Succession(Device device, List<String> command, long timeoutMs) {
        this.device = device;
        this.files = device.directory();
        this.command = command;
        this.timeoutMs = timeoutMs;
    }

    /** Replaces the target; returns when the new target answers. */
    void run(TargetStarter.HandOver handOver) throws ControlException {
        try {
            probe();
            offer();
            try {
                handOver.run();
            } catch (ControlException | RuntimeException e) {
                Files.deleteIfExists(successor());
                throw e;
            }
            ProcessHandle supervisor = Supervision.supervisor(files);
            if (supervisor != null) {
                wake(supervisor);
            }
            await(supervisor != null ? supervisor : start(), handOver);
        } catch (IOException e) {
            throw ControlException.ofFile("cannot restart", e);
        }
    }

    private Path successor() {
        return files.resolve("successor");
    }

    private Path answer() {
        return files.resolve("answer");
    }

    private void probe() throws ControlException, IOException {
        List<String> words = new ArrayList<>(command);
        // Not touched: the old target still has a heap of the same size.
        words.add(words.indexOf("-cp"), "-XX:-AlwaysPreTouch");
        words.add("--probe");
        Path said = files.resolve("probe");
        Path console = files.resolve("probe-console");
        try {
            Process probe = Daemon.STANDARD
                    .builder(words)
                    .directory(new File("/"))
                    .redirectOutput(said.toFile())
                    .redirectError(console.toFile())
                    .start();
            if (!ends(probe)) {
                throw new ControlException(
                        Errno.ETIMEDOUT,
                        device.displayName() + ": the new target was tried and did not end within "
                                + probeTimeoutMs() / MS_PER_SECOND + " s, the old one stays"
                                + TargetLauncher.consoleTail(console) + " (-ETIMEDOUT)");
            }
            TargetLauncher.checkReady(Files.readAllBytes(said), console);
        } finally {
            Files.deleteIfExists(said);
            Files.deleteIfExists(console);
        }
    }

    private long probeTimeoutMs() {
        return Math.max(PROBE_TIMEOUT_MS, timeoutMs);
    }

    private boolean ends(Process probe) throws ControlException {
        try {
            return probe.waitFor(probeTimeoutMs(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ControlException(Errno.EINTR, e);
        } finally {
            probe.destroyForcibly();
        }
    }

    private void offer() throws IOException {
        TargetLauncher.installSupervisor(files);
        Path fresh = files.resolve("successor.new");
        Files.write(fresh, command);
        Files.move(fresh, successor(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private ProcessHandle start() throws IOException {
        return TargetLauncher.startSupervisor(device, ProcessBuilder.Redirect.DISCARD, "recover")
                .toHandle();
    }

    /** Wakes a supervisor that waits before it starts the next target, because targets have failed. */
    private static void wake(ProcessHandle supervisor) {
        supervisor
                .children()
                .filter(child -> child.info().command().orElse("").endsWith("/sleep"))
                .forEach(ProcessHandle::destroy);
    }

    private void await(ProcessHandle supervisor, TargetStarter.HandOver handOver) throws ControlException, IOException {
        long began = System.nanoTime();
        while (true) {
            byte[] said = answered();
            if (said != null) {
                judge(said);
                return;
            }
            if (Files.exists(successor()) && device.targetPid() != 0) {
                // The old command was quicker than this process, and has brought the dead device up.
                handOver.run();
            }
            long waitedMs = (System.nanoTime() - began) / 1_000_000;
            if (!supervisor.isAlive()) {
                throw new ControlException(
                        Errno.ENXIO,
                        device.displayName() + ": its supervisor has ended, restart it once more (-ENXIO)");
            }
            if (waitedMs > TAKE_TIMEOUT_MS && Files.deleteIfExists(successor())) {
                throw new ControlException(
                        Errno.ETIMEDOUT,
                        device.displayName() + ": its supervisor has not started the new target within "
                                + TAKE_TIMEOUT_MS / MS_PER_SECOND + " s (-ETIMEDOUT)");
            }
            if (waitedMs > timeoutMs && !Files.exists(successor())) {
                supervisor.children().forEach(ProcessHandle::destroyForcibly);
                throw new ControlException(
                        Errno.ETIMEDOUT,
                        device.displayName() + ": not ready within " + (timeoutMs + MS_PER_SECOND - 1) / MS_PER_SECOND
                                + " s, the new target was ended and the old one is started again (-ETIMEDOUT)");
            }
            pause();
        }
    }

    /**
     * The first line of the answer; null while there is no complete line. The supervisor removes an earlier answer
     * before it takes the successor.
     */
    private byte[] answered() throws IOException {
        if (Files.exists(successor())) {
            return null;
        }
        try {
            byte[] bytes = Files.readAllBytes(answer());
            for (int i = 0; i < bytes.length; i++) {
                if (bytes[i] == '\n') {
                    return Arrays.copyOf(bytes, i);
                }
            }
        } catch (NoSuchFileException e) {
            return null;
        }
        return null;
    }

    private void judge(byte[] said) throws ControlException {
        try {
            TargetLauncher.checkReady(said, files.resolve("answer-console"));
        } catch (ControlException e) {
            List<String> reasons = new ArrayList<>(e.reasons());
            reasons.add(device.displayName() + ": the new target did not come up, the old one is started again");
            throw new ControlException(e.errno(), reasons);
        }
    }

    private static void pause() throws ControlException {
        try {
            Thread.sleep(LOOK_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ControlException(Errno.EINTR, e);
        }
    }
}
