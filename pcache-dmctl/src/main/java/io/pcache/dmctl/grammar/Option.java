package io.pcache.dmctl.grammar;

import static io.pcache.dmctl.grammar.Option.Scope.ANY_VERB;
import static io.pcache.dmctl.grammar.Option.Scope.DMSTATS;
import static io.pcache.dmctl.grammar.Option.Scope.OURS;
import static io.pcache.dmctl.grammar.Option.Scope.OWN_LINE;
import static io.pcache.dmctl.grammar.Option.Scope.SOME_VERBS;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Every option: its long name, its letter, what stands for its value, and what the option is for. The rows of
 * {@link VerbName} tell which verbs take an option that not every verb takes.
 *
 * <p>The order of the rows is dmsetup's: dmsetup lists in this order what an ambiguous abbreviation may stand for.
 * dmstats' options are here because dmsetup takes them without complaint, and because they make abbreviations
 * ambiguous.
 */
public enum Option {
    READONLY(ANY_VERB, "readonly", 'r', "", "Do not let clients write."),
    ALIAS("alias", "<text>"),
    ALLDEVICES("alldevices", ""),
    ALLPROGRAMS("allprograms", ""),
    ALLREGIONS("allregions", ""),
    AREA("area", ""),
    AREAS("areas", "<n>"),
    AREASIZE("areasize", "<size>"),
    BOUNDS("bounds", "<bounds>"),
    CHECKS(ANY_VERB, "checks", "", "Accepted, and without effect."),
    CLEAR("clear", ""),
    COLUMNS(ANY_VERB, "columns", 'c', "", "Print a report."),
    CONCISE(SOME_VERBS, "concise", "", "Tables on one line."),
    COUNT(ANY_VERB, "count", "<n>", "Print it so often; 0 for ever."),
    DEFERRED(SOME_VERBS, "deferred", "", "Remove a device that is open at its last close."),
    SELECT(ANY_VERB, "select", 'S', "<selection>", "Only devices that match, such as 'open>0'."),
    EXEC(SOME_VERBS, "exec", "<command>", "Run this on each device instead of printing."),
    FILEMAP("filemap", ""),
    FOLLOW("follow", "<mode>"),
    FORCE(ANY_VERB, "force", 'f', "", "Insist; see the manual for what that means to each verb."),
    FOREGROUND("foreground", ""),
    GID(SOME_VERBS, "gid", 'G', "<gid>", "Group of the device's node."),
    GROUP("group", ""),
    GROUPID("groupid", "<id>"),
    HELP(ANY_VERB, "help", 'h', "", "Print this, or how the verb is used."),
    HISTOGRAM("histogram", ""),
    INACTIVE(ANY_VERB, "inactive", "", "Look at the inactive table."),
    INTERVAL(ANY_VERB, "interval", "<seconds>", "Seconds between two times."),
    LENGTH("length", "<sectors>"),
    MANGLENAME(ANY_VERB, "manglename", "{none|auto|hex}", "How names are shown and taken."),
    MAJOR(ANY_VERB, "major", 'j', "<major>", "Always 252; with --minor, the device that has this number."),
    MINOR(ANY_VERB, "minor", 'm', "<minor>", "The new device's minor; elsewhere, the device that has it."),
    MODE(SOME_VERBS, "mode", 'M', "<octal_mode>", "Permissions of the device's node."),
    NAMEPREFIXES(ANY_VERB, "nameprefixes", "", "A report as DM_FIELD='VALUE'."),
    NOGROUP("nogroup", ""),
    NOFLUSH(ANY_VERB, "noflush", "", "Do not wait for requests under way."),
    NOHEADINGS(ANY_VERB, "noheadings", "", "A report without headings."),
    NOLOCKFS(ANY_VERB, "nolockfs", "", "Do not freeze a file system; there is none that could be."),
    NOOPENCOUNT(ANY_VERB, "noopencount", "", "Accepted, and without effect."),
    NOSUFFIX("nosuffix", ""),
    NOTABLE(SOME_VERBS, "notable", 'n', "", "Make a device without a table."),
    NOTIMESUFFIX("notimesuffix", ""),
    UDEVCOOKIE(ANY_VERB, "udevcookie", "<cookie>", "Accepted, and without effect: no udev daemon is waited for."),
    NOMONITOR("nomonitor", ""),
    NOUDEVRULES(ANY_VERB, "noudevrules", "", "Accepted, and without effect."),
    NOUDEVSYNC(ANY_VERB, "noudevsync", "", "Accepted, and without effect."),
    OPTIONS(ANY_VERB, "options", 'o', "<options>", "Fields of a report, or how devices are shown."),
    PRECISE("precise", ""),
    PROGRAMID("programid", "<id>"),
    RAW("raw", ""),
    READAHEAD(
            ANY_VERB,
            "readahead",
            "{[+]<sectors>|auto|none}",
            "Read-ahead in sectors; with a plus sign, at least so much."),
    REGION("region", ""),
    REGIONS("regions", "<ids>"),
    REGIONID("regionid", "<id>"),
    RELATIVE("relative", ""),
    RETRY(ANY_VERB, "retry", "", "Try for five seconds where the device is open."),
    ROWS(ANY_VERB, "rows", "", "A report with a field a line."),
    SEGMENTS("segments", ""),
    SEPARATOR(ANY_VERB, "separator", "<text>", "A report with this between fields, in place of columns."),
    SETUUID(SOME_VERBS, "setuuid", "", "Give it a uuid instead of a name."),
    SHOWKEYS(SOME_VERBS, "showkeys", "", "Accepted, and without effect."),
    SORT(ANY_VERB, "sort", 'O', "<fields>", "Sort a report by these fields."),
    START("start", "<sector>"),
    TABLE(SOME_VERBS, "table", "<table>", "The table, in place of a file or standard input."),
    TARGET(SOME_VERBS, "target", "<target_type>", "Only lines, or devices with lines, of this type."),
    TREE(SOME_VERBS, "tree", "", "Draw which device uses which."),
    UID(SOME_VERBS, "uid", 'U', "<uid>", "Owner of the device's node."),
    UNITS("units", "<units>"),
    UUID(ANY_VERB, "uuid", 'u', "<uuid>", "The new device's uuid; elsewhere, the device that has it."),
    UNBUFFERED(ANY_VERB, "unbuffered", "", "Accepted, and without effect."),
    UNQUOTED(ANY_VERB, "unquoted", "", "With --nameprefixes, values without quotes."),
    USERDATA("userdata", "<text>"),
    VERBOSE(ANY_VERB, "verbose", 'v', "", "Print more."),
    VERIFYUDEV(ANY_VERB, "verifyudev", "", "Accepted, and without effect."),
    VERSION(ANY_VERB, "version", "", "Print the version."),
    YES(ANY_VERB, "yes", 'y', "", "Do not ask."),
    ADDNODEONRESUME(SOME_VERBS, "addnodeonresume", "", "Accepted: a device has a node from its first resume on."),
    ADDNODEONCREATE(SOME_VERBS, "addnodeoncreate", "", "Accepted: a device has a node from its first resume on."),

