package io.pcache.control;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Starts a program that is to know nothing of its caller. The program gets the default signal handling, a session of
 * its own, which no terminal and no process group reaches, and an environment that is the same for all callers. Where
 * systemd runs, the program also gets a control group that outlives the caller's control group. Limits are the
 * program's own matter.
 *
 * <p>Where the machine lacks one of these means, the program starts without it. The program tells by a file that it
 * runs: whatever was put in front of the program has worked then.
 *
 * @param machine looked at for systemd, usually {@code /}
 * @param path where programs are looked for, as in {@code PATH}
 */
record Daemon(Path machine, String path) {
    static final Daemon STANDARD = new Daemon(Path.of("/"), "/usr/sbin:/usr/bin:/sbin:/bin");

    /**
     * The shell clears the signal mask, which other programs cannot; {@code env} is the only program that makes ignored
     * signals default again.
     */
    private static final List<String> OWN_SIGNALS =
            List.of("/bin/sh", "-c", "exec \"$@\"", "sh", "env", "--default-signal");

    private static final List<String> OWN_SESSION = List.of("setsid");
    private static final String UNIT_OF_THE_TAB = "/pcache@";
    private static final long BEGIN_TIMEOUT_NANOS = 10_000_000_000L;
    private static final long LOOK_NANOS = 1_000_000;

    /**
     * Starts a program.
     *
     * @param command the program and its arguments
     * @param directory where the program runs
     * @param description for people, describes the control group
     * @param sign a file that the program makes when it runs; an old file of this name is deleted
     * @param streams sets standard output and error
     */
    Process start(List<String> command, Path directory, String description, Path sign, Consumer<ProcessBuilder> streams)
            throws IOException {
        List<List<String>> ways = ways(description, sign);
        for (int i = 0; ; i++) {
            Files.deleteIfExists(sign);
            List<String> words = new ArrayList<>(ways.get(i));
            words.addAll(command);
            Process process = process(words, directory, streams);
            if (i == ways.size() - 1 || begins(process, sign)) {
                return process;
            }
        }
    }

    /** A builder for a process that has the environment of a daemon, and all else from the caller. */
    ProcessBuilder builder(List<String> words) {
        ProcessBuilder builder =
                new ProcessBuilder(words).redirectInput(Path.of("/dev/null").toFile());
        Map<String, String> environment = builder.environment();
        environment.clear();
        environment.putAll(environment());
        return builder;
    }

    private Map<String, String> environment() {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("PATH", path);
        // A locale in which Java can name every file.
        environment.put("LC_ALL", "C.UTF-8");
        // With an arena for each thread, the JVM would keep tens of MiB that its compiler needed once.
        environment.put("MALLOC_ARENA_MAX", "1");
        environment.put("MALLOC_TRIM_THRESHOLD_", "131072");
        return environment;
    }

    private Process process(List<String> words, Path directory, Consumer<ProcessBuilder> streams) throws IOException {
        ProcessBuilder builder = builder(words).directory(directory.toFile());
        String runtime = System.getenv("XDG_RUNTIME_DIR");
        if (words.contains("--user") && runtime != null) {
            // The place where the user's systemd can be reached.
            builder.environment().put("XDG_RUNTIME_DIR", runtime);
        }
        streams.accept(builder);
        return builder.start();
    }

    /** The words to put in front of the program, the best way first. */
    private List<List<String>> ways(String description, Path sign) {
        List<List<String>> ways = new ArrayList<>();
        List<String> scope = scope(description, sign);
        if (!scope.isEmpty()) {
            ways.add(joined(OWN_SIGNALS, OWN_SESSION, scope));
        }
        ways.add(joined(OWN_SIGNALS, OWN_SESSION));
        ways.add(OWN_SESSION);
        ways.add(List.of());
        return ways;
    }

    @SafeVarargs
    private static List<String> joined(List<String>... parts) {
        List<String> words = new ArrayList<>();
        for (List<String> part : parts) {
            words.addAll(part);
        }
        return words;
    }

    /** Whether a started program does not count for the limits of the caller's control group. */
    boolean leavesControlGroup() {
        return !scope("", null).isEmpty();
    }

    /**
     * The words that start a program in a scope; empty where there is no systemd, or no systemd that outlives the
     * caller's control group.
     */
    private List<String> scope(String description, Path sign) {
        if (!Files.isDirectory(machine.resolve("run/systemd/system"))) {
            return List.of();
        }
        String group = controlGroup();
        boolean root = RunDirectory.userId() == 0;
        if (group.contains(UNIT_OF_THE_TAB) || !root && !isOfUsersSystemd(group) && !lingers()) {
            return List.of();
        }
        List<String> words = new ArrayList<>(List.of(
                "systemd-run",
                "--scope",
                "--quiet",
                "--collect",
                "--description=" + description,
                // The scope ends at shutdown with the last processes, when nothing is mounted any more, and is never
                // killed while it is in use.
                "--property=DefaultDependencies=no",
                "--property=SendSIGKILL=no"));
        if (!root) {
            words.add(1, "--user");
        }
        words.add("--");
        return words;
    }

    private String controlGroup() {
        try {
            return Files.readString(machine.resolve("proc/self/cgroup"));
        } catch (IOException e) {
            return "";
        }
    }

    /** Whether the control group is a unit of the user's systemd: a unit may end before that systemd does. */
    private static boolean isOfUsersSystemd(String group) {
        return group.contains("/user@");
    }

    /** Whether the user's systemd outlives the user's sessions. */
    private boolean lingers() {
        return Files.exists(machine.resolve("var/lib/systemd/linger").resolve(System.getProperty("user.name", "")));
    }

    /** Whether the program has begun. A process that does not come so far in time is ended. */
    private static boolean begins(Process process, Path sign) {
        long since = System.nanoTime();
        while (!Files.exists(sign)) {
            if (!process.isAlive()) {
                // The program may have begun and ended.
                return Files.exists(sign);
            }
            if (System.nanoTime() - since > BEGIN_TIMEOUT_NANOS) {
                process.destroyForcibly();
                awaitEnd(process);
                return false;
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        return true;
    }

    private static void awaitEnd(Process process) {
        try {
            process.waitFor(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
