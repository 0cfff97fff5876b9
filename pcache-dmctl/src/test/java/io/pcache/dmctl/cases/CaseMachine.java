package io.pcache.dmctl.cases;

import io.pcache.cache.PCacheConfig;
import io.pcache.control.Registry;
import io.pcache.control.RunDirectory;
import io.pcache.dmctl.Pcachectl;
import io.pcache.dmctl.invocation.Invocation;
import io.pcache.dmctl.invocation.Invocation.Terminal;
import io.pcache.sys.Errno;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The machine that the cases were recorded on, as far as the cases can tell. */
public final class CaseMachine implements AutoCloseable {
    /** Where a case is recorded as blocking, a command that runs so long is taken for blocked. */
    private static final long BLOCKS_AFTER_MS = 300;

    private static final long PATIENCE_MS = 60_000;

    private final Path scratch;
    private final Path dev;
    private final EmulatedDevices devices = new EmulatedDevices();
    private final InProcessTargets targets;
    private final Registry registry;
    private final Map<String, String> tokens = new LinkedHashMap<>();

    /**
     * What a command printed.
     *
     * @param exit the exit status; {@link RecordedCase#BLOCKS} where the command had to be interrupted
     */
    public record Outcome(int exit, String stdout, String stderr) {}

    /**
     * @param scratch the cases' {@code {DIR}}
     * @param root an empty folder for everything else
     */
    public CaseMachine(Path scratch, Path root) throws IOException {
        this.scratch = scratch;
        this.dev = Files.createDirectories(root.resolve("dev"));
        Files.createDirectory(dev.resolve("mapper"));
        this.targets = new InProcessTargets(devices, dev);
        this.registry = new Registry(new RunDirectory(root.resolve("run")), targets);
        device("CACHE", "pmem0", 259, 0, 544, false);
        device("CACHE2", "pmem1", 259, 1, 544, false);
        device("SMALL", "pmem2", 259, 2, 256, false);
        device("BACKING", "loop0", 7, 0, 1024, false);
        device("BACKING2", "loop1", 7, 1, 512, false);
        device("NODAX", "loop2", 7, 2, 1024, false);
        device("NODAXSMALL", "loop3", 7, 3, 128, false);
        device("ROBACKING", "loop4", 7, 4, 1024, true);
        tokens.put("DIR", scratch.toString());
        tokens.put("MAJ", Integer.toString(Registry.MAJOR));
        for (int i = 0; i < 4; i++) {
            String suffix = i == 0 ? "" : Integer.toString(i);
            tokens.put("MIN" + suffix, Integer.toString(i));
            tokens.put("MAJ:MIN" + suffix, Registry.MAJOR + ":" + i);
        }
    }

    private void device(String token, String name, int major, int minor, long mebibytes, boolean readOnly)
            throws IOException {
        Path node = Files.createFile(dev.resolve(name));
        devices.add(node.toString(), major, minor, mebibytes * EmulatedDevices.MIB, readOnly);
        tokens.put(token, node.toString());
        tokens.put(token + "_NAME", name);
        tokens.put(token + "_MAJ", Integer.toString(major));
        tokens.put(token + "_MIN", Integer.toString(minor));
        tokens.put(token + "_MAJ:MIN", major + ":" + minor);
    }

    /** A text with this machine's values in place of tokens, and this machine's folder in place of /dev. */
    String fill(String text) {
        String filled = text.replace("/dev/ublkb", dev + "/ublkb")
                .replace("/dev/mapper", dev + "/mapper")
                .replace("/dev/dm-", dev + "/ublkb");
        for (Map.Entry<String, String> token : tokens.entrySet()) {
            filled = filled.replace("{" + token.getKey() + "}", token.getValue());
        }
        return filled;
    }

    /** Runs the steps before the case's command; returns a line for each step that failed and should not have. */
    List<String> prepare(RecordedCase recorded) throws Exception {
        for (Map.Entry<String, String> file : recorded.files().entrySet()) {
            Files.writeString(scratch.resolve(file.getKey()), fill(file.getValue()));
        }
        List<String> failures = new ArrayList<>();
        for (RecordedCase.Step step : fixture(recorded.fixture())) {
            run(step, failures);
        }
        for (RecordedCase.Step step : recorded.steps()) {
            run(step, failures);
        }
        return failures;
    }

