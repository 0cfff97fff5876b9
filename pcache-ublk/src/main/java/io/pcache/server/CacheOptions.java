package io.pcache.server;

import io.pcache.control.ControlException;
import io.pcache.sys.Errno;
import java.util.List;

/**
 * The optional arguments of a pcache line: a number of words, and that many words.
 *
 * @param dataCrc keep and verify checksums of cached data; false unless told
 */
record CacheOptions(boolean dataCrc) {
    private static final int MAX_WORDS = 4;

    /**
     * Reads what follows the two devices, in the kernel's order and words. Beyond the kernel: words after the counted ones are an error (it
     * ignores them, and a forgotten count would quietly switch checksums off), and {@code crc}, which its {@code table} prints, means {@code data_crc}.
     */
    static CacheOptions parse(List<String> words) throws ControlException {
        if (words.isEmpty()) {
            return new CacheOptions(false);
        }
        int count = count(words.get(0));
        if (count < 0 || words.size() - 1 < count) {
            throw badCount();
        }
        boolean dataCrc = false;
        for (int i = 1; i <= count; i++) {
            String option = words.get(i);
            boolean last = i == count;
            switch (option) {
                case "cache_mode" -> {
                    requireValue(last, option);
                    if (!words.get(++i).equals("writeback")) {
                        throw refusal("Invalid cache mode parameter");
                    }
                }
                case "data_crc", "crc" -> {
                    requireValue(last, "data_crc");
                    dataCrc = switch (words.get(++i)) {
                        case "true" -> true;
                        case "false" -> false;
                        default -> throw refusal("Invalid data crc parameter");
                    };
                }
                default -> throw refusal("Unrecognised cache option requested");
            }
        }
        if (words.size() - 1 > count) {
            throw badCount();
        }
        return new CacheOptions(dataCrc);
    }

    private static void requireValue(boolean last, String option) throws ControlException {
        if (last) {
            throw refusal("Missing value for " + option);
        }
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

    private static ControlException badCount() {
        return refusal("Invalid number of cache option arguments");
    }

    private static ControlException refusal(String reason) {
        return new ControlException(Errno.EINVAL, "pcache: " + reason + " (-EINVAL)");
    }
}
