package io.pcache.dmctl.grammar;

import static io.pcache.dmctl.grammar.VerbFamily.MONITOR;
import static io.pcache.dmctl.grammar.VerbFamily.TAB;
import static io.pcache.dmctl.grammar.VerbGroup.BOOT;
import static io.pcache.dmctl.grammar.VerbGroup.CHANGE;
import static io.pcache.dmctl.grammar.VerbGroup.DAILY;
import static io.pcache.dmctl.grammar.VerbGroup.OFFLINE;
import static io.pcache.dmctl.grammar.VerbGroup.SCRIPTS;
import static io.pcache.dmctl.grammar.VerbGroup.WATCH;

import java.util.ArrayList;
import java.util.List;

/**
 * The command line in one place: each verb's word, number of operands, group, sentence and example, and the synopsis,
 * which tells the options that the verb takes. Help, shell completion, the check of the manual and the refusal of
 * another verb's options are made from these rows.
 *
 * <p>In a synopsis {@code |} separates what stands for the same or excludes each other, {@code []} holds what may be
 * left out, {@code {}} a choice of words, {@code <>} a value, and {@code ...} follows what may be repeated.
 */
public enum VerbName {
    CREATE(
            "create",
            0,
            2,
            DAILY,
            "Makes a device, loads its table and lets requests go.",
            "create fast --table \"0 $(blockdev --getsz /dev/sdb) pcache /dev/pmem0 /dev/sdb 4 cache_mode "
                    + "writeback data_crc true\"",
            "<dev_name> [<table_file>]",
            "[-n|--notable|--table <table>] [-u|--uuid <uuid>] [-r|--readonly]",
            "[-j|--major <major> -m|--minor <minor>]",
            "[-U|--uid <uid>] [-G|--gid <gid>] [-M|--mode <octal_mode>]",
            "[--readahead {[+]<sectors>|auto|none}] [--addnodeonresume|--addnodeoncreate]",
            "[--frontend {auto|ublk|nbd}] [--queues <n>] [--queue-depth <n>] [--metrics {<port>|unix}]",
            "[--log-level {error|warning|info|debug}]",
            "[-f|--force] [--salvage] [--verify {all|sample|none}] [--wait <seconds>] [--dry-run] [--json]"),
    CREATE_CONCISE(
            "create",
            0,
            2,
            DAILY,
            "Makes devices of a list, as table --concise prints it.",
            "create --concise < devices",
            "--concise [<concise_device_spec_list>]"),
    REMOVE(
            "remove",
            0,
            -1,
            DAILY,
            "Ends devices; what is not written back stays on the cache device.",
            "remove fast",
            "[--deferred] [-f|--force] [--retry] [--wait <seconds>] <device>..."),
    REMOVE_ALL(
            "remove_all",
            0,
            0,
            CHANGE,
            "Ends all devices that are not open.",
            "remove_all",
            "[-f|--force] [--deferred] [--wait <seconds>]"),
    SUSPEND(
            "suspend",
            0,
            -1,
            CHANGE,
            "Holds new requests, and waits for those under way.",
            "suspend fast",
            "[--noflush] [--nolockfs] [--wait <seconds>] <device>..."),
    RESUME(
            "resume",
            0,
            -1,
            CHANGE,
            "Makes the inactive table live, if there is one, and lets requests go.",
            "resume fast",
            "[--noflush] [--nolockfs] [--wait <seconds>] <device>...",
            "[--addnodeonresume|--addnodeoncreate]",
            "[--readahead {[+]<sectors>|auto|none}]"),
    LOAD(
            "load",
            0,
            2,
            CHANGE,
            "Puts a table in the inactive slot.",
            "load fast table.txt",
            "<device> [--table <table>|<table_file>] [-r|--readonly] [-f|--force] [--salvage]",
            "[--verify {all|sample|none}] [--wait <seconds>]"),
    CLEAR("clear", 0, -1, CHANGE, "Drops the inactive table.", "clear fast", "[--wait <seconds>] <device>..."),
    RELOAD(
            "reload",
            0,
            2,
            CHANGE,
            "The same as load.",
            "reload fast table.txt",
            "<device> [--table <table>|<table_file>] [-r|--readonly] [-f|--force] [--salvage]",
            "[--verify {all|sample|none}] [--wait <seconds>]"),
    WIPE_TABLE(
            "wipe_table",
            0,
            -1,
            CHANGE,
            "Replaces the live table by one that fails all I/O.",
            "wipe_table -f fast",
            "[-f|--force] [--noflush] [--nolockfs] [--wait <seconds>] <device>..."),
    RENAME(
            "rename",
            1,
            2,
            CHANGE,
            "Gives a device another name, or a uuid.",
            "rename fast quick",
            "<device> [--setuuid] [--wait <seconds>] <new_name_or_uuid>"),
    MEASURE(
            "measure",
            0,
            -1,
            SCRIPTS,
            "Prints where the targets of a table begin, and no more.",
            "measure fast",
            "[<device>...] [--target <target_type>] [--exec <command>] [--json]"),
    MESSAGE(
            "message",
            2,
            -1,
            DAILY,
            "Changes a setting of a device that is in use.",
            "message fast 0 gc_percent 90",
            "[--wait <seconds>] <device> <sector> <message>"),
    LS(
            "ls",
            0,
            0,
            DAILY,
            "Lists devices.",
            "ls --tree",
            "[--target <target_type>] [--exec <command>] [-o|--options <options>] [--tree] [--json]"),
    INFO(
            "info",
            0,
            -1,
            DAILY,
            "Tells what a device is: number, state, uuid, where it is.",
            "info fast",
            "[--json] [<device>...]"),
    DEPS(
            "deps",
            0,
            -1,
            SCRIPTS,
            "Prints which devices a device uses.",
            "deps -o devname fast",
            "[-o|--options <options>] [--json] [<device>...]"),
    STATUS(
            "status",
            0,
            -1,
            DAILY,
            "Prints how full a cache is, and what waits to be written back.",
            "status fast",
            "[<device>...] [--noflush] [--target <target_type>] [--exec <command>] [--json]"),
    TABLE(
            "table",
            0,
            -1,
            DAILY,
            "Prints tables, in the form that create takes.",
            "table fast",
            "[<device>...] [--concise] [--target <target_type>] [--exec <command>] [--showkeys] [--json]"),
    HELP("help", 0, 1, DAILY, "Prints this, or how a verb is used.", "help create", "[<verb>] [-c|-C|--columns]"),
    WAIT(
            "wait",
            0,
            2,
            WATCH,
            "Returns when something has happened to a device.",
            "wait fast 3",
            "<device> [<event_nr>] [--noflush]"),
    MKNODES(
            "mknodes",
            0,
            -1,
            SCRIPTS,
            "Makes the links below /dev agree with the devices.",
            "mknodes",
            "[<device>...]"),
    MANGLE("mangle", 0, -1, SCRIPTS, "Does nothing: names are always stored encoded.", "mangle", "[<device>...]"),
    UDEVCREATECOOKIE("udevcreatecookie", 0, 0, SCRIPTS, "Answers as where no udev daemon is.", "udevcreatecookie", ""),
    UDEVRELEASECOOKIE(
            "udevreleasecookie",
            0,
            1,
            SCRIPTS,
            "Answers as where no udev daemon is.",
            "udevreleasecookie 0xd4d1234",
            "[<cookie>]"),
    UDEVFLAGS("udevflags", 1, 1, SCRIPTS, "Answers as where no udev daemon is.", "udevflags 0xd4d1234", "<cookie>"),
    UDEVCOMPLETE(
            "udevcomplete", 1, 1, SCRIPTS, "Answers as where no udev daemon is.", "udevcomplete 0xd4d1234", "<cookie>"),
    UDEVCOMPLETE_ALL(
            "udevcomplete_all",
            0,
            1,
            SCRIPTS,
            "Answers as where no udev daemon is.",
            "udevcomplete_all",
            "[<age_in_minutes>]"),
    UDEVCOOKIES("udevcookies", 0, 0, SCRIPTS, "Answers as where no udev daemon is.", "udevcookies", "[--json]"),
    TARGET_VERSION(
            "target-version",
            1,
            -1,
            SCRIPTS,
            "Prints the version of a target type.",
            "target-version pcache",
            "<target_type>... [--json]"),
    TARGETS("targets", 0, 0, SCRIPTS, "Prints the target types that tables may have.", "targets", "[--json]"),
    VERSION("version", 0, 0, SCRIPTS, "Prints which dmsetup this one behaves as.", "version", "[--json]"),
    SETGEOMETRY(
            "setgeometry",
            5,
            5,
            SCRIPTS,
            "Takes a geometry as dmsetup does; there is no use for it.",
            "setgeometry fast 1024 16 63 0",
            "[--wait <seconds>] <device> <cyl> <head> <sect> <start>"),
    SPLITNAME(
            "splitname",
            1,
            2,
            SCRIPTS,
            "Prints the parts of an LVM name.",
            "splitname vg-lv",
            "<lvm_name> [<subsystem>] [--json]"),
    RESTART(
            "restart",
            0,
            -1,
            CHANGE,
            "Gives a device another target, of this version, under whoever uses it.",
            "restart fast",
            "[-f|--force] [--wait <seconds>] <device>..."),
    STATS(
            "stats",
            MONITOR,
            WATCH,
            "Shows what caches do, in the manner of iostat.",
            "stats fast 1",
            "[--json] [<device>...] [<interval> [<count>]]"),
    MAP(
            "map",
            MONITOR,
            WATCH,
            "Draws what each segment of a cache holds.",
            "map fast",
            "[--json] [--ascii] [--svg <file>] <device>|<cache_dev>"),
    METRICS(
            "metrics",
            MONITOR,
            WATCH,
            "Prints counters for Prometheus.",
            "metrics --classic",
            "[--classic|--json] [<device>...]"),
    ATTACH(
            "attach",
            TAB,
            BOOT,
            "Creates devices of the tab.",
            "attach --all",
            "[--tab <file>] [--wait-for-devices] {--all|--check|<tab_name>...}"),
    DETACH("detach", TAB, BOOT, "Removes devices of the tab.", "detach fast", "[--tab <file>] {--all|<tab_name>...}"),
    CHECK(
            "check",
            VerbFamily.OFFLINE,
            OFFLINE,
            "Looks for damage, and writes nothing.",
            "check /dev/pmem0 /dev/sdb",
            "[--no-data] [--json] <cache_dev> [<backing_dev>]"),
    REPAIR(
            "repair",
            VerbFamily.OFFLINE,
            OFFLINE,
            "Mends what can be mended without putting data at risk.",
            "repair --yes /dev/pmem0",
            "[-y|--yes [--backup <file>]|--undo <file>] [--json] <cache_dev>"),
    WRITEBACK(
            "writeback",
            VerbFamily.OFFLINE,
            OFFLINE,
            "Copies all dirty data to the backing device.",
            "writeback /dev/pmem0 /dev/sdb",
            "[--dry-run] [--discard-damaged] [--skip-beyond-end] [--ignore-carry-over] [-f|--force] [--json] "
                    + "<cache_dev> <backing_dev>"),
    DUMP(
            "dump",
            VerbFamily.OFFLINE,
            OFFLINE,
            "Prints a cache's metadata as JSON.",
            "dump /dev/pmem0 > cache.json",
            "[--data] [--json] <cache_dev>"),
    RESTORE(
            "restore",
            VerbFamily.OFFLINE,
            OFFLINE,
            "Makes a cache of what dump printed.",
            "restore cache.json cache.img",
            "[--json] <dump_file> <image_file>"),
    WIPE(
            "wipe",
            VerbFamily.OFFLINE,
            OFFLINE,
            "Makes a cache device blank, so that it can be formatted.",
            "wipe /dev/pmem0",
            "[-f|--force] [--json] <cache_dev>"),
    BATCH(
            "--batch",
            VerbFamily.BATCH,
            SCRIPTS,
            "Runs commands from standard input, one a line, in one process.",
            "--batch --json < commands",
            "[--json] [--stop-on-error]");

