package io.pcache.control;

import io.pcache.setting.Setting;

/** How much a target says in its log: its level and all that matter more. The words are {@link Setting#LOG_LEVEL}'s. */
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
}