    private static List<RecordedCase.Step> fixture(String name) {
        RecordedCase.Step live =
                create("pc", "--table", "0 2097152 pcache {CACHE} {BACKING} 4 cache_mode writeback data_crc false");
        return switch (name) {
            case "clean" -> List.of();
            case "live" -> List.of(live);
            case "liveu" ->
                List.of(create(
                        "pc", "-u", "PCACHE-0001", "--table", live.arguments().get(3)));
            case "empty" -> List.of(create("pc", "--notable"));
            case "two" ->
                List.of(
                        live,
                        create(
                                "pc2",
                                "-u",
                                "PCACHE-0002",
                                "--table",
                                "0 1048576 pcache {CACHE2} {BACKING2} 2 data_crc true"));
            case "mixed" -> List.of(live, create("lin", "--table", "0 1048576 linear {BACKING2} 0"));
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static RecordedCase.Step create(String... arguments) {
        List<String> all = new ArrayList<>(List.of("create"));
        all.addAll(List.of(arguments));
        return new RecordedCase.Step("dmsetup", all, null, false);
    }

    private void run(RecordedCase.Step step, List<String> failures) throws Exception {
        String argument = step.arguments().get(0);
        switch (step.kind()) {
            case "dmsetup" -> {
                Outcome outcome = run(step.arguments(), step.stdin(), Map.of(), false);
                if (outcome.exit() != 0 && !step.mayFail()) {
                    failures.add(String.join(" ", step.arguments()) + ": " + outcome.stderr());
                }
            }
            case "open" -> targets.open(minor(argument));
            case "close" -> close(argument);
            case "openraw" -> devices.hold(fill(argument));
            case "sleep" -> {
                // What the recording waited for has happened here when the step before has ended.
            }
            case "shell" -> shell(argument);
            default -> throw new IllegalArgumentException(step.kind());
        }
    }

    private int minor(String name) {
        return registry.byName(name).minor();
    }

    private void close(String argument) throws InterruptedException {
        if (argument.startsWith("{")) {
            devices.letGo(fill(argument));
        } else {
            targets.close(minor(argument));
        }
    }

    /** Does what the shell lines of the recordings do; there are few. */
    private void shell(String line) throws Exception {
        if (line.contains("seek=4104")) {
            devices.damage(fill("{CACHE}"), Errno.EINVAL, "unexpected magic: 807060504030201");
        } else if (line.contains("seek=4096")) {
            devices.damage(fill("{CACHE}"), Errno.EINVAL, "corrupted sb: 67305985, expected: 2086102934");
        } else if (line.contains("of=/dev/mapper/pc")) {
            devices.written(fill("{CACHE}"), 904 * EmulatedDevices.MIB);
        } else if (line.startsWith("rm /dev/mapper/pc")) {
            Files.deleteIfExists(dev.resolve("mapper").resolve("pc"));
            Files.createSymbolicLink(dev.resolve("mapper").resolve("stale"), Path.of("../ublkb77"));
        } else if (line.startsWith("dmsetup ")) {
            String[] words =
                    line.substring("dmsetup ".length(), line.indexOf(" >")).split(" ");
            String file = line.substring(line.indexOf("{DIR}/") + "{DIR}/".length(), line.indexOf(';'));
            Files.writeString(
                    scratch.resolve(file),
                    run(List.of(words), null, Map.of(), false).stdout());
        } else if (line.startsWith("sed ")) {
            Files.writeString(
                    scratch.resolve("fixed"),
                    Files.readString(scratch.resolve("saved")).replaceFirst("crc", "data_crc"));
        } else {
            throw new IllegalArgumentException(line);
        }
    }

    /** Runs a command, with tokens in the arguments filled in. */
    public Outcome run(List<String> arguments) throws Exception {
        return run(arguments, null, Map.of(), false);
    }

    /** Runs a command with a standard input. Tokens are filled in there, too. */
    public Outcome run(List<String> arguments, String stdin) throws Exception {
        return run(arguments, stdin, Map.of(), false);
    }

    /** Runs a command in this thread, with these streams; returns the exit status. */
    public int run(List<String> arguments, InputStream in, PrintStream out) {
        return Pcachectl.run(new Invocation(
                "dmsetup",
                arguments,
                Map.of("DM_DEV_DIR", dev.toString()),
                scratch,
                in,
                out,
                System.err,
                Terminal.NONE,
                Terminal.NONE,
                () -> registry,
                command -> runProcess(command, out)));
    }

    /**
     * Runs a command with this stream as standard error; {@link Outcome#stderr} has a copy of what was printed there.
     */
    public Outcome run(
            List<String> arguments, Map<String, String> environment, Terminal errorTerminal, ByteArrayOutputStream err)
            throws Exception {
        return run("dmsetup", arguments, null, environment, false, Terminal.NONE, errorTerminal, err);
    }

    /** Runs a command under another name of the program. Paths in the arguments are of this machine. */
    Outcome runAs(String program, List<String> arguments) throws Exception {
        return run(
                program, arguments, null, Map.of(), false, Terminal.NONE, Terminal.NONE, new ByteArrayOutputStream());
    }

    /** Runs a command at a terminal. */
    public Outcome runOnTerminal(List<String> arguments) throws Exception {
        Terminal wide = new Terminal(true, 200);
        return run("pcachectl", arguments, null, Map.of(), false, wide, wide, new ByteArrayOutputStream());
    }

    /** Has something done while the next cache is activated. */
    public void onStart(Consumer<PCacheConfig> action) {
        devices.onStart(action);
    }

    /** Claims a device as another program does. */
    void hold(String path) {
        devices.hold(path);
    }

    /** Opens a served device as a client does. */
    public void open(String name) {
        targets.open(minor(name));
    }

    /** From now on, a cache has so many bytes that the backing device does not have. */
    public void dirty(String token, long bytes) {
        devices.dirty(fill(token), bytes);
    }

    /** Lets only root open a device. */
    void forbid(String path) {
        devices.forbid(path);
    }

    /** Lets the next activation of the first cache device fail. */
    public void damageNextCache() {
        devices.damage(fill("{CACHE}"), Errno.EIO, "Corrupted key tail or dirty tail.");
    }

    Outcome run(RecordedCase recorded) throws Exception {
        return run(
                recorded.arguments(), recorded.stdin(), recorded.environment(), recorded.exit() == RecordedCase.BLOCKS);
    }

    private Outcome run(List<String> arguments, String stdin, Map<String, String> environment, boolean mayBlock)
            throws Exception {
        return run(
                "dmsetup",
                arguments,
                stdin,
                environment,
                mayBlock,
                Terminal.NONE,
                Terminal.NONE,
                new ByteArrayOutputStream());
    }

    private Outcome run(
            String program,
            List<String> arguments,
            String stdin,
            Map<String, String> environment,
            boolean mayBlock,
            Terminal terminal,
            Terminal errorTerminal,
            ByteArrayOutputStream err)
            throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Map<String, String> variables =
                new HashMap<>(Map.of("LC_ALL", "C", "DM_DISABLE_UDEV", "1", "DM_DEV_DIR", dev.toString()));
        environment.forEach((name, value) -> {
            if (value == null) {
                variables.remove(name);
            } else {
                variables.put(name, value);
            }
        });
        // Output is buffered as in a process of its own, so that the output of other commands stands where it stood in
        // the recording.
        PrintStream stdout = new PrintStream(new BufferedOutputStream(out), false, StandardCharsets.UTF_8);
        Invocation invocation = new Invocation(
                program,
                arguments.stream().map(this::fill).toList(),
                variables,
                scratch,
                new ByteArrayInputStream(fill(stdin == null ? "" : stdin).getBytes(StandardCharsets.UTF_8)),
                stdout,
                new PrintStream(err, true, StandardCharsets.UTF_8),
                terminal,
                errorTerminal,
                () -> registry,
                command -> runProcess(command, out));
        int[] status = {RecordedCase.BLOCKS};
        Thread thread = new Thread(() -> status[0] = Pcachectl.run(invocation));
        thread.start();
        thread.join(mayBlock ? BLOCKS_AFTER_MS : PATIENCE_MS);
        boolean blocks = thread.isAlive();
        if (blocks) {
            thread.interrupt();
            thread.join(PATIENCE_MS);
            if (thread.isAlive()) {
                throw new AssertionError(
                        arguments + " does not end when interrupted, at " + Arrays.toString(thread.getStackTrace()));
            }
            return new Outcome(RecordedCase.BLOCKS, "", "");
        }
        return new Outcome(status[0], out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private static void runProcess(List<String> command, OutputStream stdout) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getInputStream().transferTo(stdout);
        process.waitFor(PATIENCE_MS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        targets.close();
    }
}
