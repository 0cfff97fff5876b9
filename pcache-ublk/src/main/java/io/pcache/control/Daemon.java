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
 * Starts a program that is to know nothing of its caller: with signals as they are by default, in a session of its own,
 * which no terminal and no process group reaches, with an environment that is the same for all, and, where systemd
 * runs, in a control group that outlives the caller's. Limits are the program's own matter.
 *
 * <p>What the machine cannot give is done without. The program tells by a file that it runs: whatever was in front of
 * it has worked then.
 *
 * @param machine looked at for systemd, usually {@code /}
 * @param path where programs are looked for, as in {@code PATH}
 */
record Daemon(Path machine, String path) {
    static final Daemon STANDARD = new Daemon(Path.of("/"), "/usr/sbin:/usr/bin:/sbin:/bin");

    /**
     * A shell that clears the signal mask, which others cannot; {@code env} is the only program that stops ignoring
     * signals.
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
     * @param directory to run in
     * @param description for people, of the control group
     * @param sign a file that the program makes when it runs; one that is there is deleted
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

    /** One that runs with the environment of a daemon, and is its caller's in all else. */
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
        // In which Java can name every file.
        environment.put("LC_ALL", "C.UTF-8");
        // An arena for each thread of the JVM keeps tens of MiB that its compiler needed once.
        environment.put("MALLOC_ARENA_MAX", "1");
        environment.put("MALLOC_TRIM_THRESHOLD_", "131072");
        return environment;
    }

    private Process process(List<String> words, Path directory, Consumer<ProcessBuilder> streams) throws IOException {
        ProcessBuilder builder = builder(words).directory(directory.toFile());
        String runtime = System.getenv("XDG_RUNTIME_DIR");
        if (words.contains("--user") && runtime != null) {
            // Where the user's systemd is reached.
            builder.environment().put("XDG_RUNTIME_DIR", runtime);
        }
        streams.accept(builder);
        return builder.start();
    }

    /** What to put in front of the program, the best first. */
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

    /** Whether a program that is started does not count as its caller's, in limits of the caller's control group. */
    boolean leavesControlGroup() {
        return !scope("", null).isEmpty();
    }

    /** Empty where there is no systemd, or none that has a longer life than the caller's control group. */
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
                // It ends at shutdown with the last processes, when nothing is mounted any more; and is never killed
                // for being in use.
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

    /** A unit of the user's own systemd may end before that does. */
    private static boolean isOfUsersSystemd(String group) {
        return group.contains("/user@");
    }

    /** Whether the user's own systemd outlives the user's sessions. */
    private boolean lingers() {
        return Files.exists(machine.resolve("var/lib/systemd/linger").resolve(System.getProperty("user.name", "")));
    }

    /** Whether the program has been reached. A process that does not get there in time is ended. */
    private static boolean begins(Process process, Path sign) {
        long since = System.nanoTime();
        while (!Files.exists(sign)) {
            if (!process.isAlive()) {
                // It may have been there and have ended.
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
