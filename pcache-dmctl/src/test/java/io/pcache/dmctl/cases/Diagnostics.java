package io.pcache.dmctl.cases;

import java.util.List;

/**
 * Compares what two commands printed to standard error. dmsetup's lines must be there, in their order. Reasons may
 * stand between these lines.
 */
final class Diagnostics {
    private static final String USAGE = "{USAGE}";
    private static final String FIELDS = "{FIELDS}";
    private static final String OPERATORS = "{OPERATORS}";

    private Diagnostics() {}

    static boolean agree(String ours, String theirs) {
        List<String> wanted = theirs.lines().toList();
        List<String> printed = ours.lines().toList();
        int at = 0;
        for (String line : wanted) {
            if (line.equals(USAGE)) {
                at = skipText(printed, at, "Usage:", "Exit status:");
            } else if (line.equals(FIELDS)) {
                at = skipText(printed, at, "Mapped Device Name Fields", "  ?");
            } else if (line.equals(OPERATORS)) {
                at = skipText(printed, at, "Selection values", "   ( )");
            } else {
                while (at < printed.size() && !printed.get(at).equals(line) && isReason(printed.get(at))) {
                    at++;
                }
                at = at < printed.size() && printed.get(at).equals(line) ? at + 1 : -1;
            }
            if (at < 0) {
                return false;
            }
        }
        return printed.subList(at, printed.size()).stream().allMatch(Diagnostics::isReason);
    }

    /**
     * The place behind a text. The text begins with a first line, and ends with a last line and the blank lines that
     * follow.
     */
    private static int skipText(List<String> printed, int from, String first, String last) {
        int at = from;
        if (at == printed.size() || !printed.get(at).equals(first)) {
            return -1;
        }
        while (at < printed.size() && !printed.get(at).startsWith(last)) {
            at++;
        }
        at++;
        while (at < printed.size() && printed.get(at).isBlank()) {
            at++;
        }
        return at > printed.size() ? -1 : at;
    }

    /**
     * Whether a line is a reason: a reason begins with our name, or with the name of a device. The cases have no other
     * devices.
     */
    private static boolean isReason(String line) {
        return line.matches(
                "(pcache|pc|pc2|pc3|pc9|top|lin|e|new|again|x|my disk|q|nosuch|zz|zone|a b|n n|vg-lv-lay): .*");
    }
}
