package io.pcache.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The messages that a pcache target knows. */
public enum TargetMessage {
    GC_PERCENT("gc_percent", "gc_percent <0..90>"),
    WRITEBACK("writeback", "writeback"),
    LOG_LEVEL("log_level", "log_level <word>");

    private final String word;
    private final String usage;

    TargetMessage(String word, String usage) {
        this.word = word;
        this.usage = usage;
    }

    /** Null for a word that begins none. A message's name has no case, unlike the table's options. */
    static TargetMessage of(String word) {
        for (TargetMessage message : values()) {
            if (message.word.equals(word.toLowerCase(Locale.ROOT))) {
                return message;
            }
        }
        return null;
    }

    /** First words, in the order of the manual. */
    public static List<String> words() {
        List<String> words = new ArrayList<>();
        for (TargetMessage message : values()) {
            words.add(message.word);
        }
        return words;
    }

    /** All of them for people, separated by commas. */
    static String usages() {
        List<String> usages = new ArrayList<>();
        for (TargetMessage message : values()) {
            usages.add(message.usage);
        }
        return String.join(", ", usages);
    }
}
