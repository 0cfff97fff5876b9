package io.pcache.dmctl.report;

/**
 * What a row holds in a field.
 *
 * @param text the text as printed
 * @param number in a field of numbers, the number that rows are sorted and selected by
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
