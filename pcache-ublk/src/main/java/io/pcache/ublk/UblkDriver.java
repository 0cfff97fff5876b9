package io.pcache.ublk;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The kernel's ublk driver: whether this process can reach it, and if not, whether the machine has it all the same. As
 * the kernel loads device-mapper's targets when a table names them, it is loaded when it is wanted.
 *
 * @param control its control device
 * @param misc the kernel's list of devices of this kind
 * @param modprobe the program that loads modules
 * @param mayLoad whether this process may load modules
 */
public record UblkDriver(Path control, Path misc, String modprobe, boolean mayLoad) {
    private static final String MODULE = "ublk_drv";
    private static final int LOAD_TIMEOUT_SECONDS = 30;

    public static UblkDriver ofThisMachine() {
        return new UblkDriver(Path.of(UblkControl.PATH), Path.of("/proc/misc"), "modprobe", isRoot());
    }

    private static boolean isRoot() {
        try {
            return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** What an attempt to reach the driver has found. */
    public enum Kind {
        /** It can be used. */
        REACHED,
        /** It can be used once its module is loaded. */
        LOADABLE,
        /** The machine has it, and this process cannot use it. */
        OBSTRUCTED,
        /** The machine does not have it. */
        ABSENT
    }

    /**
     * How the driver is found.
     *
     * @param kind whether it can be used
     * @param obstacle why it cannot although it is there, and what to do; else empty
     */
    public record State(Kind kind, String obstacle) {
        private static final State LOADABLE = new State(Kind.LOADABLE, "");
        private static final State REACHED = new State(Kind.REACHED, "");
        private static final State ABSENT = new State(Kind.ABSENT, "");

        private static State obstructed(String why) {
            return new State(Kind.OBSTRUCTED, why);
        }

        /** Whether nothing is known that keeps this process from using it. */
        public boolean usable() {
            return kind == Kind.REACHED || kind == Kind.LOADABLE;
        }
    }

    /** Loads the module where it is not loaded. May take as long as that. */
    public State reach() {
        if (Files.notExists(control) && !isLoaded() && mayLoad) {
            String failure = load();
            if (failure != null) {
                return failure.isEmpty()
                        ? State.ABSENT
                        : State.obstructed("the kernel module " + MODULE + " cannot be loaded: " + failure);
            }
        }
        return found();
    }

    /** As {@link #reach}, without loading the module. */
    public State look() {
        return Files.notExists(control) && !isLoaded() && mayLoad && hasModule() ? State.LOADABLE : found();
    }

    private State found() {
        if (Files.exists(control)) {
            return Files.isReadable(control) && Files.isWritable(control)
                    ? State.REACHED
                    : State.obstructed(control + ": permission denied: run as root, or give this user access to it");
        }
        return isLoaded()
                ? State.obstructed("the kernel has ublk, but there is no " + control
                        + " here: in a container, pass the device on to it")
                : State.ABSENT;
    }

    private boolean isLoaded() {
        try {
            return Files.readAllLines(misc).stream()
                    .anyMatch(line -> line.trim().endsWith(" ublk-control"));
        } catch (IOException e) {
            return false;
        }
    }

    /** Null where the module has been loaded; empty where there is none; else why it could not be. */
    private String load() {
        try {
            return hasModule() ? run(List.of(modprobe, MODULE)) : "";
        } catch (IOException e) {
            // A machine without the program has no modules.
            return "";
        }
    }

    /** Whether there is one for this kernel. */
    private boolean hasModule() {
        try {
            return run(List.of(modprobe, "--dry-run", "--quiet", MODULE)) == null;
        } catch (IOException e) {
            // A machine without the program has no modules.
            return false;
        }
    }

    /** Null where it has ended with 0, else what it said. */
    private static String run(List<String> words) throws IOException {
        Process process = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .start();
        try {
            if (!process.waitFor(LOAD_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return words.get(0) + " did not end within " + LOAD_TIMEOUT_SECONDS + " s";
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            return "interrupted";
        }
        if (process.exitValue() == 0) {
            return null;
        }
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        return said.isEmpty() ? words.get(0) + " ended with " + process.exitValue() : said.replace('\n', ' ');
    }
}
