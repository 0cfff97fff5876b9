package io.pcache.dmctl.options;

import io.pcache.cache.Verify;
import io.pcache.control.ByteText;
import io.pcache.control.QueueOptions;
import io.pcache.dmctl.grammar.Option;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The command line of one of dmsetup's verbs: operands, which options were given, and their values. Values that are
 * numbers or words of a fixed set have been checked. Immutable once parsed.
 */
public final class Options {
    /**
     * The value of {@link #minor}, {@link #major}, {@link #userId}, {@link #groupId}, {@link #mode} and
     * {@link #waitSeconds} where the option was not given.
     */
    public static final int UNSET = -1;

    /** How device names are written and shown; see {@code --manglename}. */
    public enum NameMode {
        NONE,
        AUTO,
        HEX
    }

    /** What {@code -o} asks {@code ls} and {@code deps} to show of a device. */
    public enum DeviceLabel {
        NUMBER,
        BLOCK_NAME,
        MAPPED_NAME
    }

    /**
     * A read-ahead in sectors.
     *
     * @param sectors -1 for auto: the present read-ahead stays
     * @param minimum whether the present read-ahead stays where that is larger
     */
    public record ReadAhead(long sectors, boolean minimum) {
        static final ReadAhead AUTO = new ReadAhead(-1, false);
        private static final int SECTORS_PER_PAGE = 8;

        /**
         * The read-ahead as the kernel keeps it: a caller rounds up to kibibytes, and the kernel then rounds down to
         * pages.
         */
        public ReadAhead inPages() {
            return sectors < 0
                    ? this
                    : new ReadAhead((sectors + 1) / 2 * 2 / SECTORS_PER_PAGE * SECTORS_PER_PAGE, minimum);
        }
    }

    private static final int MAX_PORT = 65535;
    private static final String MESSAGE_VERB = "message";

    private final int[] given = new int[Option.ofDmsetupsLine().length];
    private final String[] values = new String[Option.ofDmsetupsLine().length];
    private List<String> operands = List.of();
    private int major = UNSET;
    private int minor = UNSET;
    private int userId = UNSET;
    private int groupId = UNSET;
    private int mode = UNSET;
    private ReadAhead readAhead = ReadAhead.AUTO;
    private NameMode nameMode = NameMode.AUTO;
    private DeviceLabel deviceLabel = DeviceLabel.NUMBER;
    private TreeStyle treeStyle;
    private Map<String, String> environment;
    private long count = 1;
    private int intervalSeconds = 1;
    private int waitSeconds = UNSET;
    private int queues;
    private int queueDepth;
    private boolean badCookie;

    private Options() {}

    /**
     * @param program the name that error texts begin with
     * @param environment DM_DEFAULT_NAME_MANGLING_MODE and POSIXLY_CORRECT are looked at
     */
    public static Options parse(String program, List<String> arguments, Map<String, String> environment)
            throws OptionException {
        Options options = new Options();
        options.nameMode = nameMode(environment.get("DM_DEFAULT_NAME_MANGLING_MODE"), NameMode.AUTO);
        options.environment = environment;
        options.operands =
                Getopt.parse(program, arguments, environment.get("POSIXLY_CORRECT") == null, new Reader(options));
        options.checkTogether();
        return options;
    }

    /** Stores options and their values, in the order of the command line. */
    private record Reader(Options options) implements Getopt.Handler {

        /**
         * A negative number in a message is a word of the message. dmsetup takes such a number for an option that does
         * not exist.
         */
        @Override
        public boolean isOperand(String argument, List<String> operandsSoFar) {
            char second = argument.charAt(1);
            return second >= '0'
                    && second <= '9'
                    && !operandsSoFar.isEmpty()
                    && operandsSoFar.get(0).equals(MESSAGE_VERB);
        }

        @Override
        public void option(Option option, String value) throws OptionException {
            options.take(option, value);
        }
    }

