package io.pcache.control;

import io.pcache.sys.Errno;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Starts target processes, each under a supervisor (a shell script of a few lines, {@code supervisor.sh}). If a target
 * dies with a block device node in use, the supervisor starts the target again. Arguments tell the target which device
 * it has. On its standard output, the target says in one reply of the control protocol that it is ready, or why not.
 *
 * @param javaHome of the Java that runs the target
 * @param classPath of the target, absolute
 * @param jvmFlags further flags; these come last, and so override others
 */
public record TargetLauncher(Path javaHome, String classPath, List<String> jvmFlags) implements TargetStarter {
    /** The heap of a target that is started before its table is known: enough for a cache of 512 GiB. */
    public static final int DEFAULT_HEAP_MIB = 40;

    private static final int MAX_DIRECT_MIB = 2048;
    /**
     * With fewer processors, the JVM's optimizing compiler takes processor time from the clients and the queues. In an
     * emulated guest with 2 processors, on a busy machine, the optimizing compiler had used 70 s and was not done, and
     * the simple compiler beside it had used 39 s. The simple compiler alone used 25 s in all. Optimized code saves
     * little beside the system calls. Processor time of a 4 KiB request over NBD at depth 16, in microseconds, median
     * of five alternating turns of 3 s on a busy 2-CPU virtual machine (JDK 17), simple and optimized: write 8.7 and
     * 9.3, read 3.8 and 3.6. The engine alone does gain from optimized code.
     */
    private static final int PROCESSORS_FOR_OPTIMIZING_COMPILER = 4;

    private static final long LEAST_START_TIMEOUT_MS = 60_000;
    private static final long START_ANSWERS = 6;
    /**
     * How long a target may take to its first answer: a minute, or six times the limit of any other answer, where that
     * is more. The larger limit is for machines so busy that {@code PCACHE_TIMEOUT} is set.
     */
    public static final long DEFAULT_START_TIMEOUT_MS =
            Math.max(LEAST_START_TIMEOUT_MS, START_ANSWERS * DeviceControl.ANSWER_TIMEOUT_MS);

    private static final long KILLED_LOOK_NANOS = 1_000_000;
    private static final String MAIN_CLASS = "io.pcache.server.TargetMain";
    /**
     * From this version on, the JDK warns of native access and Unsafe, and later refuses both, unless a flag allows
     * them.
     */
    private static final int JDK_THAT_RESTRICTS_NATIVE_ACCESS = 24;

    private static final long MS_PER_SECOND = 1000;
    /** The beginning of the lines in which HotSpot prints the signal, and the place, of its death. */
    private static final String FATAL_ERROR = "#  ";
    /** What Java's launcher says after it has said what is wrong. */
    private static final List<String> GENERAL_WORDS =
            List.of("Error: Could not create the Java Virtual Machine", "Error: A fatal exception has occurred");

    private static final int MAX_READY_BYTES = 1 << 16;
    private static final String[] NO_ARGUMENTS = {};

    /**
     * Runs targets with the Java and the class path of this process, unless told otherwise:
     *
     * <ul>
     *   <li>environment {@code PCACHE_JAVA_HOME}: another Java
     *   <li>environment {@code PCACHE_TARGET_OPTS}: further JVM flags, separated by blanks
     *   <li>system property {@code pcache.target.classpath}: another class path
     *   <li>system property {@code pcache.target.archive}: class-data archive to start with, if it is there
     *   <li>system property {@code pcache.target.native}: folder with an unpacked libjffi; without this folder, libjffi
     *       is unpacked at each start
     * </ul>
     */
    static TargetLauncher standard() {
        String javaHome = System.getenv("PCACHE_JAVA_HOME");
        List<String> flags = new ArrayList<>();
        addFlag(flags, "-XX:SharedArchiveFile=", ifThere(System.getProperty("pcache.target.archive")));
        addFlag(flags, "-Djffi.boot.library.path=", System.getProperty("pcache.target.native"));
        String more = System.getenv("PCACHE_TARGET_OPTS");
        if (more != null && !more.isBlank()) {
            flags.addAll(List.of(more.trim().split("\\s+")));
        }
        return new TargetLauncher(
                Path.of(javaHome == null || javaHome.isEmpty() ? System.getProperty("java.home") : javaHome),
                absolute(System.getProperty("pcache.target.classpath", System.getProperty("java.class.path"))),
                flags);
    }

