package io.pcache.metrics;

import java.util.Locale;

/**
 * Finds the format that a client wants, by its {@code Accept} headers (RFC 9110, 12.5.1): media ranges with weights.
 * For each format, the most specific range that matches counts, and the format of the highest weight is chosen. Of two
 * formats of the same weight, the one that a range names is chosen. If that decides nothing, the classic format is
 * chosen: all clients that understand the other format understand the classic format, too, and people can read it.
 */
final class Accept {
    /** The number of ranges that are looked at; a header with more is longer than it needs to be. */
    private static final int MOST_RANGES = 64;

    private static final int NO_MATCH = -1;

    private Accept() {}

    /**
     * @param header the values of all {@code Accept} headers, separated by commas; empty without one, which accepts
     *     anything
     * @return null if the client wants neither format
     */
    static TextFormat choose(String header) {
        if (header.isBlank()) {
            return TextFormat.CLASSIC;
        }
        String[] ranges = header.toLowerCase(Locale.ROOT).split(",", MOST_RANGES);
        TextFormat best = null;
        double bestWeight = 0;
        int bestSpecificity = NO_MATCH;
        for (TextFormat format : new TextFormat[] {TextFormat.CLASSIC, TextFormat.OPEN_METRICS}) {
            int specificity = NO_MATCH;
            double weight = 0;
            for (String range : ranges) {
                String[] parts = range.split(";");
                int matches = specificity(parts, format);
                double q = weight(parts);
                if (matches > specificity || matches == specificity && matches != NO_MATCH && q > weight) {
                    specificity = matches;
                    weight = q;
                }
            }
            if (weight > bestWeight || weight == bestWeight && weight > 0 && specificity > bestSpecificity) {
                best = format;
                bestWeight = weight;
                bestSpecificity = specificity;
            }
        }
        return best;
    }

    /**
     * How closely a range names a format: 3 with the version, 2 without the version, 1 by its type, 0 for a range of
     * anything, {@link #NO_MATCH} for no match.
     */
    private static int specificity(String[] parts, TextFormat format) {
        String[] type = parts[0].strip().split("/", 2);
        if (type.length < 2) {
            return NO_MATCH;
        }
        if (type[1].equals("*")) {
            return type[0].equals("*") ? 0 : type[0].equals(format.type) ? 1 : NO_MATCH;
        }
        if (!type[0].equals(format.type) || !type[1].equals(format.subtype)) {
            return NO_MATCH;
        }
        String version = parameter(parts, "version");
        return version == null ? 2 : version.equals(format.version) ? 3 : NO_MATCH;
    }

    /**
     * The weight of a range: 1 where none is given; 0 where the text is no weight, so that the range chooses nothing.
     */
    private static double weight(String[] parts) {
        String q = parameter(parts, "q");
        return q == null ? 1 : q.matches("0(\\.[0-9]{0,3})?|1(\\.0{0,3})?") ? Double.parseDouble(q) : 0;
    }

    /** The value of a parameter; null where there is none. */
    private static String parameter(String[] parts, String name) {
        for (int i = 1; i < parts.length; i++) {
            String[] pair = parts[i].split("=", 2);
            if (pair.length == 2 && pair[0].strip().equals(name)) {
                return pair[1].strip().replace("\"", "");
            }
        }
        return null;
    }
}
