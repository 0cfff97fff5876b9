package io.pcache.dmctl.offline;

import io.pcache.claim.ClaimedException;
import io.pcache.dmctl.failure.Unexpected;
import io.pcache.dmctl.grammar.UsageText;
import io.pcache.dmctl.grammar.VerbFamily;
import io.pcache.dmctl.grammar.VerbName;
import io.pcache.dmctl.invocation.Invocation;
import io.pcache.dmctl.options.OptionException;
import io.pcache.dmctl.options.VerbArguments;
import io.pcache.memory.CacheMemoryException;
import io.pcache.memory.EmptyDeviceException;
import io.pcache.offline.OfflineException;
import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;

/** Runs a verb of this package. */
public final class OfflineVerbs {
    private OfflineVerbs() {}

    /**
     * Runs a command.
     *
     * @param verb one of {@link VerbFamily#OFFLINE}
     * @param invocation the command; its first argument is the verb
     * @return the exit status
     */
    public static int run(VerbName verb, Invocation invocation) {
        OfflineVerb command;
        try {
            VerbArguments arguments = VerbArguments.parse(
                    invocation.program(),
                    verb,
                    invocation.arguments().subList(1, invocation.arguments().size()));
            if (arguments.isHelpAsked()) {
                UsageText.print(invocation.program(), verb, invocation.out());
                return ExitStatus.CLEAN;
            }
            command = make(verb, invocation, arguments);
        } catch (OptionException e) {
            invocation.err().println(e.getMessage());
            invocation.err().println("Try '" + invocation.program() + " " + verb.word() + " --help'.");
            return ExitStatus.USAGE;
        }
        String problem;
        try {
            return command.run();
        } catch (Exception e) {
            problem = explain(e);
        } catch (Error e) {
            // Otherwise the JVM would end with 1, which means here that all is well now.
            problem = explain(e);
        }
        invocation.out().flush();
        invocation.err().println(invocation.program() + ": " + verb.word() + ": " + problem);
        return ExitStatus.OPERATIONAL;
    }

    private static OfflineVerb make(VerbName verb, Invocation invocation, VerbArguments arguments)
            throws OptionException {
        return switch (verb) {
            case CHECK -> new CheckVerb(invocation, arguments);
            case DUMP -> new DumpVerb(invocation, arguments);
            case RESTORE -> new RestoreVerb(invocation, arguments);
            case WRITEBACK -> new WritebackVerb(invocation, arguments);
            case REPAIR -> new RepairVerb(invocation, arguments);
            case WIPE -> new WipeVerb(invocation, arguments);
            default -> throw new IllegalArgumentException(verb.word());
        };
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

    private static String explain(Exception failure) {
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
        return Unexpected.text(failure);
    }
}