    private static String ifThere(String file) {
        return file != null && Files.isReadable(Path.of(file))
                ? Path.of(file).toAbsolutePath().toString()
                : null;
    }

    private static void addFlag(List<String> flags, String name, String value) {
        if (value != null && !value.isEmpty()) {
            flags.add(name + value);
        }
    }

    /** The class path with absolute elements, since the target runs in {@code /}. */
    private static String absolute(String classPath) {
        StringBuilder absolute = new StringBuilder();
        for (String element : classPath.split(File.pathSeparator)) {
            if (!element.isEmpty()) {
                absolute.append(absolute.isEmpty() ? "" : File.pathSeparator)
                        .append(Path.of(element).toAbsolutePath());
            }
        }
        return absolute.toString();
    }

    @Override
    public void start(RunDirectory directory, Device device, String incarnation, CreateOptions options)
            throws ControlException {
        launch(device, command(directory, device, incarnation, options), options);
    }

    @Override
    public void replace(
            RunDirectory directory, Device device, String incarnation, CreateOptions options, HandOver handOver)
            throws ControlException {
        List<String> command = command(directory, device, incarnation, options);
        checkJava(command);
        new Succession(
                        device,
                        command,
                        options.startTimeoutMs() > 0 ? options.startTimeoutMs() : DEFAULT_START_TIMEOUT_MS)
                .run(handOver);
    }

    private static void checkJava(List<String> command) throws ControlException {
        if (!Files.isExecutable(Path.of(command.get(0)))) {
            String override = System.getenv("PCACHE_JAVA_HOME");
            throw new ControlException(
                    Errno.ENOENT,
                    "pcache: cannot start the target: "
                            + (override == null || override.isEmpty() ? "" : "PCACHE_JAVA_HOME=" + override + ": ")
                            + "there is no " + command.get(0) + " (-ENOENT)");
        }
    }

