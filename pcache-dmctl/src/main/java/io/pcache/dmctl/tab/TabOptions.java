package io.pcache.dmctl.tab;

import io.pcache.control.DeviceName;
import io.pcache.control.QueueOptions;
import io.pcache.dmctl.grammar.Option;
import io.pcache.setting.Setting;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The options of a line of the tab, and the values that these may have. {@code create} refuses no value that passes
 * here.
 */
final class TabOptions {
    static final String NOFAIL = "nofail";
    static final String NOAUTO = "noauto";
    static final String READONLY = "readonly";
    static final String NETDEV = "_netdev";
    static final String DEVICE_TIMEOUT = "device-timeout";

    /** Options with a value that {@code create} has by the same name; the value is passed on as it is. */
    static final List<Option> OF_CREATE = List.of(
            Option.UUID,
            Option.FRONTEND,
            Option.QUEUES,
            Option.QUEUE_DEPTH,
            Option.CACHE_IO,
            Option.CACHE_DISCARD,
            Option.METRICS,
            Option.WAIT);

    private static final String NONE = "-";
    private static final int MAX_DIGITS = 18;
    private static final int MAX_PORT = 65535;

    /** A check of a value, and what the check expects. */
    private record Value(String expected, Check check) {
        static final Value NOTHING = new Value(null, text -> false);

        static Value word(List<String> words) {
            return new Value(String.join(" or ", words), words::contains);
        }

        static Value number(long least, long most) {
            return new Value("a number, " + least + " to " + most, text -> isNumber(text, least, most));
        }

        private static boolean isNumber(String text, long least, long most) {
            if (text.isEmpty() || text.length() > MAX_DIGITS || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
                return false;
            }
            long number = Long.parseLong(text);
            return number >= least && number <= most;
        }
    }

    private interface Check {
        boolean accepts(String text);
    }

    private static final Map<String, Value> OPTIONS = options();

    private TabOptions() {}

    private static Map<String, Value> options() {
        Map<String, Value> options = new LinkedHashMap<>();
        for (String flag : List.of(NOAUTO, NOFAIL, NETDEV, READONLY)) {
            options.put(flag, Value.NOTHING);
        }
        for (Setting setting : Setting.options()) {
            options.put(
                    setting.key(),
                    new Value(setting.range().inWords(), text -> setting.range().read(text) != null));
        }
        for (Option choice : List.of(Option.FRONTEND, Option.CACHE_IO, Option.CACHE_DISCARD)) {
            options.put(choice.longName(), Value.word(choice.words()));
        }
        options.put(
                Option.METRICS.longName(),
                new Value(
                        "a port, 1 to " + MAX_PORT + ", or unix",
                        text -> text.equals("unix") || Value.isNumber(text, 1, MAX_PORT)));
        options.put(
                Option.UUID.longName(),
                new Value(
                        "at most " + DeviceName.MAX_UUID_BYTES + " characters, mangled or not",
                        text -> !text.isEmpty() && TabWords.storedLength(text) <= DeviceName.MAX_UUID_BYTES));
        options.put("size", Value.number(1, Long.MAX_VALUE >> 9));
        options.put(Option.QUEUES.longName(), Value.number(1, QueueOptions.MAX_QUEUES));
        options.put(Option.QUEUE_DEPTH.longName(), Value.number(1, QueueOptions.MAX_DEPTH));
        options.put(Option.WAIT.longName(), Value.number(1, Integer.MAX_VALUE));
        options.put(DEVICE_TIMEOUT, Value.number(0, Integer.MAX_VALUE));
        return options;
    }

    /** The names of all options. */
    static Set<String> names() {
        return OPTIONS.keySet();
    }

    /** The options of a field, by name. An option that takes no value has an empty one. */
    static Map<String, String> parse(String field) throws TabException {
        Map<String, String> options = new LinkedHashMap<>();
        if (field.equals(NONE)) {
            return options;
        }
        for (String option : field.split(",")) {
            // An empty word between two commas, or behind the last comma, is no mistake that matters.
            if (!option.isEmpty()) {
                parse(option, options);
            }
        }
        return options;
    }

    private static void parse(String option, Map<String, String> options) throws TabException {
        int equals = option.indexOf('=');
        String name = equals < 0 ? option : option.substring(0, equals);
        Value value = OPTIONS.get(name);
        if (value == null) {
            throw new TabException("unknown option '" + name + "': there are " + String.join(", ", OPTIONS.keySet()));
        }
        if (value == Value.NOTHING && equals >= 0) {
            throw new TabException("option '" + option + "': takes no value");
        }
        String text = equals < 0 ? "" : option.substring(equals + 1);
        if (value != Value.NOTHING && !value.check().accepts(text)) {
            throw new TabException("option '" + option + "': expected " + name + "=, with " + value.expected());
        }
        options.put(name, text);
    }
}
