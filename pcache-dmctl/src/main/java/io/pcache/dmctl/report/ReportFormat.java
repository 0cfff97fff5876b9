package io.pcache.dmctl.report;

import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.options.Options;
import java.io.PrintStream;
import java.util.List;

/**
 * How a report is laid out: in columns, unless the options ask for a form for programs. Such forms have no headings, a
 * separator, names in front of the values, or a field a line.
 *
 * @param headings whether there is a line of headings, or with {@code rows} a heading first in each line
 * @param aligned whether cells stand in columns
 * @param rows whether each field has a line
 * @param prefixes whether {@code DM_NAME=} stands in front of each value
 * @param quoted whether prefixed values stand in single quotes
 * @param separator stands between the cells of a line
 */
public record ReportFormat(
        boolean headings, boolean aligned, boolean rows, boolean prefixes, boolean quoted, String separator) {

    public static ReportFormat of(Options options) {
        boolean headings = !options.has(Option.NOHEADINGS);
        boolean rows = options.has(Option.ROWS);
        boolean prefixes = options.has(Option.NAMEPREFIXES);
        String separator = options.value(Option.SEPARATOR);
        return new ReportFormat(
                headings,
                headings && !rows && !prefixes && separator == null,
                rows,
                prefixes,
                !options.has(Option.UNQUOTED),
                separator != null ? separator : headings ? " " : ":");
    }

    String text(Field field, Cell cell) {
        if (!prefixes) {
            return cell.text();
        }
        // A quote in a name must not end the quoting, because scripts hand this line to eval.
        return field.prefixedId() + "=" + (quoted ? "'" + cell.text().replace("'", "'\\''") + "'" : cell.text());
    }

    void print(List<Field> fields, List<String[]> lines, PrintStream out) {
        if (lines.isEmpty()) {
            return;
        }
        if (rows) {
            printRows(fields, lines, out);
            return;
        }
        int[] widths = new int[fields.size()];
        for (int i = 0; i < widths.length; i++) {
            widths[i] = Math.max(fields.get(i).width(), fields.get(i).heading().length());
            for (String[] line : lines) {
                widths[i] = Math.max(widths[i], line[i].length());
            }
        }
        StringBuilder text = new StringBuilder();
        if (headings) {
            for (int i = 0; i < widths.length; i++) {
                append(text, i, fields.get(i).heading(), false, widths[i]);
            }
            text.append('\n');
        }
        for (String[] line : lines) {
            for (int i = 0; i < widths.length; i++) {
                append(text, i, line[i], fields.get(i).isNumber(), widths[i]);
            }
            text.append('\n');
        }
        out.print(text);
    }

    private void append(StringBuilder text, int index, String cell, boolean right, int width) {
        if (index > 0) {
            text.append(separator);
        }
        String padding = aligned ? " ".repeat(width - cell.length()) : "";
        text.append(right ? padding + cell : cell + padding);
    }

    private void printRows(List<Field> fields, List<String[]> lines, PrintStream out) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < fields.size(); i++) {
            boolean first = true;
            if (headings) {
                text.append(fields.get(i).heading());
                first = false;
            }
            for (String[] line : lines) {
                text.append(first ? "" : separator).append(line[i]);
                first = false;
            }
            text.append('\n');
        }
        out.print(text);
    }
}
