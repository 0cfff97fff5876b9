package io.pcache.route;

/** When a write ends. A choice of the table, not kept on the cache device. */
public enum CacheMode {
    /** A write ends when the cache has the data; the backing device gets the data later. */
    WRITEBACK("writeback"),
    /** A write ends when the cache and the backing device have the data. */
    WRITETHROUGH("writethrough");

    private final String word;

    CacheMode(String word) {
        this.word = word;
    }

    /** The mode's name in the table. */
    public String word() {
        return word;
    }

    /** The words of all modes. */
    public static String[] words() {
        CacheMode[] modes = values();
        // No stream: with one, each "pcachectl status" would load some eighty classes more.
        String[] words = new String[modes.length];
        for (int i = 0; i < words.length; i++) {
            words[i] = modes[i].word;
        }
        return words;
    }

    /** The mode of this name in the table; null if there is none. */
    public static CacheMode of(String word) {
        for (CacheMode mode : values()) {
            if (mode.word.equals(word)) {
                return mode;
            }
        }
        return null;
    }
}
