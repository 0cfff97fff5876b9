package io.pcache.control;

import java.util.ArrayList;
import java.util.List;

/**
 * Argument words, separated by any run of white space. A backslash before white space or a backslash makes that an
 * ordinary character, which is how a path with blanks goes into a table; before anything else it is an ordinary
 * character itself.
 */
public final class Words {
    private Words() {}

    public static List<String> split(String text) {
        List<String> words = new ArrayList<>();
        StringBuilder word = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (isBlank(c)) {
                if (word != null) {
                    words.add(word.toString());
                    word = null;
                }
                continue;
            }
            if (c == '\\' && i + 1 < text.length() && isQuotable(text.charAt(i + 1))) {
                c = text.charAt(++i);
            }
            word = word == null ? new StringBuilder() : word;
            word.append(c);
        }
        if (word != null) {
            words.add(word.toString());
        }
        return words;
    }

    /** As {@link #split} takes it back. */
    public static String quote(String word) {
        StringBuilder quoted = new StringBuilder();
        for (int i = 0; i < word.length(); i++) {
            if (isQuotable(word.charAt(i))) {
                quoted.append('\\');
            }
            quoted.append(word.charAt(i));
        }
        return quoted.toString();
    }

    /** A word as a shell takes it back, quoted where that is needed: for commands that people are told to type. */
    public static String forShell(String word) {
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            if (c < 0x80 && !Character.isLetterOrDigit(c) && "_@%+=:,./-".indexOf(c) < 0) {
                return "'" + word.replace("'", "'\\''") + "'";
            }
        }
        return word.isEmpty() ? "''" : word;
    }

    private static boolean isQuotable(char c) {
        return c == '\\' || isBlank(c);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c >= '\t' && c <= '\r';
    }
}
