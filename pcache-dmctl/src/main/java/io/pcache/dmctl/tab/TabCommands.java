package io.pcache.dmctl.tab;

import io.pcache.control.ControlException;
import io.pcache.control.Device;
import io.pcache.control.Registry;
import io.pcache.dmctl.Invocation;
import io.pcache.dmctl.verb.VerbName;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.ToIntFunction;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code attach} and {@code detach}: bring up and take down devices of the tab. */
public final class TabCommands {
    public static final List<String> WORDS = List.of("attach", "detach");
    private static final String DEFAULT_TAB = "/etc/pcache/tab";

    private final Invocation invocation;
    private final ToIntFunction<Invocation> program;
    private final boolean all;
    private final List<TabEntry> entries;
    private Registry registry;

    private TabCommands(Invocation invocation, ToIntFunction<Invocation> program, boolean all, List<TabEntry> entries) {
        this.invocation = invocation;
        this.program = program;
        this.all = all;
        this.entries = entries;
    }

    /** The command's options and operands. */
    public static CommandSpec spec(String word) {
        CommandSpec spec = CommandSpec.create().name("pcachectl " + word);
        spec.addOption(OptionSpec.builder("-h", "--help").usageHelp(true).description("Show this help.").build());
        spec.addOption(OptionSpec.builder("--all").description(word.equals("attach") ? "All that have not the option noauto." : "All.").build());
        spec.addOption(OptionSpec.builder("--tab").type(String.class).paramLabel("FILE").description("Read this instead of " + DEFAULT_TAB + ".").build());
        spec.addPositional(PositionalParamSpec.builder().index("0..*").arity("0..*").type(List.class).auxiliaryTypes(String.class).paramLabel("NAME")
            .description("Devices of the tab.").build());
        spec.usageMessage().description(word.equals("attach") ? "Creates devices as the tab has them; those that exist stay as they are."
            : "Removes devices of the tab, the last one first.");
        spec.usageMessage().footer("", VerbName.of(word).exampleLine("pcachectl"));
        return spec;
    }

    /**
     * Runs the command that is the first argument.
     *
     * @param program runs each device's own create or remove; returns its exit status
     * @return the exit status
     */
    public static int run(Invocation invocation, ToIntFunction<Invocation> program) {
        String word = invocation.arguments().get(0);
        CommandLine line = new CommandLine(spec(word));
        ParseResult parsed;
        try {
            parsed = line.parseArgs(invocation.arguments().subList(1, invocation.arguments().size()).toArray(String[]::new));
        } catch (ParameterException e) {
            invocation.err().println(invocation.program() + ": " + e.getMessage());
            invocation.err().println("Couldn't process command line.");
            return 1;
        }
        if (parsed.isUsageHelpRequested()) {
            line.usage(new PrintWriter(invocation.out(), true), Ansi.OFF);
            return 0;
        }
        List<String> names = parsed.matchedPositionalValue(0, new ArrayList<>());
        boolean all = parsed.hasMatchedOption("--all");
        if (all != names.isEmpty()) {
            invocation.err().println(word + " takes names of devices, or --all.");
            return failed(invocation);
        }
        try {
            Path tab = invocation.directory().resolve(parsed.matchedOptionValue("--tab", DEFAULT_TAB));
            TabCommands commands = new TabCommands(invocation, program, all, chosen(TabFile.read(tab), names, all, tab));
            return (word.equals("attach") ? commands.attach() : commands.detach()) ? 0 : failed(invocation);
        } catch (TabException | ControlException e) {
            invocation.err().println(e.getMessage());
            return failed(invocation);
        }
    }

    private static int failed(Invocation invocation) {
        invocation.err().println("Command failed.");
        return 1;
    }

    private static List<TabEntry> chosen(List<TabEntry> entries, List<String> names, boolean all, Path tab) throws TabException {
        if (all) {
            return entries;
        }
        List<TabEntry> chosen = new ArrayList<>();
        for (String name : names) {
            chosen.add(entries.stream().filter(entry -> entry.name().equals(name)).findFirst()
                .orElseThrow(() -> new TabException(tab + ": there is no line for '" + name + "'")));
        }
        return chosen;
    }

    /** Each by itself: one that fails leaves the others to be tried. */
    private boolean attach() throws ControlException {
        boolean good = true;
        for (TabEntry entry : entries) {
            if (all && entry.isManual() || exists(entry.name())) {
                continue;
            }
            good &= create(entry) || entry.mayFail();
        }
        return good;
    }

    private boolean create(TabEntry entry) {
        try {
            return run(entry.createArguments());
        } catch (IOException e) {
            invocation.err().println(entry.name() + ": the size of " + entry.backing() + " cannot be told: " + e.getMessage());
            return false;
        }
    }

    private boolean detach() throws ControlException {
        boolean good = true;
        List<TabEntry> lastFirst = new ArrayList<>(entries);
        Collections.reverse(lastFirst);
        for (TabEntry entry : lastFirst) {
            if (exists(entry.name())) {
                good &= run(List.of("remove", "--retry", entry.name()));
            }
        }
        return good;
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
