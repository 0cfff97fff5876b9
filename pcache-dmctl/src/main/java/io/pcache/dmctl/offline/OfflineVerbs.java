package io.pcache.dmctl.offline;

import io.pcache.claim.ClaimedException;
import io.pcache.dmctl.failure.Unexpected;
import io.pcache.dmctl.grammar.VerbName;
import io.pcache.dmctl.invocation.Invocation;
import io.pcache.memory.CacheMemoryException;
import io.pcache.memory.EmptyDeviceException;
import io.pcache.offline.OfflineException;
import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;

/** The verbs of this package, by their words. */
public final class OfflineVerbs {
    /** The words, in the order of the manual. */
    public static final List<String> WORDS = List.of("check", "dump", "restore", "writeback", "repair", "wipe");

    private OfflineVerbs() {}

    /** A command line of a verb, for {@link #run} and for tests that look at its options. */
    public static CommandLine commandLine(String word, Invocation invocation) {
        OfflineVerb verb = switch (word) {
            case "check" -> new CheckVerb();
            case "dump" -> new DumpVerb();
            case "restore" -> new RestoreVerb();
            case "writeback" -> new WritebackVerb();
            case "repair" -> new RepairVerb();
            case "wipe" -> new WipeVerb();
            default -> throw new IllegalArgumentException(word);
        };
        verb.invocation = invocation;
        CommandLine command = new CommandLine(verb)
                .setCommandName((invocation == null ? "pcachectl" : invocation.program()) + " " + word);
        List<String> footer =
                new ArrayList<>(List.of(command.getCommandSpec().usageMessage().footer()));
        footer.addAll(
                List.of("", VerbName.of(word).exampleLine(invocation == null ? "pcachectl" : invocation.program())));
        command.getCommandSpec().usageMessage().footer(footer.toArray(String[]::new));
        command.getCommandSpec().exitCodeOnInvalidInput(ExitStatus.USAGE);
        return command;
    }

    /**
     * Runs a command.
     *
     * @param invocation its first argument is one of {@link #WORDS}
     * @return the exit status
     */
    public static int run(Invocation invocation) {
        String word = invocation.arguments().get(0);
        CommandLine command = commandLine(word, invocation);
        command.setOut(new PrintWriter(invocation.out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(invocation.err(), true, StandardCharsets.UTF_8));
        command.setExecutionExceptionHandler((failure, which, parsed) -> {
            invocation.out().flush();
            invocation.err().println(invocation.program() + ": " + word + ": " + explain(failure));
            return ExitStatus.OPERATIONAL;
        });
        command.setParameterExceptionHandler((wrong, arguments) -> {
            invocation.err().println(invocation.program() + ": " + word + ": " + wrong.getMessage());
            invocation.err().println("Try '" + invocation.program() + " " + word + " --help'.");
            return ExitStatus.USAGE;
        });
        try {
            return command.execute(invocation
                    .arguments()
                    .subList(1, invocation.arguments().size())
                    .toArray(String[]::new));
        } catch (Error e) {
            // The JVM would end with 1 then, which here means that all is well now.
            invocation.out().flush();
            invocation.err().println(invocation.program() + ": " + word + ": " + explain(e));
            return ExitStatus.OPERATIONAL;
        }
    }

    private static String explain(Error failure) {
        if (failure instanceof OutOfMemoryError) {
            return "not enough memory: " + failure.getMessage();
        }
        if (failure instanceof InternalError) {
            return "the kernel could not provide a page of the device (device error, file cut short, or no "
                    + "space under a sparse file): "
                    + failure.getMessage();
        }
        return Unexpected.text(failure);
    }

    private static String explain(Exception failure) throws Exception {
        if (failure instanceof NoSuchFileException) {
            return failure.getMessage() + ": No such file or directory";
        }
        if (failure instanceof FileAlreadyExistsException) {
            return failure.getMessage() + ": File exists; nothing was written";
        }
        if (failure instanceof AccessDeniedException) {
            return failure.getMessage() + ": Permission denied";
        }
        if (failure instanceof ClaimedException claimed) {
            return claimed.path() + ": " + claimed.holder() + " (EBUSY)";
        }
        if (failure instanceof EmptyDeviceException empty) {
            return empty.path() + ": 0 bytes: too small for a cache device, and for a backing device";
        }
        if (failure instanceof SystemCallException call && call.errno() == Errno.ENOTBLK) {
            return call.argument() + ": neither a block device nor a regular file";
        }
        if (failure instanceof IOException
                || failure instanceof OfflineException
                || failure instanceof CacheMemoryException
                || failure instanceof UncheckedIOException) {
            return failure.getMessage();
        }
        if (failure instanceof RuntimeException unexpected) {
            return Unexpected.text(unexpected);
        }
        throw failure;
    }
}
