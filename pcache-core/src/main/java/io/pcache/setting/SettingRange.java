package io.pcache.setting;

import java.util.ArrayList;
import java.util.List;

/** The values that a setting can have: some words, or a range of whole numbers. Immutable. */
public final class SettingRange {
    private static final int MAX_DIGITS = 18;

    private final List<String> words;
    private final long min;
    private final long max;
    private final String unit;

    private SettingRange(List<String> words, long min, long max, String unit) {
        this.words = words;
        this.min = min;
        this.max = max;
        this.unit = unit;
    }

    public static SettingRange words(String... words) {
        return new SettingRange(List.of(words), 0, 0, "");
    }

    /** {@code true} or {@code false}. */
    public static SettingRange flag() {
        return words("true", "false");
    }

    /** @param unit in the plural, such as {@code percent} or {@code bytes}; empty for a number without a unit */
    public static SettingRange number(long min, long max, String unit) {
        return new SettingRange(List.of(), min, max, unit);
    }

    /**
     * Reads a value. Returns the value as it is kept: a word as it is, a number without leading zeros or sign. Returns
     * null for a text that is no value.
     *
     * <p>Numbers are read as the kernel's {@code kstrtouint} reads them in base 10: digits, which a plus sign or zeros
     * may precede.
     */
    public String read(String text) {
        if (!isNumber()) {
            return words.contains(text) ? text : null;
        }
        int start = text.startsWith("+") ? 1 : 0;
        // A loop, and no stream or regular expression: pcachectl reads settings for each status, and should start
        // quickly.
        for (int i = start; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return null;
            }
        }
        while (start < text.length() - 1 && text.charAt(start) == '0') {
            start++;
        }
        String significant = text.substring(start);
        if (significant.isEmpty() || significant.length() > MAX_DIGITS) {
            return null;
        }
        long value = Long.parseLong(significant);
        return value < min || value > max ? null : Long.toString(value);
    }

    public boolean isNumber() {
        return words.isEmpty();
    }

    /** Whether the values are {@code true} and {@code false}. */
    public boolean isFlag() {
        return words.equals(List.of("true", "false"));
    }

    /** All values, if the values are words; for completion. */
    public List<String> words() {
        return words;
    }

    public long min() {
        return min;
    }

    public long max() {
        return max;
    }

    /** For people: {@code true or false}, {@code 0 to 90 percent}. */
    public String inWords() {
        return inWords("or");
    }

    /** As {@link #inWords()}, with another word before the last value. */
    public String inWords(String conjunction) {
        if (isNumber()) {
            return min + " to " + max + (unit.isEmpty() ? "" : " " + unit);
        }
        if (words.size() == 1) {
            return words.get(0);
        }
        List<String> front = new ArrayList<>(words.subList(0, words.size() - 1));
        return String.join(", ", front) + " " + conjunction + " " + words.get(words.size() - 1);
    }

    /** For a synopsis: {@code true|false}, {@code 0..90}. */
    public String synopsis() {
        return isNumber() ? min + ".." + max : String.join("|", words);
    }
}
