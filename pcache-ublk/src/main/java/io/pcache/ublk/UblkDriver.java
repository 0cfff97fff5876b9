package io.pcache.ublk;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The kernel's ublk driver: whether this process can reach the driver, and if not, whether the machine has the driver.
 * The driver's module is loaded when the driver is wanted, as the kernel loads a device-mapper target when a table
 * names the target.
 *
 * @param control the driver's control device
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
        /** The driver can be used. */
        REACHED,
        /** The driver can be used once its module is loaded. */
        LOADABLE,
        /** The machine has the driver, and this process cannot use it. */
        OBSTRUCTED,
        /** The machine does not have the driver. */
        ABSENT
    }

    /**
     * The state in which the driver is found.
     *
     * @param kind whether the driver can be used
     * @param obstacle if the driver is there and cannot be used: why, and what to do; else empty
     */
    public record State(Kind kind, String obstacle) {
        private static final State LOADABLE = new State(Kind.LOADABLE, "");
        private static final State REACHED = new State(Kind.REACHED, "");
        private static final State ABSENT = new State(Kind.ABSENT, "");

        private static State obstructed(String why) {
            return new State(Kind.OBSTRUCTED, why);
        }

        /** Whether nothing is known that keeps this process from using the driver. */
        public boolean usable() {
            return kind == Kind.REACHED || kind == Kind.LOADABLE;
        }
    }

    /** Tries to reach the driver. Loads the module where it is not loaded, and may take as long as the loading does. */
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

    /**
     * Loads the module. Returns null where the module has been loaded, an empty text where there is no module, else why
     * the module could not be loaded.
     */
    private String load() {
        try {
            return hasModule() ? run(List.of(modprobe, MODULE)) : "";
        } catch (IOException e) {
            // A machine without the program has no modules.
            return "";
        }
    }

    /** Whether there is a module for this kernel. */
    private boolean hasModule() {
        try {
            return run(List.of(modprobe, "--dry-run", "--quiet", MODULE)) == null;
        } catch (IOException e) {
            // A machine without the program has no modules.
            return false;
        }
    }

    /** Runs a program. Returns null where the program has ended with 0, else what the program has said. */
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
