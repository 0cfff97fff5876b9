package io.pcache.dmctl.verb;

/** The verbs of dmsetup, and {@link #RESTART}: how many operands each takes, and how the usage text shows it. */
public enum VerbName {
    HELP("help", 0, 0, "[-c|-C|--columns]"),
    CREATE("create", 0, 2, "<dev_name> [<table_file>]",
        "[-n|--notable|--table <table>] [-u|--uuid <uuid>] [-r|--readonly]",
        "[-j|--major <major> -m|--minor <minor>]",
        "[-U|--uid <uid>] [-G|--gid <gid>] [-M|--mode <octal_mode>]",
        "[--readahead {[+]<sectors>|auto|none}] [--addnodeonresume|--addnodeoncreate]",
        "[--frontend {auto|ublk|nbd}] [--queues <n>] [--queue-depth <n>] [--metrics {<port>|unix}]",
        "[-f|--force] [--salvage] [--wait <seconds>] [--json]"),
    CREATE_CONCISE("create", 0, 2, "--concise [<concise_device_spec_list>]"),
    REMOVE("remove", 0, -1, "[--deferred] [-f|--force] [--retry] <device>..."),
    REMOVE_ALL("remove_all", 0, 0, "[-f|--force] [--deferred]"),
    SUSPEND("suspend", 0, -1, "[--noflush] [--nolockfs] <device>..."),
    RESUME("resume", 0, -1, "[--noflush] [--nolockfs] <device>...",
        "[--addnodeonresume|--addnodeoncreate]",
        "[--readahead {[+]<sectors>|auto|none}]"),
    LOAD("load", 0, 2, "<device> [--table <table>|<table_file>] [-r|--readonly] [-f|--force] [--salvage]"),
    CLEAR("clear", 0, -1, "<device>..."),
    RELOAD("reload", 0, 2, "<device> [--table <table>|<table_file>] [-r|--readonly] [-f|--force] [--salvage]"),
    WIPE_TABLE("wipe_table", 0, -1, "[-f|--force] [--noflush] [--nolockfs] <device>..."),
    RENAME("rename", 1, 2, "<device> [--setuuid] <new_name_or_uuid>"),
    MEASURE("measure", 0, -1, "[<device>...] [--json]"),
    MESSAGE("message", 2, -1, "<device> <sector> <message>"),
    LS("ls", 0, 0, "[--target <target_type>] [--exec <command>] [-o <options>] [--tree] [--json]"),
    INFO("info", 0, -1, "[--json] [<device>...]"),
    DEPS("deps", 0, -1, "[-o <options>] [--json] [<device>...]"),
    STATUS("status", 0, -1, "[<device>...] [--noflush] [--target <target_type>] [--json]"),
    TABLE("table", 0, -1, "[<device>...] [--concise] [--target <target_type>] [--showkeys] [--json]"),
    WAIT("wait", 0, 2, "<device> [<event_nr>] [--noflush]"),
    MKNODES("mknodes", 0, -1, "[<device>...]"),
    MANGLE("mangle", 0, -1, "[<device>...]"),
    UDEVCREATECOOKIE("udevcreatecookie", 0, 0, ""),
    UDEVRELEASECOOKIE("udevreleasecookie", 0, 1, "[<cookie>]"),
    UDEVFLAGS("udevflags", 1, 1, "<cookie>"),
    UDEVCOMPLETE("udevcomplete", 1, 1, "<cookie>"),
    UDEVCOMPLETE_ALL("udevcomplete_all", 0, 1, "[<age_in_minutes>]"),
    UDEVCOOKIES("udevcookies", 0, 0, "[--json]"),
    TARGET_VERSION("target-version", 1, -1, "<target>... [--json]"),
    TARGETS("targets", 0, 0, "[--json]"),
    VERSION("version", 0, 0, "[--json]"),
    SETGEOMETRY("setgeometry", 5, 5, "<device> <cyl> <head> <sect> <start>"),
    SPLITNAME("splitname", 1, 2, "<device> [<subsystem>] [--json]"),
    RESTART("restart", 0, -1, "[--wait <seconds>] <device>...");

    private final String word;
    private final int least;
    private final int most;
    private final String[] synopsis;

    /** @param most -1 for any number */
    VerbName(String word, int least, int most, String... synopsis) {
        this.word = word;
        this.least = least;
        this.most = most;
        this.synopsis = synopsis;
    }

    /** As typed. */
    public String word() {
        return word;
    }

    /** What follows the word, a line an element. */
    String[] synopsis() {
        return synopsis;
    }

    public boolean takes(int operands) {
        return operands >= least && (most < 0 || operands <= most);
    }

    /** Whether the verb changes nothing, so that {@code --count} may repeat it. */
    public boolean isQuery() {
        return switch (this) {
            case LS, INFO, DEPS, STATUS, TABLE, MEASURE, TARGETS, TARGET_VERSION, VERSION, SPLITNAME -> true;
            default -> false;
        };
    }

    /** Whether it has anything to print as JSON. */
    public boolean takesJson() {
        return isQuery() || this == CREATE || this == UDEVCOOKIES;
    }

    /** Whether it prints a report, and looks at the options for it by itself. */
    public boolean isReport() {
        return this == INFO || this == SPLITNAME || this == HELP;
    }

    /** Null where there is no such verb. They cannot be abbreviated. */
    public static VerbName of(String word) {
        for (VerbName name : values()) {
            if (name.word.equals(word)) {
                return name;
            }
        }
        return null;
    }

    /** A new object of the class behind it; no other class is loaded. */
    public Verb make() {
        return switch (this) {
            case HELP -> new HelpVerb();
            case CREATE, CREATE_CONCISE -> new CreateVerb();
            case REMOVE -> new RemoveVerb();
            case REMOVE_ALL -> new RemoveAllVerb();
            case SUSPEND -> new SuspendVerb();
            case RESUME -> new ResumeVerb();
            case LOAD, RELOAD -> new LoadVerb();
            case CLEAR -> new ClearVerb();
            case WIPE_TABLE -> new WipeTableVerb();
            case RENAME -> new RenameVerb();
            case MEASURE, STATUS, TABLE -> new TableVerb(this);
            case MESSAGE -> new MessageVerb();
            case LS -> new LsVerb();
            case INFO -> new InfoVerb();
            case DEPS -> new DepsVerb();
            case WAIT -> new WaitVerb();
            case MKNODES -> new MknodesVerb();
            case MANGLE -> new MangleVerb();
            case UDEVCREATECOOKIE, UDEVRELEASECOOKIE, UDEVFLAGS, UDEVCOMPLETE, UDEVCOMPLETE_ALL, UDEVCOOKIES -> new UdevVerb(this);
            case TARGET_VERSION, TARGETS -> new TargetsVerb(this);
            case VERSION -> new VersionVerb();
            case SETGEOMETRY -> new SetgeometryVerb();
            case SPLITNAME -> new SplitnameVerb();
            case RESTART -> new RestartVerb();
        };
    }
}
