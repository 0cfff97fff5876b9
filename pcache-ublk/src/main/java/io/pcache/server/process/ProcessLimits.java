package io.pcache.server.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The limits of this process, by {@code /proc/self/limits}. The supervisor has raised what could be raised. */
final class ProcessLimits {
    static final long UNLIMITED = Long.MAX_VALUE;

    private ProcessLimits() {}

    /** The position in a regular file behind which nothing can be written, in bytes. */
    static long fileSizeBytes() {
        return limit("Max file size");
    }

    /** The seconds of processor time after which the kernel ends the process. */
    static long processorSeconds() {
        return limit("Max cpu time");
    }

    private static long limit(String name) {
        try {
            return limit(Files.readAllLines(Path.of("/proc/self/limits")), name);
        } catch (IOException e) {
            return UNLIMITED;
        }
    }

    /** The soft limit: the first word behind the name. */
    static long limit(List<String> lines, String name) {
        for (String line : lines) {
            if (line.startsWith(name)) {
                String soft = line.substring(name.length()).trim().split(" ")[0];
                return soft.equals("unlimited") ? UNLIMITED : Long.parseUnsignedLong(soft);
            }
        }
        return UNLIMITED;
    }
}
