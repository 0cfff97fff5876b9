package io.pcache.server.table;

import io.pcache.control.ControlException;
import io.pcache.control.TableHelp;
import io.pcache.setting.Setting;
import io.pcache.setting.SettingRange;
import io.pcache.setting.SettingValues;
import io.pcache.sys.Errno;
import java.util.List;

/** Reads the optional words of a pcache line: a number of words, and that many words. */
final class CacheOptions {
    /** A name and a value for each option. */
    private static final int MAX_WORDS = 2 * Setting.options().size();

    private static final String EXAMPLE = ", for example: " + TableHelp.OPTIONS;

    private CacheOptions() {}

    /**
     * Reads what follows the two devices. Checks come in the kernel's order and with the kernel's words; a second line
     * says what to do. Beyond the kernel: words after the counted ones are an error (the kernel ignores such words, and
     * a forgotten count would quietly switch checksums off), and {@code crc}, which the kernel's {@code table} prints,
     * means {@code data_crc}.
     */
    static SettingValues parse(List<String> words) throws ControlException {
        if (words.isEmpty()) {
            return SettingValues.DEFAULTS;
        }
        int count = count(words.get(0));
        if (count < 0 || words.size() - 1 < count) {
            throw badCount(words, count);
        }
        SettingValues values = SettingValues.DEFAULTS;
        for (int i = 1; i <= count; i += 2) {
            Setting option = Setting.option(words.get(i));
            if (option == null) {
                throw refusal("Unrecognised cache option requested", unknown(words.get(i)));
            }
            if (i == count) {
                throw refusal(
                        "Missing value for " + option.key(),
                        option.key() + " needs a value, " + option.range().inWords()
                                + ", and the count has to include that" + EXAMPLE);
            }
            String value = words.get(i + 1);
            if (option.range().read(value) == null) {
                // The kernel's words: its options are these names with spaces.
                throw refusal(
                        "Invalid " + option.key().replace('_', ' ') + " parameter",
                        option.key() + " cannot be " + TableHelp.quoted(value) + ": the values are "
                                + option.range().inWords() + EXAMPLE);
            }
            values = values.with(option, value);
        }
        if (words.size() - 1 > count) {
            throw badCount(words, count);
        }
        return values;
    }

    private static String unknown(String option) {
        String names = SettingRange.words(
                        Setting.options().stream().map(Setting::key).toArray(String[]::new))
                .inWords("and");
        return TableHelp.quoted(option) + " is no option: these are " + names
                + (Setting.message(option) == null
                        ? ""
                        : " (a device in use takes it: pcachectl message NAME 0 " + option + " "
                                + Setting.message(option).defaultValue() + ")")
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
