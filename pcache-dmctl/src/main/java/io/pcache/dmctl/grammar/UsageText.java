package io.pcache.dmctl.grammar;

import io.pcache.setting.Setting;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What help prints: all verbs in their groups, or one verb with its operands, options and an example. */
public final class UsageText {
    private static final int COLUMNS = 80;
    private static final int VERB_COLUMNS = 18;
    private static final int OPTION_COLUMNS = 24;
    private static final String NOTES = """
        <device> is a name, a node's path, or (if only one) -u <uuid> or -j <major> -m <minor>.
        <table> is <start> <length> pcache <cache_dev> <backing_dev> [<n> <option> <value> ...];
            options: %s;
            start and length in sectors of 512 bytes. See pcache(5).
        create prints where the device is on a terminal, and nothing elsewhere; 'info <device> --json' tells it to scripts.
        <concise_device_spec_list> has entries separated by semicolons:
            <name>,<uuid>,<minor>,<flags>,<table>
            where <flags> is 'ro', 'rw' or empty, and any of <uuid>, <minor> and <flags> may be empty.
        <fields> of -o and --sort are separated by commas; 'help -c' lists them.
        Options of ls and deps: devno, devname, blkdevname.
        Options of ls --tree: ascii, utf, vt100; compact, inverted, notrunc;
                              blkdevname, [no]device, active, open, rw and uuid.
        Exit status: 0, or 1 when something was refused or is wrong.
        """;

    private UsageText() {}

    /** Prints all verbs, and a blank line behind them. */
    public static void print(String program, PrintStream err) {
        StringBuilder text = new StringBuilder(8192).append("Usage:\n\n");
        text.append(program).append(" [<option>...] <verb> [<option>...] [<argument>...]\n");
        text.append(program).append(" help <verb>        how a verb is used, with an example\n");
        for (VerbGroup group : VerbGroup.values()) {
            text.append('\n').append(group.title()).append(":\n");
            for (VerbName verb : VerbName.values()) {
                if (verb.group() == group && verb != VerbName.CREATE_CONCISE) {
                    row(text, verb.word(), VERB_COLUMNS, List.of(verb.sentence()));
                }
            }
        }
        text.append("\nOptions of all verbs but those of the tab, of metrics, stats and map, and on caches that are "
                + "not active:\n");
        for (Option option : Option.values()) {
            if (option.isGeneral() && !option.isOfDmstats()) {
                row(text, option.shown(), OPTION_COLUMNS, List.of(option.sentence()));
            }
        }
        err.print(text.append('\n').append(String.format(NOTES, tableOptions())).append('\n'));
    }

    private static String tableOptions() {
        return Setting.options().stream()
                .map(option -> option.key() + " " + option.range().synopsis())
                .collect(Collectors.joining(", "));
    }

    /** Prints one verb. */
    public static void print(String program, VerbName verb, PrintStream out) {
        StringBuilder text = new StringBuilder(2048).append("Usage:\n\n");
        List<VerbName> rows = verb.sameWord();
        for (VerbName row : rows) {
            text.append(program)
                    .append(' ')
                    .append(row.word())
                    .append(' ')
                    .append(String.join("\n    ", row.synopsis()))
                    .append('\n');
        }
        text.append('\n').append(verb.sentence()).append('\n');
        for (String paragraph : verb.details()) {
            text.append(String.join("\n", wrapped(paragraph, COLUMNS))).append('\n');
        }
        if (!verb.operandSentences().isEmpty()) {
            text.append("\nOperands:\n");
            verb.operandSentences().forEach((name, meaning) -> row(text, "    <" + name + ">", meaning));
        }
        List<Option> options = verb.options();
        if (!options.isEmpty()) {
            text.append("\nOptions:\n");
            for (Option option : options) {
                row(text, option.shown(), verb.sentence(option));
            }
        }
        if (!verb.exits().isEmpty()) {
            text.append('\n')
                    .append(String.join("\n", wrapped("Exit status: " + verb.exits(), COLUMNS)))
                    .append('\n');
        }
        text.append(rows.size() > 1 ? "\nExamples:\n" : "\nExample:\n");
        for (VerbName row : rows) {
            text.append("  ").append(program).append(' ').append(row.example()).append('\n');
        }
        text.append('\n');
        if (verb.family() == VerbFamily.DMSETUP) {
            text.append("Options of all verbs: '").append(program).append(" help'. ");
        }
        out.print(text.append("More: pcachectl(8).\n"));
    }

    /** Appends a row whose second part is wrapped. */
    private static void row(StringBuilder text, String first, String second) {
        row(text, first, OPTION_COLUMNS, wrapped(second, COLUMNS - OPTION_COLUMNS - 2));
    }

    private static void row(StringBuilder text, String first, int columns, List<String> lines) {
        text.append("  ")
                .append(first)
                .append(" ".repeat(Math.max(1, columns - first.length())))
                .append(String.join("\n" + " ".repeat(columns + 2), lines))
                .append('\n');
    }

    /** A text in lines of at most so many columns, broken at blanks. */
    private static List<String> wrapped(String text, int columns) {
        List<String> lines = new ArrayList<>();
        int from = 0;
        while (text.length() - from > columns) {
            int blank = text.lastIndexOf(' ', from + columns);
            int end = blank > from ? blank : from + columns;
            lines.add(text.substring(from, end));
            from = blank > from ? end + 1 : end;
        }
        lines.add(text.substring(from));
        return lines;
    }
}
