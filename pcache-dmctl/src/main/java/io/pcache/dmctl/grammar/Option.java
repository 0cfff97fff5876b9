package io.pcache.dmctl.grammar;

/**
 * Every long option, in the order in which an ambiguous abbreviation lists them. The ones that only dmstats has a use
 * for are here too: they decide which abbreviations are unambiguous, and dmsetup takes them without complaint.
 */
public enum Option {
    READONLY("readonly", 'r', false, "Do not let clients write."),
    ALIAS("alias", true),
    ALLDEVICES("alldevices"),
    ALLPROGRAMS("allprograms"),
    ALLREGIONS("allregions"),
    AREA("area"),
    AREAS("areas", true),
    AREASIZE("areasize", true),
    BOUNDS("bounds", true),
    CHECKS("checks", false, "Accepted, and without effect."),
    CLEAR("clear"),
    COLUMNS("columns", 'c', false, "Print a report."),
    CONCISE("concise", false, "Tables on one line."),
    COUNT("count", true, "Print it so often; 0 for ever."),
    DEFERRED("deferred", false, "Remove a device that is open at its last close."),
    SELECT("select", 'S', true, "Only devices that match, such as 'open>0'."),
    EXEC("exec", true, "Run this on each device instead of printing."),
    FILEMAP("filemap"),
    FOLLOW("follow", true),
    FORCE("force", 'f', false, "Insist; see the manual for what that means to each verb."),
    FOREGROUND("foreground"),
    GID("gid", 'G', true, "Group of the device's node."),
    GROUP("group"),
    GROUPID("groupid", true),
    HELP("help", 'h', false, "Print this, or how the verb is used."),
    HISTOGRAM("histogram"),
    INACTIVE("inactive", false, "Look at the inactive table."),
    INTERVAL("interval", true, "Seconds between two times."),
    LENGTH("length", true),
    MANGLENAME("manglename", true, "How names are shown and taken."),
    MAJOR("major", 'j', true, "Always 252; with --minor, the device that has this number."),
    MINOR("minor", 'm', true, "The new device's minor; elsewhere, the device that has it."),
    MODE("mode", 'M', true, "Permissions of the device's node."),
    NAMEPREFIXES("nameprefixes", false, "A report as DM_FIELD='VALUE'."),
    NOGROUP("nogroup"),
    NOFLUSH("noflush", false, "Do not wait for requests under way."),
    NOHEADINGS("noheadings", false, "A report without headings."),
    NOLOCKFS("nolockfs", false, "Do not freeze a file system; there is none that could be."),
    NOOPENCOUNT("noopencount", false, "Accepted, and without effect."),
    NOSUFFIX("nosuffix"),
    NOTABLE("notable", 'n', false, "Make a device without a table."),
    NOTIMESUFFIX("notimesuffix"),
    UDEVCOOKIE("udevcookie", true, "Accepted, and without effect: no udev daemon is waited for."),
    NOMONITOR("nomonitor"),
    NOUDEVRULES("noudevrules", false, "Accepted, and without effect."),
    NOUDEVSYNC("noudevsync", false, "Accepted, and without effect."),
    OPTIONS("options", 'o', true, "Fields of a report, or how devices are shown."),
    PRECISE("precise"),
    PROGRAMID("programid", true),
    RAW("raw"),
    READAHEAD("readahead", true, "Read-ahead in sectors; with a plus sign, at least so much."),
    REGION("region"),
    REGIONS("regions", true),
    REGIONID("regionid", true),
    RELATIVE("relative"),
    RETRY("retry", false, "Try for five seconds where the device is open."),
    ROWS("rows", false, "A report with a field a line."),
    SEGMENTS("segments"),
    SEPARATOR("separator", true, "A report with this between fields, in place of columns."),
    SETUUID("setuuid", false, "Give it a uuid instead of a name."),
    SHOWKEYS("showkeys", false, "Accepted, and without effect."),
    SORT("sort", 'O', true, "Sort a report by these fields."),
    START("start", true),
    TABLE("table", true, "The table, in place of a file or standard input."),
    TARGET("target", true, "Only lines, or devices with lines, of this type."),
    TREE("tree", false, "Draw which device uses which."),
    UID("uid", 'U', true, "Owner of the device's node."),
    UNITS("units", true),
    UUID("uuid", 'u', true, "The new device's uuid; elsewhere, the device that has it."),
    UNBUFFERED("unbuffered", false, "Accepted, and without effect."),
    UNQUOTED("unquoted", false, "With --nameprefixes, values without quotes."),
    USERDATA("userdata", true),
    VERBOSE("verbose", 'v', false, "Print more."),
    VERIFYUDEV("verifyudev", false, "Accepted, and without effect."),
    VERSION("version", false, "Print the version."),
    YES("yes", 'y', false, "Do not ask."),
    ADDNODEONRESUME("addnodeonresume", false, "Accepted: a device has a node from its first resume on."),
    ADDNODEONCREATE("addnodeoncreate", false, "Accepted: a device has a node from its first resume on."),
    // Ours. None of them makes an abbreviation of one above ambiguous: where the two share a prefix, the abbreviation
    // means the one above.
    JSON("json", false, "Print JSON."),
    DRY_RUN("dry-run", false, "Tell what would be made, or why not, and change nothing."),
    FRONTEND("frontend", true, "How the device is served; auto takes ublk where the kernel has it."),
    SALVAGE(
            "salvage",
            false,
            "Activate what is readable of a log that is damaged in the middle; what was written later is lost."),
    VERIFY("verify", true, "How much clean data is compared with the backing device; sample if not given."),
    WAIT("wait", true, "Give up after this time."),
    METRICS("metrics", true, "Serve the device's counters by HTTP there."),
    LOG_LEVEL("log-level", true, "How much the target says in its log."),
    QUEUES("queues", true, "Threads that serve the device."),
    QUEUE_DEPTH("queue-depth", true, "Requests in flight on each queue.");

