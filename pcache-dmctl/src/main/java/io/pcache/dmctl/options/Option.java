package io.pcache.dmctl.options;

/**
 * Every long option, in the order in which an ambiguous abbreviation lists them. The ones that only dmstats has a use for are here too: they
 * decide which abbreviations are unambiguous, and dmsetup takes them without complaint.
 */
public enum Option {
    READONLY("readonly", 'r', false),
    ALIAS("alias", true),
    ALLDEVICES("alldevices"),
    ALLPROGRAMS("allprograms"),
    ALLREGIONS("allregions"),
    AREA("area"),
    AREAS("areas", true),
    AREASIZE("areasize", true),
    BOUNDS("bounds", true),
    CHECKS("checks"),
    CLEAR("clear"),
    COLUMNS("columns", 'c', false),
    CONCISE("concise"),
    COUNT("count", true),
    DEFERRED("deferred"),
    SELECT("select", 'S', true),
    EXEC("exec", true),
    FILEMAP("filemap"),
    FOLLOW("follow", true),
    FORCE("force", 'f', false),
    FOREGROUND("foreground"),
    GID("gid", 'G', true),
    GROUP("group"),
    GROUPID("groupid", true),
    HELP("help", 'h', false),
    HISTOGRAM("histogram"),
    INACTIVE("inactive"),
    INTERVAL("interval", true),
    LENGTH("length", true),
    MANGLENAME("manglename", true),
    MAJOR("major", 'j', true),
    MINOR("minor", 'm', true),
    MODE("mode", 'M', true),
    NAMEPREFIXES("nameprefixes"),
    NOGROUP("nogroup"),
    NOFLUSH("noflush"),
    NOHEADINGS("noheadings"),
    NOLOCKFS("nolockfs"),
    NOOPENCOUNT("noopencount"),
    NOSUFFIX("nosuffix"),
    NOTABLE("notable", 'n', false),
    NOTIMESUFFIX("notimesuffix"),
    UDEVCOOKIE("udevcookie", true),
    NOMONITOR("nomonitor"),
    NOUDEVRULES("noudevrules"),
    NOUDEVSYNC("noudevsync"),
    OPTIONS("options", 'o', true),
    PRECISE("precise"),
    PROGRAMID("programid", true),
    RAW("raw"),
    READAHEAD("readahead", true),
    REGION("region"),
    REGIONS("regions", true),
    REGIONID("regionid", true),
    RELATIVE("relative"),
    RETRY("retry"),
    ROWS("rows"),
    SEGMENTS("segments"),
    SEPARATOR("separator", true),
    SETUUID("setuuid"),
    SHOWKEYS("showkeys"),
    SORT("sort", 'O', true),
    START("start", true),
    TABLE("table", true),
    TARGET("target", true),
    TREE("tree"),
    UID("uid", 'U', true),
    UNITS("units", true),
    UUID("uuid", 'u', true),
    UNBUFFERED("unbuffered"),
    UNQUOTED("unquoted"),
    USERDATA("userdata", true),
    VERBOSE("verbose", 'v', false),
    VERIFYUDEV("verifyudev"),
    VERSION("version"),
    YES("yes", 'y', false),
    ADDNODEONRESUME("addnodeonresume"),
    ADDNODEONCREATE("addnodeoncreate"),
    // Ours. None of them shares a prefix with one above that would make an abbreviation of that ambiguous.
    JSON("json"),
    FRONTEND("frontend", true),
    SALVAGE("salvage"),
    WAIT("wait", true),
    METRICS("metrics", true),
    QUEUES("queues", true),
    QUEUE_DEPTH("queue-depth", true);

    private static final Option[] ALL = values();

    private final String longName;
    private final char letter;
    private final boolean takesValue;

    Option(String longName) {
        this(longName, '\0', false);
    }

    Option(String longName, boolean takesValue) {
        this(longName, '\0', takesValue);
    }

    Option(String longName, char letter, boolean takesValue) {
        this.longName = longName;
        this.letter = letter;
        this.takesValue = takesValue;
    }

    public String longName() {
        return longName;
    }

    public boolean takesValue() {
        return takesValue;
    }

    /** Null where no option has the letter. */
    static Option ofLetter(char letter) {
        if (letter == 'C') {
            return COLUMNS;
        }
        for (Option option : ALL) {
            if (option.letter == letter && letter != '\0') {
                return option;
            }
        }
        return null;
    }

    /** All, in order; not to be changed. */
    static Option[] all() {
        return ALL;
    }
}
