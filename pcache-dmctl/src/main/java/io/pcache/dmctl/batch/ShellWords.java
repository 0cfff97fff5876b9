package io.pcache.dmctl.batch;

import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;

/**
 * Splits a line into words by a shell's rules of quoting. Blanks separate words. Single quotes keep every character as
 * it stands. Between double quotes, a backslash keeps a double quote or a backslash that follows. Elsewhere a backslash
 * keeps any next character. A word that begins with {@code #} begins a comment. Nothing is expanded.
 */
final class ShellWords {
    private final String line;
    private final List<String> words = new ArrayList<>();
    private StringBuilder word;
    private int at;

    private ShellWords(String line) {
        this.line = line;
    }

    /**
     * @throws ParseException where a quote is not closed, or nothing follows a backslash; the message is a line for
     *     people
     */
    static List<String> split(String line) throws ParseException {
        return new ShellWords(line).split();
    }

    private List<String> split() throws ParseException {
        while (at < line.length()) {
            char c = line.charAt(at++);
            if (c == ' ' || c == '\t' || c == '\r') {
                endWord();
            } else if (c == '#' && word == null) {
                break;
            } else if (c == '\'' || c == '"') {
                quoted(c);
            } else if (c == '\\') {
                word().append(escaped());
            } else {
                word().append(c);
            }
        }
        endWord();
        return words;
    }

    private StringBuilder word() {
        if (word == null) {
            word = new StringBuilder();
        }
        return word;
    }

    private void endWord() {
        if (word != null) {
            words.add(word.toString());
            word = null;
        }
    }

    private char escaped() throws ParseException {
        if (at == line.length()) {
            throw new ParseException("nothing follows the backslash at the end", at);
        }
        return line.charAt(at++);
    }

    private void quoted(char quote) throws ParseException {
        int start = at;
        StringBuilder text = word();
        while (at < line.length()) {
            char c = line.charAt(at++);
            if (c == quote) {
                return;
            }
            boolean escapes = quote == '"'
                    && c == '\\'
                    && at < line.length()
                    && (line.charAt(at) == '"' || line.charAt(at) == '\\');
            text.append(escapes ? line.charAt(at++) : c);
        }
        throw new ParseException("the quote at character " + start + " is not closed", start);
    }
}
