package io.pcache.dmctl.monitor;

import io.pcache.dmctl.device.Devices;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.grammar.VerbName;
import io.pcache.dmctl.invocation.Invocation;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The commands beyond dmsetup's; each is the first argument. */
public final class MonitorCommands {
    public static final List<String> WORDS = List.of("stats", "metrics", "map");

    private MonitorCommands() {}

    /** The command's options and operands. */
    public static CommandSpec spec(String word) {
        CommandSpec spec = CommandSpec.create().name("pcachectl " + word);
        spec.addOption(OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Show this help.")
                .build());
        if (word.equals("stats")) {
            spec.usageMessage()
                    .customSynopsis("pcachectl stats [-h] [--json] [DEVICE...] [INTERVAL [COUNT]]")
                    .description("Shows what caches do: since they came up first, then in each interval.");
            spec.addOption(OptionSpec.builder("--json")
                    .description("Print JSON for each report: an object for one device named, else a list.")
                    .build());
            spec.addPositional(
                    operands("DEVICE", "Devices, by default all; behind them, seconds between reports, and how many."));
        } else if (word.equals("map")) {
            spec.usageMessage()
                    .description("Shows what each segment of a cache holds: log, dirty and clean data, or nothing.");
            spec.addOption(OptionSpec.builder("--json")
                    .description("Print JSON, with every segment.")
                    .build());
            spec.addOption(OptionSpec.builder("--ascii")
                    .description("Draw with ASCII characters only, as where the locale is not UTF-8.")
                    .build());
            spec.addOption(OptionSpec.builder("--svg")
                    .type(String.class)
                    .paramLabel("FILE")
                    .description("Draw a picture into this file.")
                    .build());
            spec.addPositional(
                    operands("DEVICE", "A device, or the path of a cache device or image that is not active."));
        } else {
            spec.usageMessage().description("Prints the counters of caches as OpenMetrics text.");
            spec.addOption(OptionSpec.builder("--classic")
                    .description("Print Prometheus' older text format, for node_exporter's textfile collector and "
                            + "'promtool check metrics'.")
                    .build());
            spec.addOption(OptionSpec.builder("--json")
                    .description("Print JSON: an object for one device named, else a list.")
                    .build());
            spec.addPositional(operands("DEVICE", "Devices, by default all."));
        }
        spec.usageMessage().footer("", VerbName.of(word).exampleLine("pcachectl"));
        return spec;
    }

    private static PositionalParamSpec operands(String label, String description) {
        return PositionalParamSpec.builder()
                .index("0..*")
                .arity("0..*")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .paramLabel(label)
                .description(description)
                .build();
    }

    /**
     * Runs the command that is the first argument.
     *
     * @return the exit status
     */
    public static int run(Invocation invocation, Devices devices) {
        String word = invocation.arguments().get(0);
        CommandLine line = new CommandLine(spec(word));
        if (word.equals("stats")
                && invocation.arguments().stream().anyMatch(argument -> argument.matches("-[0-9.]+"))) {
            // Not an unknown option, but a number that cannot be.
            invocation.err().println("Interval and count must be positive integers.");
            invocation.err().println("Couldn't process command line.");
            return 1;
        }
        ParseResult parsed;
        try {
            parsed = line.parseArgs(invocation
                    .arguments()
                    .subList(1, invocation.arguments().size())
                    .toArray(String[]::new));
        } catch (ParameterException e) {
            invocation.err().println(invocation.program() + ": " + e.getMessage());
            invocation.err().println("Couldn't process command line.");
            return 1;
        }
        if (parsed.isUsageHelpRequested()) {
            PrintWriter out = new PrintWriter(invocation.out(), true);
            line.usage(out, Ansi.OFF);
            return 0;
        }
        try {
            List<String> operands = parsed.matchedPositionalValue(0, new ArrayList<>());
            if (word.equals("stats")) {
                new StatsCommand(invocation, devices, parsed.hasMatchedOption("--json")).run(operands);
            } else if (word.equals("map")) {
                new MapCommand(
                                invocation,
                                devices,
                                parsed.hasMatchedOption("--json"),
                                parsed.hasMatchedOption("--ascii"),
                                parsed.matchedOptionValue("--svg", (String) null))
                        .run(operands);
            } else {
                new MetricsCommand(
                                invocation,
                                devices,
                                parsed.hasMatchedOption("--classic"),
                                parsed.hasMatchedOption("--json"))
                        .run(operands);
            }
            List<String> silent = devices.takeSilent();
            if (word.equals("metrics") && !parsed.hasMatchedOption("--json")) {
                // The metrics tell of them, too: what collects the text must not miss the others.
                silent.forEach(invocation.err()::println);
            } else if (!silent.isEmpty()) {
                throw new CommandFailure(silent);
            }
            return 0;
        } catch (CommandFailure e) {
            invocation.out().flush();
            e.lines().forEach(invocation.err()::println);
            invocation.err().println("Command failed.");
            return 1;
        }
    }
}
