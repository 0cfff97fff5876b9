package io.pcache.dmctl.grammar;

import static io.pcache.dmctl.grammar.Option.ALL;
import static io.pcache.dmctl.grammar.Option.DRY_RUN;
import static io.pcache.dmctl.grammar.Option.FORCE;
import static io.pcache.dmctl.grammar.Option.JSON;
import static io.pcache.dmctl.grammar.Option.YES;
import static io.pcache.dmctl.grammar.VerbFamily.MONITOR;
import static io.pcache.dmctl.grammar.VerbFamily.TAB;
import static io.pcache.dmctl.grammar.VerbGroup.BOOT;
import static io.pcache.dmctl.grammar.VerbGroup.CHANGE;
import static io.pcache.dmctl.grammar.VerbGroup.DAILY;
import static io.pcache.dmctl.grammar.VerbGroup.SCRIPTS;
import static io.pcache.dmctl.grammar.VerbGroup.WATCH;
import static io.pcache.dmctl.grammar.VerbRow.dmsetup;
import static io.pcache.dmctl.grammar.VerbRow.own;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The verbs, a row each: the word, the number of operands, the synopsis, which names the options that the verb takes,
 * and what help says of it. Help, the manual, shell completion, the reading of a command line and the refusal of
 * another verb's options are made from these rows and from those of {@link Option}.
 *
 * <p>In a synopsis {@code |} separates what means the same or excludes each other, {@code []} holds what may be left
 * out, {@code {}} a choice, {@code <>} an operand, and {@code ...} follows what may be repeated. An option stands there
 * by its long name alone: the option's own row has its letter and its value.
 */
