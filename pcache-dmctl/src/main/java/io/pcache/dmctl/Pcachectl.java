package io.pcache.dmctl;

import io.pcache.control.RunDirectory;
import io.pcache.dmctl.batch.BatchCommand;
import io.pcache.dmctl.device.DeviceNodes;
import io.pcache.dmctl.device.Devices;
import io.pcache.dmctl.failure.CommandEnd;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.failure.Unexpected;
import io.pcache.dmctl.grammar.NearestVerb;
import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.grammar.UsageText;
import io.pcache.dmctl.grammar.VerbFamily;
import io.pcache.dmctl.grammar.VerbName;
import io.pcache.dmctl.invocation.Invocation;
import io.pcache.dmctl.invocation.StandardOutput;
import io.pcache.dmctl.monitor.MonitorCommands;
import io.pcache.dmctl.offline.OfflineVerbs;
import io.pcache.dmctl.options.OptionException;
import io.pcache.dmctl.options.Options;
import io.pcache.dmctl.tab.TabCommands;
import io.pcache.dmctl.verb.Call;
import io.pcache.dmctl.verb.Verbs;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/**
 * Runs one command: reads the command line, runs the verb, and tells of failures. The exit status is 0 or 1; the
 * offline verbs have exit statuses of their own.
 */
public final class Pcachectl {
    private static final long MS_PER_SECOND = 1000;
    /** The value of ExitStatus.OPERATIONAL. A reference to that class would load the class for every verb. */
    private static final int OFFLINE_FAILED = 8;

    /** The message of EPIPE in the locale that the launcher sets. */
    private static final String BROKEN_PIPE = "Broken pipe";
    /** What a shell sees of a program in C whose reader has gone: 128 and the signal's number. */
    private static final int STATUS_OF_SIGPIPE = 128 + 13;

    private final Invocation invocation;
    private final PrintStream err;

    private Pcachectl(Invocation invocation) {
        this.invocation = invocation;
        this.err = invocation.err();
    }

    /** @return the exit status */
    public static int run(Invocation invocation) {
        VerbName first = invocation.arguments().isEmpty()
                ? null
                : VerbName.of(invocation.arguments().get(0));
        boolean offline = first != null && first.family() == VerbFamily.OFFLINE;
        int status;
        try {
            status = new Pcachectl(invocation).run(first);
        } catch (RuntimeException | VirtualMachineError | LinkageError e) {
            invocation.out().flush();
            invocation.err().println(invocation.program() + ": " + Unexpected.text(e));
            status = offline ? OFFLINE_FAILED : 1;
        }
        invocation.out().flush();
        invocation.err().flush();
        if (!invocation.out().checkError()) {
            return status;
        }
        String cause = invocation.out() instanceof StandardOutput standard ? standard.failure() : null;
        if (BROKEN_PIPE.equals(cause)) {
            return STATUS_OF_SIGPIPE;
        }
        invocation
                .err()
                .println(invocation.program() + ": standard output: " + (cause == null ? "write error" : cause));
        // Whatever the command found has not been told.
        return offline ? OFFLINE_FAILED : Math.max(status, 1);
    }

    /** @param first the verb that is the first argument; null where that is none */
    private int run(VerbName first) {
        String deviceDirectory = invocation.environment().getOrDefault("DM_DEV_DIR", "");
        if (!deviceDirectory.isEmpty()
                && (!deviceDirectory.startsWith("/") || RunDirectory.isGarbled(deviceDirectory))) {
            err.println("Invalid DM_DEV_DIR environment variable value.");
            return 1;
        }
        Path directory = Path.of(deviceDirectory.isEmpty() ? "/dev" : deviceDirectory);
        if (first == VerbName.HELP && invocation.arguments().indexOf(VerbName.BATCH.word()) == 1) {
            // The word looks like an option, and is none.
            UsageText.print(invocation.program(), VerbName.BATCH, invocation.out());
            return 0;
        }
        try {
            return switch (first == null ? VerbFamily.DMSETUP : first.family()) {
                case DMSETUP ->
                    run(
                            Options.parse(invocation.program(), invocation.arguments(), invocation.environment()),
                            directory);
                case MONITOR -> {
                    Options none = Options.parse(invocation.program(), List.of(first.word()), invocation.environment());
                    yield MonitorCommands.run(
                            first, invocation, new Devices(invocation, none, new DeviceNodes(directory)));
                }
                case TAB -> TabCommands.run(first, invocation, Pcachectl::run);
                case OFFLINE -> OfflineVerbs.run(first, invocation);
                case BATCH -> BatchCommand.run(invocation, Pcachectl::run);
            };
        } catch (OptionException e) {
            err.println(e.getMessage());
            err.println("Couldn't process command line.");
            return 1;
        }
    }

