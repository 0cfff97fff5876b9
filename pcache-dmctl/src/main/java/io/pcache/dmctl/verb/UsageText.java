package io.pcache.dmctl.verb;

import java.io.PrintStream;

/** The usage text: verbs with their options, for people. */
public final class UsageText {
    private static final String GLOBAL = """
                [--version] [-h|--help [-c|-C|--columns]]
                [-v|--verbose [-v|--verbose ...]] [-f|--force]
                [--checks] [--manglename {none|hex|auto}]
                [-r|--readonly] [--noopencount] [--noflush] [--nolockfs] [--inactive]
                [--udevcookie <cookie>] [--noudevrules] [--noudevsync] [--verifyudev]
                [-y|--yes] [--readahead {[+]<sectors>|auto|none}] [--retry]
                [-c|-C|--columns] [-o <fields>] [-O|--sort <sort_fields>]
                [-S|--select <selection>] [--nameprefixes] [--noheadings]
                [--separator <separator>] [--json]
        """;
    private static final String NOTES = """
        <device> is a name, a node's path, or (if only one) -u <uuid> or -j <major> -m <minor>.
        <table> is <start> <length> pcache <cache_dev> <backing_dev> [<n> [cache_mode writeback] [data_crc true|false]];
            start and length in sectors of 512 bytes. See pcache(5).
        create prints where the device is on a terminal, and nothing elsewhere; 'info <device> --json' tells it to scripts.
        <concise_device_spec_list> has entries separated by semicolons:
            <name>,<uuid>,<minor>,<flags>,<table>
            where <flags> is 'ro', 'rw' or empty, and any of <uuid>, <minor> and <flags> may be empty.
        <fields> are separated by commas; 'help -c' lists them.
        Options of ls and deps: devno, devname, blkdevname.
        Options of ls --tree: ascii, utf, vt100; compact, inverted, notrunc;
                              blkdevname, [no]device, active, open, rw and uuid.
        On devices and images that are not active (see '<verb> --help'): check, dump, restore, writeback, repair.
        Exit status: 0, or 1 when something was refused or is wrong.
        """;

    private UsageText() {
    }

    /** Ends with a blank line. */
    public static void print(String program, PrintStream err) {
        StringBuilder text = new StringBuilder(4096).append("Usage:\n\n").append(program).append('\n').append(GLOBAL).append('\n');
        for (VerbName name : VerbName.values()) {
            text.append('\t').append(name.word());
            String separator = " ";
            for (String line : name.synopsis()) {
                text.append(separator).append(line);
                separator = "\n\t    ";
            }
            text.append('\n');
        }
        text.append("\tstats [<device>...] [<interval> [<count>]] [--json]\n\tmetrics [<device>...] [--classic|--json]\n\tmap <device>|<cache_dev> [--json] [--ascii] [--svg <file>]\n\tattach|detach {--all|<name>...} [--tab <file>]\n");
        err.print(text.append('\n').append(NOTES).append('\n'));
    }
}
