package io.pcache.dmctl.monitor;

import io.pcache.control.MapCells;
import io.pcache.control.MapCells.Column;
import io.pcache.log.Position;
import io.pcache.media.DeviceLayout;
import java.util.Locale;

/** A map for a terminal: rows of cells, each with the number of its first segment, and a legend. */
final class MapText {
    /**
     * The least width for the legend's columns. In a narrower terminal, the legend is text that goes on in the next
     * line.
     */
    private static final int LEGEND_COLUMNS = 60;

    private static final int INDENT = 4;
    private static final int MOST_ROWS = 24;
    private static final String RESET = "\033[0m";
    private static final String TAIL_COLOUR = "1;34";

    private final MapCells map;
    private final int columns;
    private final boolean unicode;
    private final boolean colours;
    private final StringBuilder text = new StringBuilder(8192);

    /** @param columns the width of the terminal */
    MapText(MapCells map, int columns, boolean unicode, boolean colours) {
        this.map = map;
        this.columns = columns;
        this.unicode = unicode;
        this.colours = colours;
    }

    /** How many cells fit. */
    static int mostCells(int segments, int columns) {
        return perRow(segments, columns) * MOST_ROWS;
    }

    private static int perRow(int segments, int columns) {
        return Math.max(1, columns - labelWidth(segments) - 1);
    }

    private static int labelWidth(int segments) {
        return Integer.toString(segments).length();
    }

    String draw(String name) {
        StringBuilder heading = new StringBuilder(name)
                .append(": ")
                .append(map.segments())
                .append(" segments of ")
                .append(DeviceLayout.SEGMENT_BYTES >> 20)
                .append(" MiB");
        if (map.segmentsPerCell() > 1) {
            heading.append(", ").append(map.segmentsPerCell()).append(" to a character");
        }
        wrap(heading.toString(), 0);
        text.append('\n');
        int perRow = perRow(map.segments(), columns);
        for (int row = 0; row < map.cells(); row += perRow) {
            text.append(String.format(Locale.ROOT, "%" + labelWidth(map.segments()) + "d ", map.firstOf(row)));
            for (int cell = row; cell < Math.min(row + perRow, map.cells()); cell++) {
                cell(cell);
            }
            text.append('\n');
        }
        text.append('\n');
        legend();
        return text.toString();
    }

    /** A tail, or the head, is shown in the place of the log cell where it is. */
    private void cell(int cell) {
        if (cell == map.cellOf(map.head())) {
            put(mark('H', map.head()), TAIL_COLOUR);
        } else if (cell == map.cellOf(map.dirtyTail())) {
            put(mark('W', map.dirtyTail()), TAIL_COLOUR);
        } else if (cell == map.cellOf(map.keyTail())) {
            put(mark('T', map.keyTail()), TAIL_COLOUR);
        } else {
            put(MapStyle.of(map, cell));
        }
    }

    /**
     * What stands for a tail in the map and in the legend: the tail's letter, or the number of tails where a cell has
     * several.
     */
    private char mark(char letter, long position) {
        int cell = map.cellOf(position);
        int there = 0;
        for (long tail : new long[] {map.keyTail(), map.dirtyTail(), map.head()}) {
            there += cell >= 0 && map.cellOf(tail) == cell ? 1 : 0;
        }
        return there > 1 ? Character.forDigit(there, 10) : letter;
    }

    private void put(MapStyle style) {
        put(unicode ? style.glyph : style.ascii, style.colour);
    }

    private void put(char c, String colour) {
        if (colours) {
            text.append("\033[").append(colour).append('m').append(c).append(RESET);
        } else {
            text.append(c);
        }
    }

    private void legend() {
        long data = map.total(Column.DATA);
        line(MapStyle.FREE, map.total(Column.FREE));
        line(MapStyle.LOG, map.total(Column.LOG));
        for (MapStyle style : new MapStyle[] {MapStyle.DIRTY, MapStyle.MIXED, MapStyle.CLEAN, MapStyle.STALE}) {
            line(style, inCellsOf(style));
        }
        if (map.total(Column.SET_ASIDE) > 0) {
            line(MapStyle.SET_ASIDE, map.total(Column.SET_ASIDE));
        }
        tail('T', "T, key tail", map.keyTail());
        tail('W', "W, dirty tail", map.dirtyTail());
        tail('H', "H, log head", map.head());
        text.append('\n');
        wrap(
                String.format(Locale.ROOT, "%d segments with data (%s), in which", data, percent(data, map.segments())),
                0);
        long all = data * DeviceLayout.SEGMENT_DATA_BYTES;
        long dirty = map.total(Column.DIRTY);
        long clean = map.total(Column.CLEAN);
        bytes("dirty", dirty, all);
        bytes("clean", clean, all);
        long filled = map.total(Column.FILLED);
        bytes("garbage: replaced by newer", Math.max(0, filled - dirty - clean), all);
        bytes("room: not filled", Math.max(0, all - filled), all);
    }

    /** The number of segments with data, in the cells that have this style. */
    private long inCellsOf(MapStyle style) {
        long segments = 0;
        for (int cell = 0; cell < map.cells(); cell++) {
            segments += MapStyle.of(map, cell) == style ? map.get(Column.DATA, cell) : 0;
        }
        return segments;
    }

    private boolean isNarrow() {
        return columns < LEGEND_COLUMNS;
    }

    /**
     * Prints words, with as many in a line as fit. A word that is longer than a line has a line for itself.
     *
     * @param at the columns of the first line that are taken already
     */
    private void wrap(String words, int at) {
        int column = at;
        String separator = "";
        for (String word : words.split(" ")) {
            if (!separator.isEmpty() && column + separator.length() + word.length() > columns) {
                text.append('\n').append(" ".repeat(Math.min(INDENT, Math.max(0, columns - word.length()))));
                column = INDENT;
                separator = "";
            }
            text.append(separator).append(word);
            column += separator.length() + word.length();
            separator = " ";
        }
        text.append('\n');
    }

    private void line(MapStyle style, long segments) {
        text.append("  ");
        put(style);
        if (isNarrow()) {
            text.append(' ');
            wrap(style.text + ": " + segments + " (" + percent(segments, map.segments()) + ")", INDENT);
        } else {
            text.append(String.format(
                    Locale.ROOT, "  %-26s %8d  %s%n", style.text, segments, percent(segments, map.segments())));
        }
    }

    private void tail(char c, String what, long position) {
        if (position < 0) {
            return;
        }
        text.append("  ");
        put(mark(c, position), TAIL_COLOUR);
        String where =
                Position.text(position) + ", at " + percent(Position.offset(position), DeviceLayout.SEGMENT_DATA_BYTES);
        if (isNarrow()) {
            text.append(' ');
            wrap(what + " " + where, INDENT);
        } else {
            text.append(String.format(Locale.ROOT, "  %-26s %s of the segment%n", what, where));
        }
    }

    private static String percent(long part, long whole) {
        return String.format(Locale.ROOT, "%.1f%%", whole == 0 ? 0 : 100.0 * part / whole);
    }

    private void bytes(String what, long bytes, long all) {
        if (isNarrow()) {
            wrap(String.format(Locale.ROOT, "%s: %.1f MiB (%s)", what, bytes / 1048576.0, percent(bytes, all)), 0);
        } else {
            text.append(String.format(
                    Locale.ROOT, "     %-26s %8.1f MiB  %s%n", what, bytes / 1048576.0, percent(bytes, all)));
        }
    }
}