    private int run(Options options, Path deviceDirectory) {
        if (options.hasBadCookie()) {
            err.println("Incorrect cookie value.");
        }
        String word = options.operands().isEmpty() ? "" : options.operands().get(0);
        VerbName verb = VerbName.of(word);
        if (options.has(Option.VERSION) && !options.has(Option.HELP)) {
            // The option wins over any verb and its operands.
            return run(VerbName.VERSION, new Call(invocation, options, List.of(), deviceDirectory));
        }
        List<String> operands = options.operands().isEmpty()
                ? List.of()
                : options.operands().subList(1, options.operands().size());
        if (options.has(Option.HELP) || verb == VerbName.HELP && operands.size() == 1) {
            return help(
                    options, verb == VerbName.HELP && operands.size() == 1 ? operands.get(0) : word, deviceDirectory);
        }
        if (options.operands().isEmpty()) {
            return usage(null);
        }
        if (verb == null || verb.family() != VerbFamily.DMSETUP) {
            usage("Unknown command.");
            if (verb != null) {
                err.println("pcache: " + word + " comes first, and its options behind it: '" + invocation.program()
                        + " help " + word + "'");
            } else {
                tellNearest(word);
            }
            return 1;
        }
        for (Option option : options.given()) {
            if (!verb.takes(option)) {
                err.println(verb.refusalOf(option));
                err.println("Couldn't process command line.");
                return 1;
            }
        }
        if (!verb.takes(operands.size())) {
            usage("Incorrect number of arguments.");
            err.println("pcache: '" + invocation.program() + " help " + word + "' shows what " + word
                    + " takes, with an example");
            return 1;
        }
        return run(verb, new Call(invocation, options, operands, deviceDirectory));
    }

    /** @param word the verb that is asked about; another word asks about all */
    private int help(Options options, String word, Path deviceDirectory) {
        VerbName verb = VerbName.of(word);
        if (verb == null && !options.has(Option.HELP)) {
            // As dmsetup answers, whose help takes no operand.
            usage("Incorrect number of arguments.");
            tellNearest(word);
            return 1;
        }
        return run(
                VerbName.HELP,
                new Call(
                        invocation,
                        options,
                        verb == null || verb == VerbName.HELP ? List.of() : List.of(word),
                        deviceDirectory));
    }

    private void tellNearest(String word) {
        VerbName nearest = NearestVerb.to(word);
        err.println("pcache: there is no verb '" + word + "'"
                + (nearest == null ? "" : "; did you mean '" + nearest.word() + "'?"));
    }

    private int usage(String line) {
        if (line != null) {
            err.println(line);
        }
        UsageText.print(invocation.program(), err);
        return 1;
    }

    private int run(VerbName verb, Call call) {
        try {
            if (call.has(Option.COLUMNS) && !verb.isReport()) {
                call.checkReportOptions(verb);
            }
            long count = verb.isQuery() ? call.options().count() : 1;
            boolean complete = round(verb, call);
            for (long done = 1; done != count && !invocation.out().checkError(); done++) {
                sleep(call.options().intervalSeconds());
                if (call.has(Option.COLUMNS) || verb == VerbName.SPLITNAME) {
                    invocation.out().println();
                }
                complete &= round(verb, call);
            }
            if (!complete) {
                throw new CommandFailure();
            }
            return 0;
        } catch (CommandEnd e) {
            return e.exitStatus();
        } catch (CommandFailure e) {
            invocation.out().flush();
            call.remark(e);
            err.println("Command failed.");
            return 1;
        }
    }

    /** @return whether all devices answered */
    private static boolean round(VerbName verb, Call call) throws CommandEnd, CommandFailure {
        Verbs.of(verb).run(call);
        List<String> silent = call.devices().takeSilent();
        for (String line : silent) {
            call.remark(line);
        }
        return silent.isEmpty();
    }

    /** Between two rounds of a repeated query. */
    private static void sleep(int seconds) throws CommandFailure {
        try {
            Thread.sleep(seconds * MS_PER_SECOND);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure();
        }
    }
}
