package io.pcache.cache;

import java.util.Locale;

/** How much of what a cache holds clean is compared with the backing device when it is activated. */
public enum Verify {
    NONE,
    /** A few pieces, spread; takes a second on a hard disk. */
    SAMPLE,
    ALL;

    /** As people write it: {@code all}, {@code sample}, {@code none}; null for anything else. */
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