    private static final VerbName[] ALL = values();

    private final String word;
    private final VerbFamily family;
    private final int least;
    private final int most;
    private final VerbGroup group;
    private final String sentence;
    private final String example;
    private final String[] synopsis;

    /**
     * A verb of dmsetup's command line.
     *
     * @param most -1 for any number
     * @param example without the program's name
     */
    VerbName(String word, int least, int most, VerbGroup group, String sentence, String example, String... synopsis) {
        this(word, VerbFamily.DMSETUP, least, most, group, sentence, example, synopsis);
    }

    /** A verb with a command line of its own, which checks its operands itself. */
    VerbName(String word, VerbFamily family, VerbGroup group, String sentence, String example, String... synopsis) {
        this(word, family, 0, -1, group, sentence, example, synopsis);
    }

    VerbName(
            String word,
            VerbFamily family,
            int least,
            int most,
            VerbGroup group,
            String sentence,
            String example,
            String... synopsis) {
        this.word = word;
        this.family = family;
        this.least = least;
        this.most = most;
        this.group = group;
        this.sentence = sentence;
        this.example = example;
        this.synopsis = synopsis;
    }

    /** As typed. */
    public String word() {
        return word;
    }

    public VerbFamily family() {
        return family;
    }

    VerbGroup group() {
        return group;
    }

