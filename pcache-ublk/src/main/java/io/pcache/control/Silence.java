package io.pcache.control;

import io.pcache.sys.Errno;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Why a target that lives does not answer, as far as the system tells, and what can be done. */
final class Silence {
    private static final long MS_PER_SECOND = 1000;

    private Silence() {}

    /** The exception for a silent target: ETIMEDOUT with one line. */
    static ControlException of(Device device, long waitedMs) {
        long pid = device.targetPid();
        String line =
                device.displayName() + ": the target" + (pid == 0 ? "" : " (pid " + pid + ")") + " does not answer";
        if (isStopped(pid)) {
            line += ": it is stopped, 'kill -CONT " + pid + "' lets it go on";
        } else {
            line += " within " + (waitedMs + MS_PER_SECOND - 1) / MS_PER_SECOND + " s: see " + device.log()
                    + (pid == 0 ? "" : "; 'kill -9 " + pid + "' ends it and loses nothing that was flushed");
        }
        return new ControlException(Errno.ETIMEDOUT, line);
    }

    /** Whether a signal has stopped the process (state T in {@code /proc/PID/stat}). */
    static boolean isStopped(long pid) {
        if (pid == 0) {
            return false;
        }
        try {
            String stat =
                    new String(Files.readAllBytes(Path.of("/proc/" + pid + "/stat")), StandardCharsets.ISO_8859_1);
            // The name in parentheses may hold anything.
            return stat.charAt(stat.lastIndexOf(')') + 2) == 'T';
        } catch (IOException | StringIndexOutOfBoundsException e) {
            return false;
        }
    }
}
