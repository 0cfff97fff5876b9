package io.pcache.dmctl.grammar;

/** Guesses which word of several a mistyped word was meant to be. */
public final class NearestWord {
    /** Letters of a word for each typing mistake that is believed. A short word with more mistakes is another word. */
    private static final int LETTERS_PER_MISTAKE = 3;

    private NearestWord() {}

    /** Null where no word is near. */
    public static String to(String typed, Iterable<String> words) {
        String nearest = null;
        int least = Math.max(1, typed.length() / LETTERS_PER_MISTAKE) + 1;
        for (String word : words) {
            int mistakes = mistakes(typed, word);
            if (mistakes < least) {
                least = mistakes;
                nearest = word;
            }
        }
        return nearest;
    }

    /**
     * How many letters are added, left out, replaced or swapped with the next letter: the distance of Damerau and
     * Levenshtein.
     */
    private static int mistakes(String typed, String meant) {
        int[][] least = new int[typed.length() + 1][meant.length() + 1];
        for (int i = 0; i <= typed.length(); i++) {
            for (int j = 0; j <= meant.length(); j++) {
                if (i == 0 || j == 0) {
                    least[i][j] = i + j;
                    continue;
                }
                int replaced = least[i - 1][j - 1] + (typed.charAt(i - 1) == meant.charAt(j - 1) ? 0 : 1);
                least[i][j] = Math.min(replaced, Math.min(least[i - 1][j], least[i][j - 1]) + 1);
                if (i > 1
                        && j > 1
                        && typed.charAt(i - 1) == meant.charAt(j - 2)
                        && typed.charAt(i - 2) == meant.charAt(j - 1)) {
                    least[i][j] = Math.min(least[i][j], least[i - 2][j - 2] + 1);
                }
            }
        }
        return least[typed.length()][meant.length()];
    }
}