public enum VerbName {
    CREATE(
            dmsetup("create", DAILY, "Makes a device, loads its table and lets requests go.")
                    .operands(0, 2)
                    .synopsis(
                            "<dev_name> [<table_file>]",
                            "[--notable|--table] [--uuid] [--readonly]",
                            "[--major --minor]",
                            "[--uid] [--gid] [--mode]",
                            "[--readahead] [--addnodeonresume|--addnodeoncreate]",
                            "[--frontend] [--queues] [--queue-depth] [--metrics]",
                            "[--cache-io] [--cache-discard] [--log-level]",
                            "[--force] [--salvage] [--verify] [--wait] [--dry-run] [--json]")
                    .option(FORCE, VerbRow.FORCE_A_TABLE)
                    .example(
                            "create fast --table \"0 $(blockdev --getsz /dev/sdb) pcache /dev/pmem0 /dev/sdb 4 cache_mode writeback data_crc true\"")),
    CREATE_CONCISE(dmsetup("create", DAILY, "Makes devices of a list, as table --concise prints it.")
            .operands(0, 2)
            .synopsis("--concise [<concise_device_spec_list>]")
            .example("create --concise < devices")),
    REMOVE(dmsetup("remove", DAILY, "Ends devices; what is not written back stays on the cache device.")
            .synopsis("[--deferred] [--force] [--retry] [--wait] <device>...")
            .option(
                    FORCE,
                    "Replace the table by one that fails all I/O first, at once; what a failing cache device did not take is lost.")
            .example("remove fast")),
    REMOVE_ALL(dmsetup("remove_all", CHANGE, "Ends all devices that are not open.")
            .operands(0, 0)
            .synopsis("[--force] [--deferred] [--wait]")
            .option(
                    FORCE,
                    "Replace the table of what cannot be removed by one that fails all I/O, and try once more; what a "
                            + "failing cache device did not take is lost.")
            .example("remove_all")),
    SUSPEND(dmsetup("suspend", CHANGE, "Holds new requests, and waits for those under way.")
            .synopsis("[--noflush] [--nolockfs] [--wait] <device>...")
            .example("suspend fast")),
    RESUME(dmsetup("resume", CHANGE, "Makes the inactive table live, if there is one, and lets requests go.")
            .synopsis(
                    "[--noflush] [--nolockfs] [--wait] <device>...",
                    "[--addnodeonresume|--addnodeoncreate]",
                    "[--readahead]")
            .example("resume fast")),
    LOAD(dmsetup("load", CHANGE, "Puts a table in the inactive slot.")
            .operands(0, 2)
            .synopsis("<device> [--table|<table_file>] [--readonly] [--force] [--salvage]", "[--verify] [--wait]")
            .option(FORCE, VerbRow.FORCE_A_TABLE)
            .example("load fast table.txt")),
    CLEAR(dmsetup("clear", CHANGE, "Drops the inactive table.")
            .synopsis("[--wait] <device>...")
            .example("clear fast")),
    RELOAD(dmsetup("reload", CHANGE, "The same as load.")
            .operands(0, 2)
            .synopsis("<device> [--table|<table_file>] [--readonly] [--force] [--salvage]", "[--verify] [--wait]")
            .option(FORCE, VerbRow.FORCE_A_TABLE)
            .example("reload fast table.txt")),
    WIPE_TABLE(dmsetup("wipe_table", CHANGE, "Replaces the live table by one that fails all I/O.")
            .synopsis("[--force] [--noflush] [--nolockfs] [--wait] <device>...")
            .option(FORCE, "Wait for nothing; what a failing cache device did not take is lost.")
            .example("wipe_table -f fast")),
    RENAME(dmsetup("rename", CHANGE, "Gives a device another name, or a uuid.")
            .operands(1, 2)
            .synopsis("<device> [--setuuid] [--wait] <new_name_or_uuid>")
            .example("rename fast quick")),
    MEASURE(dmsetup("measure", SCRIPTS, "Prints where the targets of a table begin, and no more.")
            .synopsis("[<device>...] [--target] [--exec] [--json]")
            .query()
            .example("measure fast")),
    MESSAGE(dmsetup("message", DAILY, "Changes a setting of a device that is in use.")
            .operands(2, -1)
            .synopsis("[--wait] <device> <sector> <message>")
            .example("message fast 0 gc_percent 90")),
    LS(dmsetup("ls", DAILY, "Lists devices.")
            .operands(0, 0)
            .synopsis("[--target] [--exec] [--options] [--tree] [--json]")
            .query()
            .example("ls --tree")),
    INFO(dmsetup("info", DAILY, "Tells what a device is: number, state, uuid, where it is.")
            .synopsis("[--json|--columns [--options] [--sort] [--select]] [<device>...]")
            .query()
            .report()
            .example("info fast")),
    DEPS(dmsetup("deps", SCRIPTS, "Prints which devices a device uses.")
            .synopsis("[--options] [--json] [<device>...]")
            .query()
            .example("deps -o devname fast")),
    STATUS(dmsetup("status", DAILY, "Prints how full a cache is, and what waits to be written back.")
            .synopsis("[<device>...] [--inactive] [--noflush] [--target] [--exec] [--json]")
            .query()
            .example("status fast")),
    TABLE(dmsetup("table", DAILY, "Prints tables, in the form that create takes.")
            .synopsis("[<device>...] [--inactive] [--concise] [--target] [--exec] [--showkeys] [--json]")
            .query()
            .example("table fast")),
    HELP(dmsetup("help", DAILY, "Prints this, or how a verb is used.")
            .operands(0, 1)
            .synopsis("[<verb>] [--columns]")
            .report()
            .example("help create")),
    WAIT(dmsetup("wait", WATCH, "Returns when something has happened to a device.")
            .operands(0, 2)
            .synopsis("<device> [<event_nr>] [--noflush]")
            .example("wait fast 3")),
    MKNODES(dmsetup("mknodes", SCRIPTS, "Makes the links below /dev agree with the devices.")
            .synopsis("[<device>...]")
            .example("mknodes")),
    MANGLE(dmsetup("mangle", SCRIPTS, "Does nothing: names are always stored encoded.")
            .synopsis("[<device>...]")
            .example("mangle")),
    UDEVCREATECOOKIE(dmsetup("udevcreatecookie", SCRIPTS, "Answers as where no udev daemon is.")
            .operands(0, 0)
            .example("udevcreatecookie")),
    UDEVRELEASECOOKIE(dmsetup("udevreleasecookie", SCRIPTS, "Answers as where no udev daemon is.")
            .operands(0, 1)
            .synopsis("[<cookie>]")
            .example("udevreleasecookie 0xd4d1234")),
    UDEVFLAGS(dmsetup("udevflags", SCRIPTS, "Answers as where no udev daemon is.")
            .operands(1, 1)
            .synopsis("<cookie>")
            .example("udevflags 0xd4d1234")),
    UDEVCOMPLETE(dmsetup("udevcomplete", SCRIPTS, "Answers as where no udev daemon is.")
            .operands(1, 1)
            .synopsis("<cookie>")
            .example("udevcomplete 0xd4d1234")),
    UDEVCOMPLETE_ALL(dmsetup("udevcomplete_all", SCRIPTS, "Answers as where no udev daemon is.")
            .operands(0, 1)
            .synopsis("[<age_in_minutes>]")
            .example("udevcomplete_all")),
    UDEVCOOKIES(dmsetup("udevcookies", SCRIPTS, "Answers as where no udev daemon is.")
            .operands(0, 0)
            .synopsis("[--json]")
            .example("udevcookies")),
    TARGET_VERSION(dmsetup("target-version", SCRIPTS, "Prints the version of a target type.")
            .operands(1, -1)
            .synopsis("<target_type>... [--json]")
            .query()
            .example("target-version pcache")),
    TARGETS(dmsetup("targets", SCRIPTS, "Prints the target types that tables may have.")
            .operands(0, 0)
            .synopsis("[--json]")
            .query()
            .example("targets")),
    VERSION(dmsetup("version", SCRIPTS, "Prints which dmsetup this one behaves as.")
            .operands(0, 0)
            .synopsis("[--json]")
            .query()
            .example("version")),
    SETGEOMETRY(dmsetup("setgeometry", SCRIPTS, "Takes a geometry as dmsetup does; there is no use for it.")
            .operands(5, 5)
            .synopsis("[--wait] <device> <cyl> <head> <sect> <start>")
            .example("setgeometry fast 1024 16 63 0")),
    SPLITNAME(dmsetup("splitname", SCRIPTS, "Prints the parts of an LVM name.")
            .operands(1, 2)
            .synopsis("<lvm_name> [<subsystem>] [--json]")
            .query()
            .report()
            .example("splitname vg-lv")),
    RESTART(dmsetup("restart", CHANGE, "Gives a device another target, of this version, under whoever uses it.")
            .synopsis("[--force] [--wait] <device>...")
            .option(FORCE, "Also while NBD clients are connected: they are cut off.")
            .example("restart fast")),
    STATS(own("stats", MONITOR, WATCH, "Shows what caches do, in the manner of iostat.")
            .synopsis("[--json] [<device>...] [<interval> [<count>]]")
            .detail("The first report is of the time since a cache came up, each later one of an interval.")
            .operand("device", "Devices, by default all.")
            .operand("interval", "Seconds between reports.")
            .operand("count", "How many reports; without a number, for ever.")
            .option(JSON, "Print JSON for each report: an object for one device named, else a list.")
            .example("stats fast 1")),
    MAP(own("map", MONITOR, WATCH, "Draws what each segment of a cache holds.")
            .synopsis("[--json] [--ascii] [--svg] <device>|<cache_dev>")
            .detail("Log, dirty and clean data, or nothing: a character for each segment, or for several.")
            .operand("device", "A device.")
            .operand("cache_dev", "The path of a cache device or image that is not active.")
            .option(JSON, "Print JSON, with every segment.")
            .example("map fast")),
    METRICS(own("metrics", MONITOR, WATCH, "Prints counters for Prometheus.")
            .synopsis("[--classic|--json] [<device>...]")
            .detail("The text is OpenMetrics.")
            .operand("device", "Devices, by default all.")
            .option(JSON, "Print JSON: an object for one device named, else a list.")
            .example("metrics --classic")),
    ATTACH(own("attach", TAB, BOOT, "Creates devices of the tab.")
            .synopsis("[--tab] [--wait-for-devices] {--all|--check|<tab_name>...}")
            .detail("Devices that exist stay as they are.")
            .operand("tab_name", "Devices of the tab.")
            .option(ALL, "All that have not the option noauto.")
            .example("attach --all")),
    DETACH(own("detach", TAB, BOOT, "Removes devices of the tab.")
            .synopsis("[--tab] {--all|<tab_name>...}")
            .detail("The last one first.")
            .operand("tab_name", "Devices of the tab.")
            .example("detach fast")),
    CHECK(own("check", VerbFamily.OFFLINE, VerbGroup.OFFLINE, "Looks for damage, and writes nothing.")
            .operands(1, 2)
            .synopsis("[--no-data] [--json] <cache_dev> [<backing_dev>]")
            .operand("cache_dev", VerbRow.CACHE_DEVICE)
            .operand(
                    "backing_dev",
                    "Its backing device: keys must not exceed it, and what need not be written back is compared with it.")
            .exits(
                    "0 no errors, 4 something is wrong, 8 it could not be checked, or there is no cache, 16 wrong usage.")
            .example("check /dev/pmem0 /dev/sdb")),
    REPAIR(own(
                    "repair",
                    VerbFamily.OFFLINE,
                    VerbGroup.OFFLINE,
                    "Mends what can be mended without putting data at risk.")
            .operands(1, 1)
            .synopsis("[--yes [--backup]|--undo] [--json] <cache_dev>")
            .detail(
                    "Without --yes it only says what it would do. What it overwrites is kept in a file first; --undo takes the repair back as long as the cache was not used.")
            .operand("cache_dev", VerbRow.CACHE_DEVICE)
            .option(YES, "Do it.")
            .exits(
                    "0 nothing to do, 1 mended, 4 something is wrong and stays (5: some of it), 8 failed, or there is no cache, 16 wrong usage.")
            .example("repair --yes /dev/pmem0")),
    WRITEBACK(own("writeback", VerbFamily.OFFLINE, VerbGroup.OFFLINE, "Copies all dirty data to the backing device.")
            .operands(2, 2)
            .synopsis(
                    "[--dry-run] [--discard-damaged] [--skip-beyond-end] [--ignore-carry-over] [--force] [--json] <cache_dev> <backing_dev>")
            .detail(
                    "What is damaged is left out and named; nothing is taken for written that was not. Can be interrupted: the next run goes on from there.")
            .operand("cache_dev", VerbRow.CACHE_DEVICE)
            .operand("backing_dev", "The backing device, or an image of one.")
            .option(DRY_RUN, "Only read and count.")
            .option(FORCE, "Write to the backing device although the cache belongs to another one.")
            .exits("0 all written, 4 something was left out, 8 failed, 16 wrong usage.")
            .example("writeback /dev/pmem0 /dev/sdb")),
    DUMP(own("dump", VerbFamily.OFFLINE, VerbGroup.OFFLINE, "Prints a cache's metadata as JSON.")
            .operands(1, 1)
            .synopsis("[--data] [--json] <cache_dev>")
            .detail("All structures and keys. Writes nothing to the device.")
            .operand("cache_dev", VerbRow.CACHE_DEVICE)
            .exits("0, 8 failed, or there is no cache, 16 wrong usage.")
            .example("dump /dev/pmem0 > cache.json")),
    RESTORE(own("restore", VerbFamily.OFFLINE, VerbGroup.OFFLINE, "Makes a cache of what dump printed.")
            .operands(2, 2)
            .synopsis("[--json] <dump_file> <image_file>")
            .detail(
                    "The dump may have been edited; a checksum (crc) that was taken out is computed. If the dump is wrong, or does not fit, no image is left.",
                    "For tests: only what the dump has is in the image, so a cache dumped without --data has zeros for data.")
            .operand("dump_file", "The dump; - for standard input.")
            .operand("image_file", "A file to be made; must not exist.")
            .exits("0, 8 failed, 16 wrong usage.")
            .example("restore cache.json cache.img")),
    WIPE(own("wipe", VerbFamily.OFFLINE, VerbGroup.OFFLINE, "Makes a cache device blank, so that it can be formatted.")
            .operands(1, 1)
            .synopsis("[--force] [--json] <cache_dev>")
            .detail(
                    "A cache goes, and so does what is recognised as a file system, a volume or a partition table. A cache with dirty data is refused.")
            .operand("cache_dev", VerbRow.CACHE_DEVICE)
            .option(FORCE, "Give dirty data up.")
            .exits("0 the device is blank, 8 failed or refused, 16 wrong usage.")
            .example("wipe /dev/pmem0")),
    BATCH(own("--batch", VerbFamily.BATCH, SCRIPTS, "Runs commands from standard input, one a line, in one process.")
            .operands(0, 0)
            .synopsis("[--json] [--stop-on-error]")
            .detail(
                    "A command that fails leaves the others to be run. The exit status is that of the first that failed.")
            .option(
                    JSON,
                    "Answer each command by a line of JSON: its number, the command, its exit status, and what it printed.")
            .example("--batch --json < commands"));

