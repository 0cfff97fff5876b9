package io.pcache.dmctl.tab;

import io.pcache.control.ControlException;
import io.pcache.control.Device;
import io.pcache.control.Registry;
import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.grammar.UsageText;
import io.pcache.dmctl.grammar.VerbName;
import io.pcache.dmctl.invocation.Invocation;
import io.pcache.dmctl.options.OptionException;
import io.pcache.dmctl.options.VerbArguments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;

/** {@code attach} and {@code detach}: bring up and take down devices of the tab. */
public final class TabCommands {
    private static final String DEFAULT_TAB = "/etc/pcache/tab";

    private static final Path DISK = Path.of("/dev/disk");
    private static final long POLL_MS = 100;

    private final Invocation invocation;
    private final ToIntFunction<Invocation> program;
    private final boolean patient;
    private final BackingPlace place = new BackingPlace(DISK);
    private Registry registry;

    private TabCommands(Invocation invocation, ToIntFunction<Invocation> program, boolean patient) {
        this.invocation = invocation;
        this.program = program;
        this.patient = patient;
    }

    /**
     * Runs a command.
     *
     * @param verb {@link VerbName#ATTACH} or {@link VerbName#DETACH}
     * @param invocation the command; its first argument is the verb
     * @param program runs each device's own create or remove; returns its exit status
     * @return the exit status
     */
    public static int run(VerbName verb, Invocation invocation, ToIntFunction<Invocation> program)
            throws OptionException {
        boolean attach = verb == VerbName.ATTACH;
        VerbArguments arguments = VerbArguments.parse(
                invocation.program(),
                verb,
                invocation.arguments().subList(1, invocation.arguments().size()));
        if (arguments.isHelpAsked()) {
            UsageText.print(invocation.program(), verb, invocation.out());
            return 0;
        }
        List<String> names = arguments.operands();
        boolean all = arguments.has(Option.ALL);
        boolean check = arguments.has(Option.CHECK);
        if (check ? all || !names.isEmpty() : all != names.isEmpty()) {
            invocation
                    .err()
                    .println(
                            check
                                    ? "attach --check takes no names: it looks at the whole tab."
                                    : verb.word() + " takes names of devices, or --all.");
            return failed(invocation);
        }
        try {
            String given = arguments.value(Option.TAB);
            Path tab = invocation.directory().resolve(given == null ? DEFAULT_TAB : given);
            if (given != null && Files.notExists(tab)) {
                // Only the default tab may be missing, on a machine that has no devices to bring up.
                throw new TabException(tab + ": No such file or directory");
            }
            List<TabLine> lines = TabFile.read(tab);
            TabCommands commands = new TabCommands(invocation, program, arguments.has(Option.WAIT_FOR_DEVICES));
            boolean good = check
                    ? commands.check(lines)
                    : attach
                            ? all ? commands.attachAll(lines) : commands.attach(lines, names, tab)
                            : all ? commands.detachAll(lines) : commands.detach(lines, names, tab);
            return good ? 0 : failed(invocation);
        } catch (TabException | ControlException e) {
            invocation.err().println(e.getMessage());
            return failed(invocation);
        }
    }

    private static int failed(Invocation invocation) {
        invocation.err().println("Command failed.");
        return 1;
    }

    private boolean check(List<TabLine> lines) {
        boolean good = true;
        for (TabLine line : lines) {
            good &= tell(line);
        }
        return good;
    }

    /** @return whether there is nothing to tell */
    private boolean tell(TabLine line) {
        if (line.problem() != null) {
            invocation.err().println(line.problem());
        }
        return line.problem() == null;
    }

    /**
     * Attaches each device by itself. After a device that fails, or a line that cannot be read, the others are tried.
     */
    private boolean attachAll(List<TabLine> lines) throws ControlException {
        boolean good = true;
        for (TabLine line : lines) {
            boolean manual = line.entry() != null && line.entry().isManual();
            good &= manual || tell(line) && attach(line.entry()) || line.mayFail();
        }
        return good;
    }

    /**
     * Attaches the devices that are named. The option nofail does not count here: a user who names a device wants that
     * device.
     */
    private boolean attach(List<TabLine> lines, List<String> names, Path tab) throws ControlException {
        boolean good = true;
        for (String name : names) {
            TabLine line = line(lines, name);
            if (line == null) {
                good = missing(name, tab);
            } else {
                good &= tell(line) && attach(line.entry());
            }
        }
        return good;
    }

    /** The line of a device. A line without an error is preferred. Null where there is no line. */
    private static TabLine line(List<TabLine> lines, String name) {
        TabLine found = null;
        for (TabLine line : lines) {
            if (name.equals(line.name()) && (found == null || found.entry() == null && line.entry() != null)) {
                found = line;
            }
        }
        return found;
    }

    private boolean missing(String name, Path tab) {
        invocation.err().println(tab + ": there is no line for '" + name + "'");
        return false;
    }

    private boolean attach(TabEntry entry) throws ControlException {
        if (exists(entry.name())) {
            return true;
        }
        if (patient && !await(entry)) {
            return false;
        }
        try {
            return run(entry.createArguments(place));
        } catch (TabException e) {
            invocation.err().println(e.getMessage());
            return false;
        } catch (IOException e) {
            invocation
                    .err()
                    .println(entry.name() + ": the size of " + entry.backing() + " cannot be told: " + e.getMessage());
            return false;
        }
    }

    /** @return whether both devices are there */
    private boolean await(TabEntry entry) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(entry.deviceTimeoutSeconds());
        while (true) {
            String missing = !Files.exists(Path.of(entry.cache()))
                    ? "cache device " + entry.cache()
                    : !place.isThere(entry.backing()) ? "backing device " + entry.backing() : null;
            if (missing == null) {
                return true;
            }
            try {
                if (System.nanoTime() - end >= 0) {
                    invocation
                            .err()
                            .println(entry.name() + ": the " + missing + " has not come within "
                                    + entry.deviceTimeoutSeconds() + " s (device-timeout of the tab)");
                    return false;
                }
                Thread.sleep(POLL_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
    }

    /**
     * Detaches all devices of the tab. Only the name matters, so a line that has become wrong since its device was
     * attached counts, too.
     */
    private boolean detachAll(List<TabLine> lines) throws ControlException {
        boolean good = true;
        for (int i = lines.size() - 1; i >= 0; i--) {
            good &= lines.get(i).name() == null || detach(lines.get(i).name());
        }
        return good;
    }

    private boolean detach(List<TabLine> lines, List<String> names, Path tab) throws ControlException {
        boolean good = true;
        for (String name : names) {
            if (line(lines, name) == null) {
                good = missing(name, tab);
            }
        }
        for (int i = lines.size() - 1; i >= 0; i--) {
            if (names.contains(lines.get(i).name())) {
                good &= detach(lines.get(i).name());
            }
        }
        return good;
    }

    private boolean detach(String name) throws ControlException {
        return !exists(name) || run(List.of("remove", "--retry", "--", name));
    }

    private boolean run(List<String> arguments) {
        return program.applyAsInt(invocation.with(arguments)) == 0;
    }

    private boolean exists(String name) throws ControlException {
        if (registry == null) {
            registry = invocation.registries().open();
        }
        for (Device device : registry.devices()) {
            if (device.displayName().equals(name) || device.name().equals(name)) {
                return true;
            }
        }
        return false;
    }
}
