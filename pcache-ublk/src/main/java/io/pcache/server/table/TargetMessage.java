package io.pcache.server.table;

import io.pcache.setting.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The messages of a pcache target that change no {@link Setting}, but have something done. */
public enum TargetMessage {
    /** Write-back tries again at once what failed. */
    WRITEBACK("writeback");

    private final String word;

    TargetMessage(String word) {
        this.word = word;
    }

    String word() {
        return word;
    }

    /**
     * The message that begins with a word; null where no message does. Case does not matter in the name of a message,
     * unlike in the options of a table.
     */
    static TargetMessage of(String word) {
        for (TargetMessage message : values()) {
            if (message.word.equals(word.toLowerCase(Locale.ROOT))) {
                return message;
            }
        }
        return null;
    }

    /** First words of all messages, those that change a setting among them, in the order of the manual. */
    public static List<String> words() {
        List<String> words = new ArrayList<>();
        for (Setting setting : Setting.messages()) {
            words.add(setting.key());
        }
        for (TargetMessage message : values()) {
            words.add(message.word);
        }
        return words;
    }

    /** All messages for people, separated by commas. */
    static String usages() {
        List<String> usages = new ArrayList<>();
        for (Setting setting : Setting.messages()) {
            usages.add(setting.key() + " <"
                    + (setting.range().isNumber() ? setting.range().synopsis() : "word") + ">");
        }
        for (TargetMessage message : values()) {
            usages.add(message.word);
        }
        return String.join(", ", usages);
    }
}
