package io.pcache.cache;

import java.util.Locale;

/** How the data of a cache device that is a disk or a file is stored and loaded. */
public enum CacheIo {
    /** By transfers past the page cache (O_DIRECT), any number in flight. Where that cannot be had, as BUFFERED. */
    DIRECT,
    /** By the threads that serve requests, through the page cache. */
    BUFFERED;

    /** Reads the word that people write: {@code direct}, {@code buffered}; null for any other word. */
    public static CacheIo of(String word) {
        for (CacheIo io : values()) {
            if (io.word().equals(word)) {
                return io;
            }
        }
        return null;
    }

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