    private static final Option[] ALL = values();

    private final String longName;
    private final char letter;
    private final boolean takesValue;
    private final String sentence;

    /** One that only dmstats has a use for. */
    Option(String longName) {
        this(longName, '\0', false, "");
    }

    /** One that only dmstats has a use for. */
    Option(String longName, boolean takesValue) {
        this(longName, '\0', takesValue, "");
    }

    Option(String longName, boolean takesValue, String sentence) {
        this(longName, '\0', takesValue, sentence);
    }

    Option(String longName, char letter, boolean takesValue, String sentence) {
        this.longName = longName;
        this.letter = letter;
        this.takesValue = takesValue;
        this.sentence = sentence;
    }

    public boolean hasLetter() {
        return letter != '\0';
    }

    public char letter() {
        return letter;
    }

    /** What it is for. */
    public String sentence() {
        return sentence;
    }

    /** Whether only dmstats has a use for it. */
    public boolean isOfDmstats() {
        return sentence.isEmpty();
    }

    /**
     * Whether dmsetup takes it with any verb, as scripts expect: it applies to all, or chooses devices, or shapes a
     * report.
     */
    public boolean isGeneral() {
        return switch (this) {
            case READONLY,
                    CHECKS,
                    COLUMNS,
                    COUNT,
                    SELECT,
                    FORCE,
                    HELP,
                    INACTIVE,
                    INTERVAL,
                    MANGLENAME,
                    MAJOR,
                    MINOR,
                    NAMEPREFIXES,
                    NOFLUSH,
                    NOHEADINGS,
                    NOLOCKFS,
                    NOOPENCOUNT,
                    UDEVCOOKIE,
                    NOUDEVRULES,
                    NOUDEVSYNC,
                    OPTIONS,
                    READAHEAD,
                    RETRY,
                    ROWS,
                    SEPARATOR,
                    SORT,
                    UUID,
                    UNBUFFERED,
                    UNQUOTED,
                    VERBOSE,
                    VERIFYUDEV,
                    VERSION,
                    YES -> true;
            default -> isOfDmstats();
        };
    }

    public String longName() {
        return longName;
    }

    public boolean takesValue() {
        return takesValue;
    }

    /** As typed: {@code -f, --force}. */
    public String shown() {
        return (letter == '\0' ? "    " : "-" + letter + ", ") + "--" + longName;
    }

    /** Whether dmsetup has it. */
    public boolean isOfDmsetup() {
        return ordinal() < JSON.ordinal();
    }

    /** Null where no option has the letter. */
    public static Option ofLetter(char letter) {
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
    public static Option[] all() {
        return ALL;
    }
}
