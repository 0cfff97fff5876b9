package io.pcache.control;

import io.pcache.setting.Setting;

/**
 * How much a target says in its log: messages of this level, and of all levels that matter more. The words are those of
 * {@link Setting#LOG_LEVEL}.
 */
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

    /** The level of a word; null for any other word. */
    public static LogLevel of(String word) {
        for (LogLevel level : values()) {
            if (level.word.equals(word)) {
                return level;
            }
        }
        return null;
    }
}
