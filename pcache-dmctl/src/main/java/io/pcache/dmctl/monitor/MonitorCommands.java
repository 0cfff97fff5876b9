package io.pcache.dmctl.monitor;

import io.pcache.dmctl.device.Devices;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.grammar.UsageText;
import io.pcache.dmctl.grammar.VerbFamily;
import io.pcache.dmctl.grammar.VerbName;
import io.pcache.dmctl.invocation.Invocation;
import io.pcache.dmctl.options.OptionException;
import io.pcache.dmctl.options.VerbArguments;
import java.util.List;

/** Runs a command of this package. */
public final class MonitorCommands {
    private MonitorCommands() {}

    /**
     * Runs a command.
     *
     * @param verb one of {@link VerbFamily#MONITOR}
     * @param invocation the command; its first argument is the verb
     * @return the exit status
     */
    public static int run(VerbName verb, Invocation invocation, Devices devices) throws OptionException {
        List<String> behindVerb =
                invocation.arguments().subList(1, invocation.arguments().size());
        if (verb == VerbName.STATS && behindVerb.stream().anyMatch(argument -> argument.matches("-[0-9.]+"))) {
            // No unknown option, but a number that is out of range.
            throw new OptionException("Interval and count must be positive integers.");
        }
        VerbArguments arguments = VerbArguments.parse(invocation.program(), verb, behindVerb);
        if (arguments.isHelpAsked()) {
            UsageText.print(invocation.program(), verb, invocation.out());
            return 0;
        }
        boolean json = arguments.has(Option.JSON);
        try {
            switch (verb) {
                case STATS -> new StatsCommand(invocation, devices, json).run(arguments.operands());
                case MAP ->
                    new MapCommand(invocation, devices, json, arguments.has(Option.ASCII), arguments.value(Option.SVG))
                            .run(arguments.operands());
                case METRICS ->
                    new MetricsCommand(invocation, devices, arguments.has(Option.CLASSIC), json)
                            .run(arguments.operands());
                default -> throw new IllegalArgumentException(verb.word());
            }
            List<String> silent = devices.takeSilent();
            if (verb == VerbName.METRICS && !json) {
                // The metrics tell of silent devices, too. A collector must not miss the others because of them.
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
