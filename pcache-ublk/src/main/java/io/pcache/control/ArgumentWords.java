package io.pcache.control;

import java.util.ArrayList;
import java.util.List;

/**
 * The words of a table line's arguments and of a message, as device-mapper splits them: any run of white space
 * separates two words. A backslash before white space, or before another backslash, makes the second character an
 * ordinary character; in this way, a path with blanks can stand in a table. A backslash before anything else is an
 * ordinary character.
 */
public final class ArgumentWords {
    private ArgumentWords() {}

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

    /** A word in a form that {@link #split} reads back. */
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

    private static boolean isQuotable(char c) {
        return c == '\\' || isBlank(c);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c >= '\t' && c <= '\r';
    }
}
