package io.pcache.dmctl.report;

/**
 * What a row holds in a field.
 *
 * @param text as printed
 * @param number to sort and select by, in a field of numbers
 */
public record Cell(String text, long number) {
    static final Cell EMPTY = new Cell("", 0);

    public static Cell of(String text) {
        return text.isEmpty() ? EMPTY : new Cell(text, 0);
    }

    public static Cell of(long number) {
        return new Cell(Long.toString(number), number);
    }
}
