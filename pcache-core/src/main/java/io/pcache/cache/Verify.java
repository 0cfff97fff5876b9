package io.pcache.cache;

import java.util.Locale;

/** How much of a cache's clean data is compared with the backing device when the cache is activated. */
public enum Verify {
    NONE,
    /** A few pieces, spread over the cache; takes a second on a hard disk. */
    SAMPLE,
    ALL;

    /** Reads the word that people write: {@code all}, {@code sample}, {@code none}; null for any other word. */
    public static Verify of(String word) {
        for (Verify verify : values()) {
            if (verify.word().equals(word)) {
                return verify;
            }
        }
        return null;
    }

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
