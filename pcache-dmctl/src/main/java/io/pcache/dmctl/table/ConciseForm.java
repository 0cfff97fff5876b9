package io.pcache.dmctl.table;

import io.pcache.control.TableLine;
import io.pcache.dmctl.failure.CommandFailure;
import java.util.ArrayList;
import java.util.List;

/**
 * Devices on one line: {@code NAME,UUID,MINOR,FLAGS,TABLE[,TABLE...][;NAME,...]}. A backslash takes away the meaning of
 * the next character. Blanks behind a comma or a semicolon are skipped. A device without a table has four fields.
 */
public final class ConciseForm {
    private static final int FIELDS_BEFORE_TABLE = 4;
    private static final String[] FIELD_NAMES = {"name", "uuid", "minor", "flags", "table"};

    private final String text;
    private int position;

    private ConciseForm(String text) {
        this.text = text;
    }

    /** Takes entries one at a time, so that the devices in front of a mistake are made. */
    public interface Taker {
        void take(ConciseEntry entry) throws CommandFailure;
    }

    /** @throws CommandFailure at the first mistake; the entries in front of the mistake have been taken */
    public static void parse(String text, Taker taker) throws CommandFailure {
        ConciseForm form = new ConciseForm(text.endsWith("\n") ? text.substring(0, text.length() - 1) : text);
        while (form.position < form.text.length()) {
            taker.take(form.entry());
            form.skipBlanks();
        }
    }

    private ConciseEntry entry() throws CommandFailure {
        List<String> fields = new ArrayList<>();
        while (true) {
            StringBuilder field = new StringBuilder();
            char delimiter = field(field, fields);
            fields.add(field.toString());
            if (delimiter != ',') {
                return entry(fields);
            }
            skipBlanks();
            if (position == text.length()) {
                if (fields.size() <= FIELDS_BEFORE_TABLE) {
                    fields.add("");
                    throw incomplete(
                            "Incomplete entry: five comma-separated fields are required for each device", fields);
                }
                return entry(fields);
            }
        }
    }

    /** Reads a field; returns what ended it: a comma, a semicolon, or 0 for the end of the text. */
    private char field(StringBuilder field, List<String> before) throws CommandFailure {
        while (position < text.length()) {
            char c = text.charAt(position++);
            if (c == ',' || c == ';') {
                return c;
            }
            if (c == '\\') {
                if (position == text.length()) {
                    before.add(field.toString());
                    throw incomplete("Backslash must be followed by another character at end of string.", before);
                }
                c = text.charAt(position++);
            }
            field.append(c);
        }
        return 0;
    }

    private void skipBlanks() {
        while (position < text.length() && Character.isWhitespace(text.charAt(position))) {
            position++;
        }
    }

    private static CommandFailure incomplete(String line, List<String> fields) {
        StringBuilder parsed = new StringBuilder("Parsed ")
                .append(Math.min(fields.size(), FIELD_NAMES.length))
                .append(" fields:");
        for (int i = 0; i < FIELD_NAMES.length; i++) {
            parsed.append(' ').append(FIELD_NAMES[i]).append(": ").append(i < fields.size() ? fields.get(i) : "(null)");
        }
        return new CommandFailure(line, parsed.toString());
    }

    private static ConciseEntry entry(List<String> fields) throws CommandFailure {
        if (fields.size() < FIELDS_BEFORE_TABLE
                || fields.size() == FIELDS_BEFORE_TABLE
                        && fields.get(FIELDS_BEFORE_TABLE - 1).isEmpty()) {
            throw incomplete("Five comma-separated fields are required for each device", fields);
        }
        String flags = fields.get(3);
        if (!flags.isEmpty() && !flags.equals("ro") && !flags.equals("rw")) {
            throw new CommandFailure("Invalid flags parameter '" + flags + "' must be 'ro' or 'rw' or empty.");
        }
        List<TableLine> lines = null;
        if (fields.size() > FIELDS_BEFORE_TABLE) {
            lines = new TableParser("").parse(String.join("\n", fields.subList(FIELDS_BEFORE_TABLE, fields.size())));
        }
        return new ConciseEntry(fields.get(0), fields.get(1), minor(fields.get(2)), flags.equals("ro"), lines);
    }

    private static int minor(String text) throws CommandFailure {
        String digits = text.strip();
        if (digits.isEmpty()) {
            return -1;
        }
        int minor = 0;
        for (int i = 0; i < digits.length(); i++) {
            char c = digits.charAt(i);
            if (c < '0' || c > '9' || minor > Integer.MAX_VALUE / 10 - 1) {
                throw new CommandFailure("Invalid minor number '" + text + "'.");
            }
            minor = minor * 10 + c - '0';
        }
        return minor;
    }

    /** A field in this form: a backslash stands in front of each comma, semicolon and backslash. */
    public static String quote(String field) {
        StringBuilder quoted = new StringBuilder(field.length());
        for (int i = 0; i < field.length(); i++) {
            char c = field.charAt(i);
            if (c == ',' || c == ';' || c == '\\') {
                quoted.append('\\');
            }
            quoted.append(c);
        }
        return quoted.toString();
    }
}