    /** What it does. */
    public String sentence() {
        return sentence;
    }

    /** A line to be pasted, without the program's name. */
    public String example() {
        return example;
    }

    /** For the end of a help text. */
    public String exampleLine(String program) {
        return "Example: " + program + " " + example;
    }

    /** What follows the word, a line an element. */
    public List<String> synopsis() {
        return List.of(synopsis);
    }

    /** All rows with the same word: create has two. */
    public List<VerbName> sameWord() {
        List<VerbName> rows = new ArrayList<>();
        for (VerbName row : ALL) {
            if (row.word.equals(word)) {
                rows.add(row);
            }
        }
        return rows;
    }

    public boolean takes(int operands) {
        return operands >= least && (most < 0 || operands <= most);
    }

    /** Whether an option has a meaning for the verb, or is one that dmsetup takes with any verb. */
    public boolean takes(Option option) {
        return option.isGeneral() || mentions(option);
    }

    boolean mentions(Option option) {
        for (VerbName row : ALL) {
            if (row.word.equals(word) && row.mentions(option.longName())) {
                return true;
            }
        }
        return false;
    }

    private boolean mentions(String longName) {
        String wanted = "--" + longName;
        for (String line : synopsis) {
            for (int at = line.indexOf(wanted); at >= 0; at = line.indexOf(wanted, at + 1)) {
                int end = at + wanted.length();
                char next = end < line.length() ? line.charAt(end) : ' ';
                if (next != '-' && !Character.isLetter(next)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The words of all verbs that take an option. */
    public static List<String> takersOf(Option option) {
        List<String> words = new ArrayList<>();
        for (VerbName row : ALL) {
            if (row.takes(option) && !words.contains(row.word)) {
                words.add(row.word);
            }
        }
        return words;
    }

    /** Whether the verb changes nothing, so that {@code --count} may repeat it. */
    public boolean isQuery() {
        return switch (this) {
            case LS, INFO, DEPS, STATUS, TABLE, MEASURE, TARGETS, TARGET_VERSION, VERSION, SPLITNAME -> true;
            default -> false;
        };
    }

    /** Whether it prints a report, and looks at the options for it by itself. */
    public boolean isReport() {
        return this == INFO || this == SPLITNAME || this == HELP;
    }

    /** Null where there is no such verb. They cannot be abbreviated. */
    public static VerbName of(String word) {
        for (VerbName name : ALL) {
            if (name.word.equals(word)) {
                return name;
            }
        }
        return null;
    }
}
