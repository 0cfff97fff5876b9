package io.pcache.control;

import java.util.ArrayList;
import java.util.List;

/** How much a target says in its log: its level and all that matter more. */
public enum LogLevel {
    ERROR("error"),
    WARNING("warning"),
    INFO("info"),
    DEBUG("debug");

    private final String word;

    LogLevel(String word) {
        this.word = word;
    }

    public String word() {
        return word;
    }

    /** Null for a word that is none. */
    public static LogLevel of(String word) {
        for (LogLevel level : values()) {
            if (level.word.equals(word)) {
                return level;
            }
        }
        return null;
    }

    /** All of them for people: {@code error, warning, info or debug}. */
    public static String words() {
        List<String> words = new ArrayList<>();
        for (LogLevel level : values()) {
            words.add(level.word);
        }
        int last = words.size() - 1;
        return String.join(", ", words.subList(0, last)) + " or " + words.get(last);
    }
}