    /** Installs the script as a new file: a shell reads its script as it runs, so the old file must not change. */
    static void installSupervisor(Path files) throws IOException {
        Path fresh = files.resolve("supervisor.sh.new");
        try (InputStream script = TargetLauncher.class.getResourceAsStream("supervisor.sh")) {
            Files.copy(script, fresh, StandardCopyOption.REPLACE_EXISTING);
        }
        Files.move(
                fresh,
                files.resolve("supervisor.sh"),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    /**
     * Starts a supervisor that depends on nothing of this process.
     *
     * @param output where the supervisor, and the target that it starts, say that they are ready
     * @param arguments of the script
     */
    static Process startSupervisor(Device device, ProcessBuilder.Redirect output, String... arguments)
            throws IOException {
        Path files = device.directory();
        List<String> words = new ArrayList<>(
                List.of("/bin/sh", files.resolve("supervisor.sh").toString()));
        words.addAll(List.of(arguments));
        return Daemon.STANDARD.start(
                words,
                files,
                "pcache device " + device.name(),
                files.resolve("supervisor"),
                builder -> builder.redirectOutput(output)
                        .redirectError(files.resolve("console").toFile()));
    }

    private static void launch(Device device, List<String> command, CreateOptions options) throws ControlException {
        checkJava(command);
        Process supervisor;
        try {
            Path files = device.directory();
            Files.write(files.resolve("command"), command);
            installSupervisor(files);
            supervisor = startSupervisor(device, ProcessBuilder.Redirect.PIPE);
        } catch (IOException e) {
            throw ControlException.ofFile("cannot start the target", e);
        }
        try {
            awaitReady(
                    supervisor,
                    device,
                    options.startTimeoutMs() > 0 ? options.startTimeoutMs() : DEFAULT_START_TIMEOUT_MS);
        } catch (ControlException | RuntimeException e) {
            kill(supervisor.toHandle(), device);
            throw e;
        }
    }

    private static void awaitReady(Process process, Device device, long timeoutMs) throws ControlException {
        // Ends the read below when the target hangs.
        AtomicBoolean late = new AtomicBoolean();
        Thread watchdog = new Thread(() -> killUnlessEnded(process, device, timeoutMs, late), "start-watchdog");
        watchdog.setDaemon(true);
        watchdog.start();
        byte[] said;
        try (InputStream output = process.getInputStream()) {
            said = output.readNBytes(MAX_READY_BYTES);
        } catch (IOException e) {
            said = new byte[0];
        } finally {
            watchdog.interrupt();
        }
        if (late.get()) {
            // Too late, whatever the target has said in the meantime.
            throw new ControlException(
                    Errno.ETIMEDOUT,
                    device.displayName() + ": not ready within " + (timeoutMs + MS_PER_SECOND - 1) / MS_PER_SECOND
                            + " s, the target was ended" + consoleTail(device.console()) + " (-ETIMEDOUT)");
        }
        checkReady(said, device.console());
    }

    /**
     * @param said the words of a target on standard output
     * @param console the file with the target's standard error
     * @throws ControlException unless the target is ready
     */
    static void checkReady(byte[] said, Path console) throws ControlException {
        JsonObject reply;
        try {
            reply = JsonCodec.read(said, 0, said.length);
        } catch (IOException e) {
            throw new ControlException(
                    Errno.EIO, e, "pcache: the target ended while it started" + consoleTail(console) + " (-EIO)");
        }
        if (!reply.flag("ok")) {
            throw new ControlException((int) reply.number("errno", Errno.EIO), reply.strings("reasons"));
        }
    }

    private static void killUnlessEnded(Process supervisor, Device device, long timeoutMs, AtomicBoolean late) {
        try {
            TimeUnit.MILLISECONDS.sleep(timeoutMs);
            late.set(true);
            kill(supervisor.toHandle(), device);
        } catch (InterruptedException e) {
            // The target has said that it is ready, or why not.
            return;
        }
    }

    /**
     * Ends a supervisor and then its target, so that the supervisor does not start another target, and waits for the
     * end of both.
     *
     * @param supervisor null where there is none
     */
    static void kill(ProcessHandle supervisor, Device device) {
        List<ProcessHandle> children = new ArrayList<>();
        if (supervisor != null) {
            children.addAll(supervisor.descendants().toList());
            supervisor.destroyForcibly();
            awaitEnd(supervisor);
        }
        // A target that the supervisor has made meanwhile is nobody's child any more.
        String files = device.directory().toString();
        ProcessHandle.allProcesses().filter(process -> isOf(process, files)).forEach(children::add);
        children.forEach(ProcessHandle::destroyForcibly);
        children.forEach(child -> child.onExit().join());
    }

    /**
     * Waits for the end of a supervisor, without {@link ProcessHandle#onExit}, which can be late for a child of this
     * process. When a child ends, the JDK drains the child's output, under the lock of the thread that reads this
     * output, so onExit waits until the reader has come to the end. But the target, which is ended after its
     * supervisor, still has this output open.
     */
    private static void awaitEnd(ProcessHandle killed) {
        while (killed.isAlive()) {
            LockSupport.parkNanos(KILLED_LOOK_NANOS);
        }
    }

    /** Whether a process is the device's target, or the copy of the supervisor that is about to become the target. */
    private static boolean isOf(ProcessHandle process, String deviceFiles) {
        if (process.pid() == ProcessHandle.current().pid()) {
            return false;
        }
        for (String word : process.info().arguments().orElse(NO_ARGUMENTS)) {
            if (word.equals(deviceFiles + "/supervisor.sh")
                    || word.equals("-XX:ErrorFile=" + deviceFiles + "/hs_err.log")) {
                return true;
            }
        }
        return false;
    }

    /** What the JVM said of its own failure, or else the last line of the console. */
    static String consoleTail(Path console) {
        try {
            List<String> lines = Files.readAllLines(console, StandardCharsets.ISO_8859_1).stream()
                    .filter(line -> !line.isBlank())
                    .toList();
            return lines.stream()
                    .filter(line -> line.startsWith(FATAL_ERROR))
                    .findFirst()
                    .map(line -> ": " + line.substring(FATAL_ERROR.length()))
                    .orElseGet(() -> lastWords(lines));
        } catch (IOException e) {
            return "";
        }
    }

    private static String lastWords(List<String> lines) {
        List<String> words = lines.stream()
                .filter(line -> GENERAL_WORDS.stream().noneMatch(line::startsWith))
                .toList();
        // A launcher that refuses says why first; in a log, the end matters.
        boolean refused = words.size() < lines.size();
        return words.isEmpty()
                ? ""
                : ": " + words.get(refused ? 0 : words.size() - 1).strip();
    }

    private List<String> command(RunDirectory directory, Device device, String incarnation, CreateOptions options) {
        int heapMiB = options.heapMiB() > 0 ? options.heapMiB() : DEFAULT_HEAP_MIB;
        Path files = device.directory();
        List<String> command = new ArrayList<>(List.of(
                javaHome.resolve("bin").resolve("java").toString(),
                // The whole heap at the start, and touched: write-back of dirty pages to this very device must not wait
                // for memory.
                "-Xms" + heapMiB + "m",
                "-Xmx" + heapMiB + "m",
                "-Xmn" + HeapSize.YOUNG_MIB + "m",
                "-XX:+AlwaysPreTouch",
                "-XX:+UseSerialGC",
                // Replay's arrays are too large for the young generation.
                "-XX:PretenureSizeThreshold=128k",
                // Buffers are made when queues are opened: 5 MiB for each queue, 4 MiB more where writes go through,
                // and
                // 10 MiB more where the cache device is a disk. Without this flag, the limit would be that of the heap.
                "-XX:MaxDirectMemorySize=" + MAX_DIRECT_MIB + "m",
                // A target that is half dead hangs its clients for good.
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:ErrorFile=" + files.resolve("hs_err.log"),
                // Standard output is for the first reply alone. No warning about a class-data archive of another Java.
                "-XX:+DisplayVMOutputToStderr",
                "-Xlog:disable",
                "-Xlog:all=warning,cds*=off:stderr",
                // Nothing in /tmp: neither performance data nor unpacked libraries.
                "-XX:-UsePerfData",
                "-Djava.io.tmpdir=" + files,
                "-Djffi.extract.dir=" + Mounts.executableDirectory(files),
                "-Dfile.encoding=UTF-8",
                // For io.pcache.sys.Peer.
                "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED"));
        if (Runtime.getRuntime().availableProcessors() < PROCESSORS_FOR_OPTIMIZING_COMPILER) {
            command.add("-XX:TieredStopAtLevel=1");
        }
        if (javaFeature() >= JDK_THAT_RESTRICTS_NATIVE_ACCESS) {
            command.add("--enable-native-access=ALL-UNNAMED");
            command.add("--sun-misc-unsafe-memory-access=allow");
        }
        command.addAll(jvmFlags);
        command.addAll(List.of(
                "-cp",
                classPath,
                MAIN_CLASS,
                "--run-dir=" + directory.root(),
                "--minor=" + device.minor(),
                "--incarnation=" + incarnation,
                "--name=" + device.name(),
                "--uuid=" + device.uuid(),
                "--frontend=" + options.frontEnd(),
                "--queues=" + options.queues().queues(),
                "--queue-depth=" + options.queues().depth(),
                "--metrics=" + options.metrics(),
                "--log-level=" + options.logLevel(),
                "--cache-io=" + options.cacheIo(),
                "--cache-discard=" + options.cacheDiscard()));
        return command;
    }

    /** The version of the Java in {@link #javaHome}, from the file that every JDK and run-time image has. */
    private int javaFeature() {
        try {
            for (String line : Files.readAllLines(javaHome.resolve("release"))) {
                if (line.startsWith("JAVA_VERSION=\"")) {
                    return Runtime.Version.parse(line.substring(line.indexOf('"') + 1, line.lastIndexOf('"')))
                            .feature();
                }
            }
        } catch (IOException | IllegalArgumentException e) {
            return Runtime.version().feature();
        }
        return Runtime.version().feature();
    }
}
