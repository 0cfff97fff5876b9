package io.pcache.route;

import java.util.Arrays;

/** When a write is done: a choice of the table, not kept on the cache device. */
public enum CacheMode {
    /** When the cache has the data; the backing device gets the data later. */
    WRITEBACK("writeback"),
    /** When the cache and the backing device have the data. */
    WRITETHROUGH("writethrough");

    private final String word;

    CacheMode(String word) {
        this.word = word;
    }

    /** As the table names the mode. */
    public String word() {
        return word;
    }

    /** The words of all modes. */
    public static String[] words() {
        return Arrays.stream(values()).map(CacheMode::word).toArray(String[]::new);
    }

    /** The mode that the table names so; null if there is none. */
    public static CacheMode of(String word) {
        for (CacheMode mode : values()) {
            if (mode.word.equals(word)) {
                return mode;
            }
        }
        return null;
    }
}