    private void take(Option option, String value) throws OptionException {
        given[option.ordinal()]++;
        values[option.ordinal()] = value;
        if (value != null && option != Option.UUID && !ByteText.isUtf8(value)) {
            throw new OptionException(
                    "Invalid argument for --" + option.longName() + ": it holds bytes that are not UTF-8.");
        }
        switch (option) {
            case MAJOR -> major = natural(option, value);
            case MINOR -> minor = natural(option, value);
            case UID -> userId = natural(option, value);
            case GID -> groupId = natural(option, value);
            case MODE -> mode = mode(value);
            case READAHEAD -> readAhead = readAhead(value);
            case MANGLENAME -> manglename(value);
            case COUNT -> count(value);
            case INTERVAL -> interval(value);
            case WAIT -> waitSeconds = positive(option, value, Integer.MAX_VALUE);
            case QUEUES -> queues = positive(option, value, QueueOptions.MAX_QUEUES);
            case QUEUE_DEPTH -> queueDepth = positive(option, value, QueueOptions.MAX_DEPTH);
            case METRICS -> checkMetrics(value);
            case UDEVCOOKIE -> badCookie |= Cookie.parse(value) == 0;
            default -> {
                if (option.isChoice()) {
                    checkChoice(option, value);
                }
            }
        }
    }

    private void checkTogether() throws OptionException {
        if (has(Option.MAJOR) != has(Option.MINOR)) {
            throw new OptionException("Please specify both major number and minor number.");
        }
        if (has(Option.JSON) && (has(Option.EXEC) || has(Option.TREE))) {
            throw new OptionException((has(Option.EXEC) ? "--exec" : "--tree") + " and --json are incompatible.");
        }
        if (has(Option.TREE)) {
            treeStyle = TreeStyle.forLocale(environment);
        }
        if (has(Option.OPTIONS)) {
            parseLabels(value(Option.OPTIONS));
        }
        if (has(Option.TABLE) && has(Option.NOTABLE)) {
            throw new OptionException("--table and --notable are incompatible.");
        }
        if (has(Option.ADDNODEONRESUME) && has(Option.ADDNODEONCREATE)) {
            throw new OptionException("--addnodeonresume and --addnodeoncreate are incompatible.");
        }
    }

    /** Fields of a report are checked later: the verb decides which fields there are. */
    private void parseLabels(String text) throws OptionException {
        if (has(Option.TREE)) {
            treeStyle = treeStyle.with(text);
        } else if (!has(Option.COLUMNS) && !isVerb("splitname")) {
            deviceLabel = deviceLabel(text);
        }
    }

    private boolean isVerb(String name) {
        return !operands.isEmpty() && operands.get(0).equals(name);
    }

    private static DeviceLabel deviceLabel(String text) throws OptionException {
        DeviceLabel label = DeviceLabel.NUMBER;
        for (int from = 0; from < text.length(); ) {
            int comma = text.indexOf(',', from);
            String word = text.substring(from, comma < 0 ? text.length() : comma);
            if ("devno".startsWith(word)) {
                label = DeviceLabel.NUMBER;
            } else if ("blkdevname".startsWith(word)) {
                label = DeviceLabel.BLOCK_NAME;
            } else if ("devname".startsWith(word)) {
                label = DeviceLabel.MAPPED_NAME;
            } else {
                throw new OptionException("Option not recognised: " + text.substring(from) + ".");
            }
            from += word.length() + 1;
        }
        return label;
    }

    private void manglename(String value) throws OptionException {
        nameMode = nameMode(value, null);
        if (nameMode == null) {
            throw new OptionException("Unknown name mangling mode.\npcache: --manglename takes auto, hex or none");
        }
    }

    private static NameMode nameMode(String text, NameMode fallback) {
        if (text == null) {
            return fallback;
        }
        for (NameMode candidate : NameMode.values()) {
            if (candidate.name().equalsIgnoreCase(text)) {
                return candidate;
            }
        }
        return fallback;
    }

    private void count(String value) throws OptionException {
        if (value.startsWith("-")) {
            throw new OptionException("Count must be zero or greater.");
        }
        count = natural(Option.COUNT, value);
    }

    private void interval(String value) throws OptionException {
        intervalSeconds = parseNatural(value);
        if (intervalSeconds < 1) {
            throw new OptionException("Interval must be a positive integer.");
        }
    }

