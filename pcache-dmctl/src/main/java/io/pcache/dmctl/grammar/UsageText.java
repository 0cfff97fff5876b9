package io.pcache.dmctl.grammar;

import io.pcache.setting.Setting;
import java.io.PrintStream;
import java.util.List;
import java.util.stream.Collectors;

/** What help prints: all verbs in their groups, or one verb with its options and an example. */
public final class UsageText {
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

    /** All verbs. Ends with a blank line. */
    public static void print(String program, PrintStream err) {
        StringBuilder text = new StringBuilder(8192).append("Usage:\n\n");
        text.append(program).append(" [<option>...] <verb> [<option>...] [<argument>...]\n");
        text.append(program).append(" help <verb>        how a verb is used, with an example\n");
        for (VerbGroup group : VerbGroup.values()) {
            text.append('\n').append(group.title()).append(":\n");
            for (VerbName name : VerbName.values()) {
                if (name.group() == group && name != VerbName.CREATE_CONCISE) {
                    row(text, name.word(), VERB_COLUMNS, name.sentence());
                }
            }
        }
        text.append("\nOptions of all verbs but those of the tab, of metrics, stats and map, and on caches that are "
                + "not active:\n");
        for (Option option : Option.values()) {
            if (option.isGeneral() && !option.isOfDmstats()) {
                row(text, option.shown(), OPTION_COLUMNS, option.sentence());
            }
        }
        err.print(text.append('\n').append(String.format(NOTES, tableOptions())).append('\n'));
    }

    private static String tableOptions() {
        return Setting.options().stream()
                .map(option -> option.key() + " " + option.range().synopsis())
                .collect(Collectors.joining(", "));
    }

    private static void row(StringBuilder text, String first, int columns, String second) {
        text.append("  ")
                .append(first)
                .append(" ".repeat(Math.max(1, columns - first.length())))
                .append(second)
                .append('\n');
    }

    /** A verb that does not print its own. */
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
        String title = "\nOptions:\n";
        for (Option option : Option.values()) {
            if (verb.mentions(option)) {
                text.append(title);
                row(text, option.shown(), OPTION_COLUMNS, sentence(verb, option));
                title = "";
            }
        }
        text.append(rows.size() > 1 ? "\nExamples:\n" : "\nExample:\n");
        for (VerbName row : rows) {
            text.append("  ").append(program).append(' ').append(row.example()).append('\n');
        }
        out.print(text.append("\nOptions of all verbs: '").append(program).append(" help'. More: pcachectl(8).\n"));
    }

    /** What an option means to a verb. */
    private static String sentence(VerbName verb, Option option) {
        if (option != Option.FORCE) {
            return option.sentence();
        }
        return switch (verb) {
            case CREATE, LOAD, RELOAD ->
                "Format a device that is not blank; bind a cache to another backing device; pass over too little memory.";
            case REMOVE ->
                "Replace the table by one that fails all I/O first, at once; what a failing cache device did not take is "
                        + "lost.";
            case REMOVE_ALL ->
                "Replace the table of what cannot be removed by one that fails all I/O, and try once more; what a failing "
                        + "cache device did not take is lost.";
            case WIPE_TABLE -> "Wait for nothing; what a failing cache device did not take is lost.";
            case RESTART -> "Also while NBD clients are connected: they are cut off.";
            default -> option.sentence();
        };
    }
}