    JSON(OURS, "json", "", "Print JSON."),
    DRY_RUN(OURS, "dry-run", "", "Tell what would be made, or why not, and change nothing."),
    FRONTEND(OURS, "frontend", "{auto|ublk|nbd}", "How the device is served; auto takes ublk where the kernel has it."),
    SALVAGE(
            OURS,
            "salvage",
            "",
            "Activate what is readable of a log that is damaged in the middle; what was written later is lost."),
    VERIFY(
            OURS,
            "verify",
            "{all|sample|none}",
            "How much clean data is compared with the backing device; sample if not given."),
    WAIT(OURS, "wait", "<seconds>", "Give up after this time."),
    METRICS(OURS, "metrics", "{<port>|unix}", "Serve the device's counters by HTTP there."),
    LOG_LEVEL(OURS, "log-level", "{error|warning|info|debug}", "How much the target says in its log."),
    QUEUES(OURS, "queues", "<n>", "Threads that serve the device."),
    QUEUE_DEPTH(OURS, "queue-depth", "<n>", "Requests in flight on each queue."),
    CACHE_IO(
            OURS,
            "cache-io",
            "{direct|buffered}",
            "How data of a cache on a disk or in a file is stored and loaded; direct is past the page cache."),
    CACHE_DISCARD(
            OURS,
            "cache-discard",
            "{true|false}",
            "Whether the cache's segments that are freed are discarded on its disk; without it, what suits the disk."),

    ALL(OWN_LINE, "all", "", "All devices of the tab."),
    CHECK(OWN_LINE, "check", "", "Create nothing; say what is wrong in the tab, and exit with 1 where anything is."),
    WAIT_FOR_DEVICES(
            OWN_LINE,
            "wait-for-devices",
            "",
            "Wait for a cache or backing device that is not there yet, as long as the line's device-timeout says."),
    TAB(OWN_LINE, "tab", "<file>", "Read this instead of /etc/pcache/tab."),
    ASCII(OWN_LINE, "ascii", "", "Draw with ASCII characters only, as where the locale is not UTF-8."),
    SVG(OWN_LINE, "svg", "<file>", "Draw a picture into this file."),
    CLASSIC(
            OWN_LINE,
            "classic",
            "",
            "Print Prometheus' older text format, for node_exporter's textfile collector and 'promtool check metrics'."),
    NO_DATA(OWN_LINE, "no-data", "", "Look at structures and log only."),
    BACKUP(
            OWN_LINE,
            "backup",
            "<file>",
            "Where what is overwritten is kept; must not exist. Default: pcache-repair-N.backup, the first that is "
                    + "free, in the current directory, which must not be on the cache."),
    UNDO(OWN_LINE, "undo", "<file>", "Take the repair back that made this file."),
    DISCARD_DAMAGED(
            OWN_LINE,
            "discard-damaged",
            "",
            "When all that can be read is written, take what is damaged for lost: nothing is dirty any more."),
    SKIP_BEYOND_END(
            OWN_LINE,
            "skip-beyond-end",
            "",
            "Leave out keys that exceed the backing device, instead of refusing a device that is too small."),
    IGNORE_CARRY_OVER(
            OWN_LINE,
            "ignore-carry-over",
            "",
            "Go on without acknowledged writes that a killed target has left in the run directory."),
    DATA(
            OWN_LINE,
            "data",
            "",
            "The keys' data too, in base64: what restore needs to make a cache of the same contents."),
    STOP_ON_ERROR(OWN_LINE, "stop-on-error", "", "Run no more commands after one that fails.");

