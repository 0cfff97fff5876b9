package io.pcache.control;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What is known of a device whose target has died and left a block device node: whether somebody is starting it again, and what with. A
 * supervisor is told by its process number and start time together, which no other process has.
 */
final class Supervision {
    /** Field 22 of /proc/PID/stat, counted from the state, which is field 3: the process's name may hold blanks. */
    private static final int START_TIME = 22 - 3;

    private Supervision() {
    }

    /** Whether the device's target is being started again. */
    static boolean isRecovering(Path deviceFiles) {
        return Files.exists(recoverFile(deviceFiles)) && supervisorLives(deviceFiles);
    }

    /** Whether there is a node that waits for a target, whoever will start it. */
    static boolean isRecoverable(Path deviceFiles) {
        try {
            int id = ublkId(deviceFiles);
            return id >= 0 && Files.exists(Path.of("/dev/ublkc" + id));
        } catch (IOException | IllegalArgumentException e) {
            return false;
        }
    }

    /** The N of the /dev/ublkbN that the target had; -1 for none. */
    static int ublkId(Path deviceFiles) throws IOException {
        byte[] state = Files.readAllBytes(recoverFile(deviceFiles));
        return (int) JsonCodec.read(state, 0, state.length).number("ublkId", -1);
    }

    /** From here on nobody starts another target. */
    static void forget(Path deviceFiles) throws IOException {
        Files.deleteIfExists(recoverFile(deviceFiles));
    }

    /** Whether there is a node that waits for a target, and nobody who will start one. */
    static boolean isOrphan(Path deviceFiles) {
        try {
            return isRecoverable(deviceFiles) && !LivenessLock.isHeld(Creation.file(deviceFiles)) && !LivenessLock.isHeld(deviceFiles.resolve("lock")) && !isRecovering(deviceFiles);
        } catch (IOException e) {
            return false;
        }
    }

    /** The live table that the target has or had; none where no node has been made for it. */
    static List<TableLine> table(Path deviceFiles) throws IOException {
        if (Files.notExists(recoverFile(deviceFiles))) {
            return List.of();
        }
        byte[] state = Files.readAllBytes(recoverFile(deviceFiles));
        return TableLine.fromJson(JsonCodec.read(state, 0, state.length).objects("lines"));
    }

    /** What the target was told for {@code --key=}; empty for nothing. */
    static String argument(Path deviceFiles, String key) throws IOException {
        String prefix = "--" + key + "=";
        return Files.readAllLines(deviceFiles.resolve("command")).stream().filter(word -> word.startsWith(prefix)).findFirst()
            .map(word -> word.substring(prefix.length())).orElse("");
    }

    private static Path recoverFile(Path deviceFiles) {
        return deviceFiles.resolve("recover");
    }

    private static boolean supervisorLives(Path deviceFiles) {
        return supervisor(deviceFiles) != null;
    }

    /** Null where none lives. */
    static ProcessHandle supervisor(Path deviceFiles) {
        try {
            String[] identity = Files.readString(deviceFiles.resolve("supervisor")).trim().split(" ");
            String stat = Files.readString(Path.of("/proc", identity[0], "stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return identity.length == 2 && fields[START_TIME].equals(identity[1]) && !fields[0].equals("Z")
                ? ProcessHandle.of(Long.parseLong(identity[0])).orElse(null) : null;
        } catch (IOException | RuntimeException e) {
            return null;
        }
    }
}
