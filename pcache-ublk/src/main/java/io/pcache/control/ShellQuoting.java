package io.pcache.control;

/** Quotes words for commands that people are told to type into a shell. */
public final class ShellQuoting {
    /** ASCII characters besides letters and digits that mean nothing to a shell. */
    private static final String PLAIN = "_@%+=:,./-";

    private ShellQuoting() {}

    /** The word in a form that a shell reads back as one word; in quotes only where the word needs them. */
    public static String quote(String word) {
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            if (c < 0x80 && !Character.isLetterOrDigit(c) && PLAIN.indexOf(c) < 0) {
                return "'" + word.replace("'", "'\\''") + "'";
            }
        }
        return word.isEmpty() ? "''" : word;
    }
}
