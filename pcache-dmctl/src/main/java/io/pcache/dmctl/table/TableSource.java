package io.pcache.dmctl.table;

import io.pcache.control.ByteText;
import io.pcache.control.TableLine;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.invocation.Invocation;
import io.pcache.dmctl.options.Options;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * Where {@code create} and {@code load} take their table from: from {@code --table}, or else from the file that is
 * named, or else from standard input.
 */
public final class TableSource {
    /** Far more than any table. The limit keeps a device, or an endless pipe, from filling the memory. */
    static final int MAX_BYTES = 16 << 20;

    private TableSource() {}

    /** @param file operand; null without one */
    public static List<TableLine> read(Invocation invocation, Options options, String file) throws CommandFailure {
        if (options.has(Option.TABLE)) {
            return new TableParser("").parse(options.value(Option.TABLE));
        }
        return file == null
                ? new TableParser("on stdin").parse(readInput(invocation))
                : new TableParser(file).parse(readFile(invocation, file));
    }

    private static String readFile(Invocation invocation, String file) throws CommandFailure {
        try {
            Path path = invocation.directory().resolve(file);
            if (Files.isDirectory(path)) {
                throw new CommandFailure(
                        "Couldn't open '" + file + "' for reading.", "pcache: " + file + " is a directory (-EISDIR)");
            }
            try (var input = Files.newInputStream(path)) {
                return text(input.readNBytes(MAX_BYTES + 1), file);
            }
        } catch (IOException e) {
            throw new CommandFailure("Couldn't open '" + file + "' for reading.", "pcache: " + reason(file, e));
        } catch (InvalidPathException e) {
            throw new CommandFailure(
                    "Couldn't open '" + ByteText.printable(file) + "' for reading.",
                    "pcache: "
                            + (ByteText.isUtf8(file)
                                    ? e.getReason()
                                    : "its name holds bytes that are not UTF-8, which names of files have to be"));
        }
    }

    private static String reason(String file, IOException cause) {
        if (cause instanceof NoSuchFileException) {
            return "there is no file " + file
                    + ": the second word is a file with the table; the table itself goes behind --table";
        }
        return file + ": " + (cause instanceof AccessDeniedException ? "permission denied" : cause.getMessage());
    }

    /** All of standard input. */
    public static String readInput(Invocation invocation) throws CommandFailure {
        try {
            return text(invocation.in().readNBytes(MAX_BYTES + 1), "on stdin");
        } catch (IOException e) {
            throw new CommandFailure("pcache: cannot read standard input: " + e.getMessage());
        }
    }

    private static String text(byte[] bytes, String source) throws CommandFailure {
        if (bytes.length > MAX_BYTES) {
            throw new CommandFailure("pcache: table " + source + " is longer than " + MAX_BYTES + " bytes");
        }
        return ByteText.decode(bytes);
    }
}