    private static final VerbName[] ALL_ROWS = values();

    private final VerbRow row;

    VerbName(VerbRow row) {
        this.row = row;
    }

    /** The word as a user types it. */
    public String word() {
        return row.word;
    }

    public VerbFamily family() {
        return row.family;
    }

    public VerbGroup group() {
        return row.group;
    }

    /** What the verb does. */
    public String sentence() {
        return row.sentence;
    }

    /** What else help says of the verb, a paragraph an element. */
    public List<String> details() {
        return row.details;
    }

    /** What the exit statuses mean; empty where these are 0 and 1. */
    public String exits() {
        return row.exits;
    }

    /** A line to be pasted, without the program's name. */
    public String example() {
        return row.example;
    }

    /** What follows the word, a line an element, with the letters and the values of options. */
    public List<String> synopsis() {
        List<String> lines = new ArrayList<>();
        for (String line : row.synopsis) {
            lines.add(Synopsis.shown(line));
        }
        return lines;
    }

    /** The synopsis without the options that may be left out; headings have this behind the word. */
    public String heading() {
        return Synopsis.shown(Synopsis.withoutOptions(String.join(" ", row.synopsis)));
    }

    /**
     * The options that the verb's synopsis names, in the order of their rows; for {@code create}, both synopses count.
     */
    public List<Option> options() {
        List<Option> named = new ArrayList<>();
        for (Option option : Option.values()) {
            if (mentions(option)) {
                named.add(option);
            }
        }
        return named;
    }