    private static int mode(String value) throws OptionException {
        int mode = 0;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            mode = c >= '0' && c <= '7' && mode <= 0777 ? mode * 8 + c - '0' : -1;
            if (mode < 0) {
                break;
            }
        }
        if (mode <= 0) {
            throw new OptionException(
                    "Invalid argument for --mode: " + value + ". \npcache: --mode takes an octal number, such as 0660");
        }
        return mode;
    }

    private static ReadAhead readAhead(String value) throws OptionException {
        switch (value) {
            case "auto":
                return ReadAhead.AUTO;
            case "none":
                return new ReadAhead(0, false);
            default:
                break;
        }
        boolean minimum = value.startsWith("+");
        String number = minimum ? value.substring(1) : value;
        if (number.startsWith("-") && parseNatural(number.substring(1)) >= 0) {
            throw new OptionException("Negative read ahead value (" + number + ") is not understood.");
        }
        return new ReadAhead(natural(Option.READAHEAD, number), minimum);
    }

    private static void checkChoice(Option option, String value) throws OptionException {
        List<String> words = option.words();
        if (!words.contains(value)) {
            int last = words.size() - 1;
            throw new OptionException("Invalid argument for --" + option.longName() + ": " + value + ": it is "
                    + String.join(", ", words.subList(0, last)) + " or " + words.get(last) + ".");
        }
    }

    private static void checkMetrics(String value) throws OptionException {
        int port = parseNatural(value);
        if (!value.equals("unix") && (port < 1 || port > MAX_PORT)) {
            throw new OptionException(
                    "Invalid argument for --metrics: " + value + ": it is a port, 1 to " + MAX_PORT + ", or unix.");
        }
    }

    private static int positive(Option option, String value, int most) throws OptionException {
        int number = natural(option, value);
        if (number == 0 || number > most) {
            throw new OptionException(
                    "Invalid argument for --" + option.longName() + ": " + value + ": it is 1 to " + most + ".");
        }
        return number;
    }

    private static int natural(Option option, String value) throws OptionException {
        int number = parseNatural(value);
        if (number < 0) {
            throw new OptionException("Invalid argument for --" + option.longName() + ": " + value + ".\npcache: --"
                    + option.longName() + " takes a number");
        }
        return number;
    }

    /** -1 where the text is not a decimal number that fits. */
    private static int parseNatural(String text) {
        long number = text.isEmpty() ? -1 : 0;
        for (int i = 0; i < text.length() && number >= 0; i++) {
            char c = text.charAt(i);
            number = c >= '0' && c <= '9' && number <= Integer.MAX_VALUE ? number * 10 + c - '0' : -1;
        }
        return number <= Integer.MAX_VALUE ? (int) number : -1;
    }

    /** The operands; the first of them is the verb. */
    public List<String> operands() {
        return operands;
    }

    /** Which options were given, in the order of their declaration. */
    public List<Option> given() {
        List<Option> found = new ArrayList<>();
        for (Option option : Option.ofDmsetupsLine()) {
            if (has(option)) {
                found.add(option);
            }
        }
        return found;
    }

    public boolean has(Option option) {
        return given[option.ordinal()] > 0;
    }

    /** The value that was given last; null where the option was not given. */
    public String value(Option option) {
        return values[option.ordinal()];
    }

    public int major() {
        return major;
    }

    public int minor() {
        return minor;
    }

    public int userId() {
        return userId;
    }

    public int groupId() {
        return groupId;
    }

    /** Permissions of the device's node, or {@link #UNSET}. */
    public int mode() {
        return mode;
    }

    public ReadAhead readAhead() {
        return readAhead;
    }

    public NameMode nameMode() {
        return nameMode;
    }

    public DeviceLabel deviceLabel() {
        return deviceLabel;
    }

    /** Null where no tree is asked for. */
    public TreeStyle treeStyle() {
        return treeStyle;
    }

    /** How often a query is made; 0 for ever. Given an interval without a count, a query is made for ever. */
    public long count() {
        return has(Option.COUNT) || !has(Option.INTERVAL) ? count : 0;
    }

    public int intervalSeconds() {
        return intervalSeconds;
    }

    /** How long a change may take, in seconds; {@link #UNSET} for the default. */
    public int waitSeconds() {
        return waitSeconds;
    }

    /** How much of what a cache has clean is compared with its backing device. */
    public Verify verify() {
        return has(Option.VERIFY) ? Verify.of(value(Option.VERIFY)) : Verify.SAMPLE;
    }

    /** The queues of a new device's front end. */
    public QueueOptions queues() {
        return new QueueOptions(queues, queueDepth);
    }

    /** Whether the value of {@code --udevcookie} is no cookie. dmsetup says so and goes on. */
    public boolean hasBadCookie() {
        return badCookie;
    }

    /** Whether an option selects the device, by uuid or by number, instead of a name. */
    public boolean selectsDevice() {
        return has(Option.UUID) || has(Option.MAJOR);
    }
}
