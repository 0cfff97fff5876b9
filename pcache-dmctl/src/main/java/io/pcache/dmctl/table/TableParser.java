package io.pcache.dmctl.table;

import io.pcache.control.ByteText;
import io.pcache.control.TableLine;
import io.pcache.dmctl.failure.CommandFailure;
import java.util.ArrayList;
import java.util.List;

/**
 * The table language. Each line is a target: {@code start length type [argument ...]}, with numbers in sectors of 512
 * bytes. A line that is empty, or begins with a hash, is skipped. Behind the type, a hash begins a comment wherever the
 * hash stands. There is no quoting.
 *
 * <p>Numbers must be decimal digits and nothing else. (dmsetup reads digits as far as there are any, and takes the rest
 * of the word for the next field.)
 */
public final class TableParser {
    private static final int MAX_TYPE_LENGTH = 15;

    private final String source;

    /** @param source what messages call the text: a file's name, {@code on stdin}, or nothing for an option */
    public TableParser(String source) {
        this.source = source;
    }

    /** @throws CommandFailure at the first line that is no line of a table */
    public List<TableLine> parse(String text) throws CommandFailure {
        List<TableLine> lines = new ArrayList<>();
        int number = 0;
        for (int from = 0; from < text.length(); ) {
            int newline = text.indexOf('\n', from);
            int end = newline < 0 ? text.length() : newline;
            number++;
            String line = strip(text.substring(from, end));
            if (!line.isEmpty() && line.charAt(0) != '#') {
                if (!ByteText.isUtf8(line)) {
                    throw new CommandFailure(
                            "Invalid format on line " + number + " of table " + source + ".",
                            "pcache: the line holds bytes that are not UTF-8, which paths have to be (-EILSEQ)");
                }
                lines.add(line(line, number));
            }
            from = end + 1;
        }
        return lines;
    }

    private TableLine line(String line, int number) throws CommandFailure {
        int startEnd = wordEnd(line, 0);
        int lengthFrom = wordStart(line, startEnd);
        int lengthEnd = wordEnd(line, lengthFrom);
        int typeFrom = wordStart(line, lengthEnd);
        int typeEnd = wordEnd(line, typeFrom);
        long start = sectors(line, 0, startEnd);
        long length = sectors(line, lengthFrom, lengthEnd);
        if (start < 0 || length < 0 || typeFrom == typeEnd) {
            throw new CommandFailure(
                    "Invalid format on line " + number + " of table " + source + ".",
                    LineHelp.of(
                            line.substring(0, startEnd),
                            start >= 0,
                            line.substring(lengthFrom, lengthEnd),
                            length >= 0));
        }
        String type = line.substring(typeFrom, typeEnd);
        if (type.length() > MAX_TYPE_LENGTH) {
            throw new CommandFailure("Target type name " + type + " is too long.", LineHelp.ofType(type));
        }
        String arguments = line.substring(wordStart(line, typeEnd));
        int comment = arguments.indexOf('#');
        return new TableLine(start, length, type, strip(comment < 0 ? arguments : arguments.substring(0, comment)));
    }

    /**
     * A number of sectors; -1 where the word is no number. A larger number than a long holds becomes the largest long,
     * and no device is that long.
     */
    private static long sectors(String line, int from, int end) {
        long number = from == end ? -1 : 0;
        for (int i = from; i < end && number >= 0; i++) {
            char c = line.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            int digit = c - '0';
            number = number > (Long.MAX_VALUE - digit) / 10 ? Long.MAX_VALUE : number * 10 + digit;
        }
        return number;
    }

    private static int wordStart(String line, int from) {
        int i = from;
        while (i < line.length() && isSpace(line.charAt(i))) {
            i++;
        }
        return i;
    }

    private static int wordEnd(String line, int from) {
        int i = from;
        while (i < line.length() && !isSpace(line.charAt(i))) {
            i++;
        }
        return i;
    }

    private static String strip(String text) {
        int from = wordStart(text, 0);
        int end = text.length();
        while (end > from && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(from, end);
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c >= '\t' && c <= '\r';
    }
}
