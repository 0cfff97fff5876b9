package io.pcache.control;

import io.pcache.sys.BootId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What is known of a device whose target has died and has left something to go on with: whether a supervisor is
 * starting a target again, and with what. A supervisor is identified by its process number together with its start
 * time, which no other process has.
 */
public final class Supervision {
    /**
     * Field 22 of /proc/PID/stat, counted from the state, which is field 3: the process's name, field 2, may have
     * blanks.
     */
    private static final int START_TIME = 22 - 3;

    private Supervision() {}

    /** Whether the device's target is being started again, and nothing is known that keeps it from coming up. */
    static boolean isRecovering(Path deviceFiles) {
        return Files.exists(recoverFile(deviceFiles))
                && supervisorLives(deviceFiles)
                && !Files.exists(failedFile(deviceFiles))
                && stoppedSupervisor(deviceFiles) == 0;
    }

    /**
     * The process number of a supervisor that a signal has stopped, and that therefore starts nothing; 0 where there is
     * none.
     */
    static long stoppedSupervisor(Path deviceFiles) {
        ProcessHandle supervisor = supervisor(deviceFiles);
        return supervisor != null && Silence.isStopped(supervisor.pid()) ? supervisor.pid() : 0;
    }

    /**
     * Whether a target can go on, whoever will start the target: there is a node that waits for a target, or the place
     * where NBD clients look for one.
     */
    static boolean isRecoverable(Path deviceFiles) {
        try {
            JsonObject state = state(deviceFiles);
            int id = (int) state.number("ublkId", -1);
            return id >= 0
                    ? Files.exists(Path.of("/dev/ublkc" + id))
                    : state.string("boot", "").equals(BootId.read().text());
        } catch (IOException | IllegalArgumentException e) {
            return false;
        }
    }

    /** Whether waiting for a target makes sense: a target is being started again, or is on its way already. */
    static boolean mayComeUp(Path deviceFiles) {
        try {
            return isRecovering(deviceFiles)
                    || isRecoverable(deviceFiles) && LivenessLock.isHeld(deviceFiles.resolve("lock"));
        } catch (IOException e) {
            return false;
        }
    }

    private static JsonObject state(Path deviceFiles) throws IOException {
        byte[] bytes = Files.readAllBytes(recoverFile(deviceFiles));
        return JsonCodec.read(bytes, 0, bytes.length);
    }

    /** The kind of front end that the target has, or had. */
    static String frontEnd(Path deviceFiles) throws IOException {
        return ublkId(deviceFiles) >= 0 ? "ublk" : "nbd";
    }

    /** Forgets the failures of earlier targets: a target has taken the device over. */
    public static void served(Path deviceFiles) {
        try {
            Files.deleteIfExists(failedFile(deviceFiles));
        } catch (IOException e) {
            // The lock tells that the target lives.
            return;
        }
    }

    /**
     * Why the last target that was to take the device over has failed; empty where none has failed, or the target has
     * not said why.
     */
    static String failure(Path deviceFiles) {
        try {
            byte[] said = Files.readAllBytes(failedFile(deviceFiles));
            try {
                return String.join("; ", JsonCodec.read(said, 0, said.length).strings("reasons"));
            } catch (IOException | IllegalArgumentException e) {
                String tail = TargetLauncher.consoleTail(deviceFiles.resolve("console"));
                return tail.isEmpty() ? tail : tail.substring(": ".length());
            }
        } catch (IOException e) {
            return "";
        }
    }

    /**
     * What {@code info} tells of a device with a dead target: what the target has kept for a successor, and process
     * number 0.
     */
    static DeviceInfo info(Device device) throws IOException {
        JsonObject state = state(device.directory());
        int id = (int) state.number("ublkId", -1);
        List<TableLine> lines = TableLine.fromJson(state.objects("lines"));
        long sectors = lines.stream()
                .mapToLong(line -> line.start() + line.length())
                .max()
                .orElse(0);
        return new DeviceInfo(
                device.name(),
                device.uuid(),
                Registry.MAJOR,
                device.minor(),
                state.flag("suspended"),
                state.flag("readOnly"),
                state.flag("deferredRemove"),
                !lines.isEmpty(),
                false,
                lines.size(),
                0,
                state.number("eventNr", 0),
                state.number("readAhead", -1),
                sectors,
                id >= 0 ? "/dev/ublkb" + id : "",
                "",
                id >= 0 ? "ublk" : "nbd",
                0,
                "",
                "",
                Activity.NONE);
    }

    /** The N of the /dev/ublkbN that the target had; -1 for a target that served NBD. */
    static int ublkId(Path deviceFiles) throws IOException {
        return (int) state(deviceFiles).number("ublkId", -1);
    }

    /** Makes sure that from here on nobody starts another target. */
    static void forget(Path deviceFiles) throws IOException {
        Files.deleteIfExists(recoverFile(deviceFiles));
    }

    /** Whether a target could go on, but nobody starts one, or all targets that were started have failed. */
    static boolean isOrphan(Path deviceFiles) {
        try {
            // In this order: the last question costs most, and is not needed for a living target.
            return !LivenessLock.isHeld(Creation.file(deviceFiles))
                    && !LivenessLock.isHeld(deviceFiles.resolve("lock"))
                    && !isRecovering(deviceFiles)
                    && isRecoverable(deviceFiles);
        } catch (IOException e) {
            return false;
        }
    }

    /** The live table that the target has, or had; none where no node has been made for the device. */
    static List<TableLine> table(Path deviceFiles) throws IOException {
        if (Files.notExists(recoverFile(deviceFiles))) {
            return List.of();
        }
        return TableLine.fromJson(state(deviceFiles).objects("lines"));
    }

    /** The value of {@code --key=} in the target's command; empty for none. */
    static String argument(Path deviceFiles, String key) throws IOException {
        String prefix = "--" + key + "=";
        return Files.readAllLines(deviceFiles.resolve("command")).stream()
                .filter(word -> word.startsWith(prefix))
                .findFirst()
                .map(word -> word.substring(prefix.length()))
                .orElse("");
    }

    /**
     * The file that is there while targets that are to take the device over fail; holds the words of the last of these
     * targets.
     */
    private static Path failedFile(Path deviceFiles) {
        return deviceFiles.resolve("failed");
    }

    private static Path recoverFile(Path deviceFiles) {
        return deviceFiles.resolve("recover");
    }

    static boolean supervisorLives(Path deviceFiles) {
        return supervisor(deviceFiles) != null;
    }

    /** The living supervisor; null where there is none. */
    static ProcessHandle supervisor(Path deviceFiles) {
        try {
            String[] identity =
                    Files.readString(deviceFiles.resolve("supervisor")).trim().split(" ");
            String stat = Files.readString(Path.of("/proc", identity[0], "stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return identity.length == 2 && fields[START_TIME].equals(identity[1]) && !fields[0].equals("Z")
                    ? ProcessHandle.of(Long.parseLong(identity[0])).orElse(null)
                    : null;
        } catch (IOException | RuntimeException e) {
            return null;
        }
    }
}
