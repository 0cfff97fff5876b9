package io.pcache.server;

import io.pcache.control.ControlException;
import io.pcache.control.TableHelp;
import io.pcache.sys.Errno;
import java.util.List;

/**
 * The optional arguments of a pcache line: a number of words, and that many words.
 *
 * @param dataCrc keep and verify checksums of cached data; false unless told
 */
record CacheOptions(boolean dataCrc) {
    private static final int MAX_WORDS = 4;
    private static final String EXAMPLE = ", for example: " + TableHelp.OPTIONS;

    /**
     * Reads what follows the two devices, in the kernel's order and words, to which a second line is added. Beyond the
     * kernel: words after the counted ones are an error (it ignores them, and a forgotten count would quietly switch
     * checksums off), and {@code crc}, which its {@code table} prints, means {@code data_crc}.
     */
    static CacheOptions parse(List<String> words) throws ControlException {
        if (words.isEmpty()) {
            return new CacheOptions(false);
        }
        int count = count(words.get(0));
        if (count < 0 || words.size() - 1 < count) {
            throw badCount(words, count);
        }
        boolean dataCrc = false;
        for (int i = 1; i <= count; i++) {
            String option = words.get(i);
            boolean last = i == count;
            switch (option) {
                case "cache_mode" -> {
                    requireValue(last, option, "writeback");
                    if (!words.get(++i).equals("writeback")) {
                        throw refusal(
                                "Invalid cache mode parameter",
                                TableHelp.quoted(words.get(i)) + " is no cache mode: the only one is writeback"
                                        + EXAMPLE);
                    }
                }
                case "data_crc", "crc" -> {
                    requireValue(last, "data_crc", "true or false");
                    dataCrc = switch (words.get(++i)) {
                        case "true" -> true;
                        case "false" -> false;
                        default ->
                            throw refusal(
                                    "Invalid data crc parameter",
                                    TableHelp.quoted(words.get(i)) + " is neither true nor false" + EXAMPLE);
                    };
                }
                default -> throw refusal("Unrecognised cache option requested", unknown(option));
            }
        }
        if (words.size() - 1 > count) {
            throw badCount(words, count);
        }
        return new CacheOptions(dataCrc);
    }

    private static void requireValue(boolean last, String option, String values) throws ControlException {
        if (last) {
            throw refusal(
                    "Missing value for " + option,
                    option + " needs a value, " + values + ", and the count has to include that" + EXAMPLE);
        }
    }

    private static String unknown(String option) {
        return TableHelp.quoted(option) + " is no option: these are cache_mode and data_crc"
                + (option.equals("gc_percent")
                        ? " (a device in use takes it: pcachectl message NAME 0 gc_percent 70)"
                        : "")
                + EXAMPLE;
    }

    /** -1 for what is not a plain decimal number from 0 to {@link #MAX_WORDS}; leading zeros are plain. */
    private static int count(String word) {
        int count = 0;
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            count = Math.min(MAX_WORDS + 1, count * 10 + c - '0');
        }
        return count <= MAX_WORDS ? count : -1;
    }

    private static ControlException badCount(List<String> words, int count) {
        int following = words.size() - 1;
        String found = count < 0
                ? TableHelp.quoted(words.get(0)) + " stands where the number of option words belongs, 0 to " + MAX_WORDS
                : "the count of option words is " + count + ", and "
                        + (following == 1 ? "1 word follows" : following + " words follow");
        return refusal("Invalid number of cache option arguments", found + EXAMPLE);
    }

    private static ControlException refusal(String reason, String help) {
        return new ControlException(Errno.EINVAL, "pcache: " + reason + " (-EINVAL)", "pcache: " + help);
    }
}
