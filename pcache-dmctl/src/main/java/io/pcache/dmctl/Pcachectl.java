package io.pcache.dmctl;

import io.pcache.control.RunDirectory;
import io.pcache.dmctl.device.DeviceNodes;
import io.pcache.dmctl.device.Devices;
import io.pcache.dmctl.failure.CommandEnd;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.failure.Unexpected;
import io.pcache.dmctl.monitor.MonitorCommands;
import io.pcache.dmctl.offline.OfflineVerbs;
import io.pcache.dmctl.options.Option;
import io.pcache.dmctl.options.OptionException;
import io.pcache.dmctl.options.Options;
import io.pcache.dmctl.tab.TabCommands;
import io.pcache.dmctl.verb.Call;
import io.pcache.dmctl.verb.UsageText;
import io.pcache.dmctl.verb.VerbName;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/** Runs one command: options, verb, what it says, exit status 0 or 1. The offline verbs go their own way. */
public final class Pcachectl {
    private static final long MS_PER_SECOND = 1000;
    /** ExitStatus.OPERATIONAL, without loading the offline verbs for the others. */
    private static final int OFFLINE_FAILED = 8;

    /** In the launcher's locale. */
    private static final String BROKEN_PIPE = "Broken pipe";
    /** What a shell sees of a program in C whose reader has had enough: 128 and the signal's number. */
    private static final int STATUS_OF_SIGPIPE = 128 + 13;

    private final Invocation invocation;
    private final PrintStream err;

    private Pcachectl(Invocation invocation) {
        this.invocation = invocation;
        this.err = invocation.err();
    }

    /** @return the exit status */
    public static int run(Invocation invocation) {
        boolean offline = isOffline(invocation.arguments().isEmpty() ? "" : invocation.arguments().get(0));
        int status;
        try {
            status = new Pcachectl(invocation).run();
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
        invocation.err().println(invocation.program() + ": standard output: " + (cause == null ? "write error" : cause));
        // Whatever was found: it has not been told.
        return offline ? OFFLINE_FAILED : Math.max(status, 1);
    }

    private int run() {
        String deviceDirectory = invocation.environment().getOrDefault("DM_DEV_DIR", "");
        if (!deviceDirectory.isEmpty() && (!deviceDirectory.startsWith("/") || RunDirectory.isGarbled(deviceDirectory))) {
            err.println("Invalid DM_DEV_DIR environment variable value.");
            return 1;
        }
        Path directory = Path.of(deviceDirectory.isEmpty() ? "/dev" : deviceDirectory);
        String first = invocation.arguments().isEmpty() ? "" : invocation.arguments().get(0);
        Options options;
        try {
            // OfflineVerbs.WORDS, TabCommands.WORDS and MonitorCommands.WORDS, without loading picocli for the others.
            if (isOffline(first)) {
                return OfflineVerbs.run(invocation);
            }
            if (first.equals("attach") || first.equals("detach")) {
                return TabCommands.run(invocation, Pcachectl::run);
            }
            if (first.equals("stats") || first.equals("metrics") || first.equals("map")) {
                Options none = Options.parse(invocation.program(), List.of(first), invocation.environment());
                return MonitorCommands.run(invocation, new Devices(invocation, none, new DeviceNodes(directory)));
            }
            options = Options.parse(invocation.program(), invocation.arguments(), invocation.environment());
        } catch (OptionException e) {
            err.println(e.getMessage());
            err.println("Couldn't process command line.");
            return 1;
        }
        return run(options, directory);
    }

    private static boolean isOffline(String word) {
        return switch (word) {
            case "check", "dump", "restore", "writeback", "repair" -> true;
            default -> false;
        };
    }

    private int run(Options options, Path deviceDirectory) {
        if (options.hasBadCookie()) {
            err.println("Incorrect cookie value.");
        }
        if (options.has(Option.HELP) || options.has(Option.VERSION)) {
            // Whatever verb there may be, and its operands.
            return run(options.has(Option.HELP) ? VerbName.HELP : VerbName.VERSION, new Call(invocation, options, List.of(), deviceDirectory));
        }
        if (options.operands().isEmpty()) {
            return usage(null);
        }
        VerbName verb = VerbName.of(options.operands().get(0));
        if (verb == null) {
            return usage("Unknown command.");
        }
        if (options.has(Option.JSON) && !verb.takesJson()) {
            err.println(verb.word() + " does not take --json: it is for queries, and for create.");
            err.println("Couldn't process command line.");
            return 1;
        }
        List<String> operands = options.operands().subList(1, options.operands().size());
        if (!verb.takes(operands.size())) {
            return usage("Incorrect number of arguments.");
        }
        return run(verb, new Call(invocation, options, operands, deviceDirectory));
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
            e.lines().forEach(err::println);
            err.println("Command failed.");
            return 1;
        }
    }

    /** @return whether all devices answered */
    private static boolean round(VerbName verb, Call call) throws CommandEnd, CommandFailure {
        verb.make().run(call);
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