    /** What an option is for when this verb takes it. */
    public String sentence(Option option) {
        return row.meanings.getOrDefault(option, option.sentence());
    }

    /**
     * What operands are, by the words that stand for them in the synopsis. An operand that needs no explanation is
     * absent.
     */
    public Map<String, String> operandSentences() {
        return row.operandSentences;
    }

    /** All rows with the same word: create has two. */
    public List<VerbName> sameWord() {
        List<VerbName> rows = new ArrayList<>();
        for (VerbName other : ALL_ROWS) {
            if (other.row.word.equals(row.word)) {
                rows.add(other);
            }
        }
        return rows;
    }

    /** The least number of operands. */
    public int least() {
        return row.least;
    }

    /** The largest number of operands; -1 where there is no limit. */
    public int most() {
        return row.most;
    }

    public boolean takes(int operands) {
        return operands >= row.least && (row.most == VerbRow.ANY_NUMBER || operands <= row.most);
    }

    /** Whether the option has a meaning for the verb, or dmsetup takes the option with any verb. */
    public boolean takes(Option option) {
        return row.family == VerbFamily.DMSETUP && option.isGeneral() || mentions(option);
    }

    /** Whether a synopsis of the verb names the option. */
    boolean mentions(Option option) {
        for (VerbName other : ALL_ROWS) {
            if (other.row.word.equals(row.word) && other.mentions(option.longName())) {
                return true;
            }
        }
        return false;
    }

    private boolean mentions(String longName) {
        String wanted = "--" + longName;
        for (String line : row.synopsis) {
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

    /** A line that refuses an option of other verbs, and names these verbs. */
    public String refusalOf(Option option) {
        return word() + " does not take --" + option.longName() + ": it is for "
                + (option.isGeneral() ? "the verbs that dmsetup has" : String.join(", ", takersOf(option))) + ".";
    }

    /** The words of all verbs that take an option. */
    public static List<String> takersOf(Option option) {
        List<String> words = new ArrayList<>();
        for (VerbName verb : ALL_ROWS) {
            if (verb.takes(option) && !words.contains(verb.word())) {
                words.add(verb.word());
            }
        }
        return words;
    }

    /** Whether the verb changes nothing, so that {@code --count} may repeat it. */
    public boolean isQuery() {
        return row.query;
    }

    /** Whether the verb prints a report, and looks at the options for reports by itself. */
    public boolean isReport() {
        return row.report;
    }

    /** Null where there is no such verb. Verbs cannot be abbreviated. */
    public static VerbName of(String word) {
        for (VerbName verb : ALL_ROWS) {
            if (verb.row.word.equals(word)) {
                return verb;
            }
        }
        return null;
    }
}