    /** Who takes an option. */
    enum Scope {
        /** dmstats only; dmsetup takes the option with any verb, and does nothing with it. */
        DMSTATS,
        /** Any verb of dmsetup's: the option applies to all, or chooses devices, or shapes a report. */
        ANY_VERB,
        /** Those of dmsetup's verbs whose synopses name the option. */
        SOME_VERBS,
        /**
         * As {@link #SOME_VERBS}, but dmsetup does not have the option. Such an option makes no abbreviation of
         * dmsetup's options ambiguous: letters that both begin with mean dmsetup's option.
         */
        OURS,
        /**
         * Verbs with a command line of their own whose synopses name the option; dmsetup's verbs do not know the word.
         */
        OWN_LINE
    }

    private static final Option[] ALL_ROWS = values();
    private static final Option[] OF_DMSETUPS_LINE = Arrays.copyOf(ALL_ROWS, ALL.ordinal());

    private final Scope scope;
    private final String longName;
    private final char letter;
    private final String value;
    private final String sentence;

    Option(String longName, String value) {
        this(DMSTATS, longName, '\0', value, "");
    }

    Option(Scope scope, String longName, String value, String sentence) {
        this(scope, longName, '\0', value, sentence);
    }

    Option(Scope scope, String longName, char letter, String value, String sentence) {
        this.scope = scope;
        this.longName = longName;
        this.letter = letter;
        this.value = value;
        this.sentence = sentence;
    }

    /** The long name, without the dashes. */
    public String longName() {
        return longName;
    }

    public boolean hasLetter() {
        return letter != '\0';
    }

    public char letter() {
        return letter;
    }

    public boolean takesValue() {
        return !value.isEmpty();
    }

    /** What stands for the value in a synopsis: {@code <file>}, {@code {auto|ublk|nbd}}, or nothing. */
    public String value() {
        return value;
    }

    /** Whether a value is one of a few words. */
    public boolean isChoice() {
        return value.startsWith("{") && !value.contains("<");
    }

    /** The words that a value can be. A value may also be a number or a name, where {@link #isChoice} does not hold. */
    public List<String> words() {
        List<String> words = new ArrayList<>();
        if (value.startsWith("{")) {
            for (String word : value.substring(1, value.length() - 1).split("\\|")) {
                if (!word.contains("<")) {
                    words.add(word);
                }
            }
        }
        return words;
    }

    /** What the option is for, unless a verb's row says otherwise. */
    public String sentence() {
        return sentence;
    }

    /** Whether only dmstats has a use for the option. */
    public boolean isOfDmstats() {
        return scope == DMSTATS;
    }

    /** Whether dmsetup takes the option with any verb, as scripts expect. */
    public boolean isGeneral() {
        return scope == DMSTATS || scope == ANY_VERB;
    }

    /** Whether dmsetup has the option. */
    public boolean isOfDmsetup() {
        return scope != OURS && scope != OWN_LINE;
    }

    /** Whether only verbs with a command line of their own have the option. */
    public boolean isOfOwnLines() {
        return scope == OWN_LINE;
    }

    /** The option as help lists it: {@code -f, --force}. */
    public String shown() {
        return (letter == '\0' ? "    " : "-" + letter + ", ") + "--" + longName;
    }

    /** The option as a synopsis shows it: {@code -f|--force}, {@code --wait <seconds>}. */
    String inSynopsis() {
        return (letter == '\0' ? "" : "-" + letter + "|") + "--" + longName + (value.isEmpty() ? "" : " " + value);
    }

    /** Null where no option has the name. */
    public static Option ofName(String longName) {
        for (Option option : ALL_ROWS) {
            if (option.longName.equals(longName)) {
                return option;
            }
        }
        return null;
    }

    /** Null where no option has the letter. */
    public static Option ofLetter(char letter) {
        if (letter == 'C') {
            return COLUMNS;
        }
        for (Option option : ALL_ROWS) {
            if (option.letter == letter && letter != '\0') {
                return option;
            }
        }
        return null;
    }

    /** The options that stand on the command line of dmsetup's verbs, in order; not to be changed. */
    public static Option[] ofDmsetupsLine() {
        return OF_DMSETUPS_LINE;
    }
}
