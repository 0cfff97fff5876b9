package io.pcache.dmctl.monitor;

import io.pcache.control.MapCells;
import io.pcache.control.MapCells.Column;
import io.pcache.log.Position;
import io.pcache.media.DeviceLayout;
import java.util.Locale;

/**
 * A map as a picture. Each cell is a square, filled from below as far as the cell's segments are in use; the fillings
 * show what the segments hold.
 */
final class MapSvg {
    /** The largest number of squares that can be told apart. */
    static final int MOST_CELLS = 2048;

    private static final int WIDTH = 960;
    private static final int MARGIN = 24;
    private static final int TOP = 84;
    private static final int LEGEND_LINE = 24;
    private static final int MOST_PER_ROW = 64;
    private static final double GAP = 0.14;

    private final MapCells map;
    private final StringBuilder svg = new StringBuilder(1 << 16);
    private final int perRow;
    private final double pitch;

    MapSvg(MapCells map) {
        this.map = map;
        // Width and height are about three to two, so that the picture fits a page.
        this.perRow = (int) Math.max(8, Math.min(MOST_PER_ROW, Math.ceil(Math.sqrt(map.cells() * 1.9))));
        this.pitch = (double) (WIDTH - 2 * MARGIN) / perRow;
    }

    String draw(String name) {
        int rows = (map.cells() + perRow - 1) / perRow;
        double legendAt = TOP + rows * pitch + 20;
        int height = (int) Math.ceil(legendAt + 5 * LEGEND_LINE + MARGIN);
        add(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
                        + "role=\"img\">%n",
                WIDTH, height, WIDTH, height);
        add("<title>Segments of %s</title>%n", escape(name));
        svg.append("<style>text{font-family:system-ui,'Segoe UI','DejaVu "
                        + "Sans',sans-serif;font-size:14px;fill:#24292f}.h{font-size:22px;font-weight:600}")
                .append(
                        ".s{fill:#57606a}.m{fill:none;stroke:#24292f;stroke-width:2}.l{font-weight:700;fill:#fff;text-anchor:middle}</style>\n");
        add("<rect width=\"%d\" height=\"%d\" rx=\"10\" fill=\"#ffffff\"/>%n", WIDTH, height);
        add("<text class=\"h\" x=\"%d\" y=\"42\">%s</text>%n", MARGIN, escape(name));
        add(
                "<text class=\"s\" x=\"%d\" y=\"66\">%d segments of %d MiB%s</text>%n",
                MARGIN,
                map.segments(),
                DeviceLayout.SEGMENT_BYTES >> 20,
                map.segmentsPerCell() > 1 ? ", " + map.segmentsPerCell() + " to a square" : "");
        for (int cell = 0; cell < map.cells(); cell++) {
            cell(cell);
        }
        mark(map.keyTail(), "T");
        mark(map.dirtyTail(), "W");
        mark(map.head(), "H");
        legend(legendAt);
        return svg.append("</svg>\n").toString();
    }

    private double x(int cell) {
        return MARGIN + cell % perRow * pitch;
    }

    private double y(int cell) {
        return TOP + cell / perRow * pitch;
    }

    private void cell(int cell) {
        double side = pitch * (1 - GAP);
        double radius = Math.min(4, side / 6);
        add("<g transform=\"translate(%.2f %.2f)\"><title>%s</title>", x(cell), y(cell), describe(cell));
        add("<rect width=\"%.2f\" height=\"%.2f\" rx=\"%.2f\" fill=\"%s\"/>", side, side, radius, MapStyle.FREE.fill);
        double size = map.sizeOf(cell);
        double capacity = size * DeviceLayout.SEGMENT_DATA_BYTES;
        double dirty = map.get(Column.DIRTY, cell) / capacity;
        double clean = map.get(Column.CLEAN, cell) / capacity;
        double garbage = Math.max(0, map.get(Column.FILLED, cell) / capacity - dirty - clean);
        double bottom = 1;
        bottom = part(side, radius, bottom, map.get(Column.SET_ASIDE, cell) / size, MapStyle.SET_ASIDE);
        bottom = part(side, radius, bottom, map.get(Column.LOG, cell) / size, MapStyle.LOG);
        bottom = part(side, radius, bottom, dirty, MapStyle.DIRTY);
        bottom = part(side, radius, bottom, clean, MapStyle.CLEAN);
        part(side, radius, bottom, garbage, MapStyle.STALE);
        svg.append("</g>\n");
    }

    /** @return the bottom of the part above this one */
    private double part(double side, double radius, double bottom, double share, MapStyle style) {
        if (share <= 0) {
            return bottom;
        }
        double top = Math.max(0, bottom - share);
        add(
                "<rect y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" rx=\"%.2f\" fill=\"%s\"/>",
                top * side, side, (bottom - top) * side, Math.min(radius, (bottom - top) * side / 2), style.fill);
        return top;
    }

    private String describe(int cell) {
        int first = map.firstOf(cell);
        int size = map.sizeOf(cell);
        String segments = size == 1 ? "segment " + first : "segments " + first + " to " + (first + size - 1);
        return String.format(
                Locale.ROOT,
                "%s: %d log, %d data (%.1f MiB dirty, %.1f MiB clean), %d free, %d references",
                segments,
                map.get(Column.LOG, cell),
                map.get(Column.DATA, cell),
                mebibytes(map.get(Column.DIRTY, cell)),
                mebibytes(map.get(Column.CLEAN, cell)),
                map.get(Column.FREE, cell),
                map.get(Column.REFERENCES, cell));
    }

    private void mark(long position, String letter) {
        int cell = map.cellOf(position);
        if (cell < 0) {
            return;
        }
        double side = pitch * (1 - GAP);
        add(
                "<rect class=\"m\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" rx=\"%.2f\"/>",
                x(cell), y(cell), side, side, Math.min(4, side / 6));
        // Each letter has its own corner, because a cell can have several.
        double dx = letter.equals("T") ? 0.2 : letter.equals("W") ? 0.5 : 0.8;
        add(
                "<text class=\"l\" x=\"%.2f\" y=\"%.2f\" style=\"font-size:%.1fpx\">%s</text>%n",
                x(cell) + side * dx, y(cell) + side * 0.62, Math.max(6, Math.min(16, side * 0.36)), letter);
    }

    private void legend(double top) {
        int half = WIDTH / 2;
        entry(MARGIN, top, MapStyle.LOG, segments("log", Column.LOG));
        entry(MARGIN, top + LEGEND_LINE, MapStyle.FREE, segments("free", Column.FREE));
        entry(MARGIN, top + 2 * LEGEND_LINE, MapStyle.SET_ASIDE, segments("set aside", Column.SET_ASIDE));
        long data = map.total(Column.DATA) * DeviceLayout.SEGMENT_DATA_BYTES;
        long dirty = map.total(Column.DIRTY);
        long clean = map.total(Column.CLEAN);
        entry(half, top, MapStyle.DIRTY, bytes("dirty data", dirty, data));
        entry(half, top + LEGEND_LINE, MapStyle.CLEAN, bytes("clean data", clean, data));
        long filled = map.total(Column.FILLED);
        entry(
                half,
                top + 2 * LEGEND_LINE,
                MapStyle.STALE,
                bytes("garbage, replaced by newer", Math.max(0, filled - dirty - clean), data));
        entry(half, top + 3 * LEGEND_LINE, MapStyle.FREE, bytes("room, not filled", Math.max(0, data - filled), data));
        add(
                "<text class=\"s\" x=\"%d\" y=\"%.2f\">T key tail %s, W dirty tail %s, H log head %s</text>%n",
                MARGIN, top + 5 * LEGEND_LINE - 8, text(map.keyTail()), text(map.dirtyTail()), text(map.head()));
    }

    private static String text(long position) {
        return position < 0 ? "-" : Position.text(position);
    }

    private void entry(int x, double y, MapStyle style, String what) {
        add(
                "<rect x=\"%d\" y=\"%.2f\" width=\"14\" height=\"14\" rx=\"3\" fill=\"%s\"/><text x=\"%d\" "
                        + "y=\"%.2f\">%s</text>%n",
                x, y, style.fill, x + 22, y + 12, what);
    }

    private String segments(String what, Column column) {
        long count = map.total(column);
        return String.format(
                Locale.ROOT,
                "%s: %d segments, %.1f%%",
                what,
                count,
                map.segments() == 0 ? 0 : 100.0 * count / map.segments());
    }

    private static String bytes(String what, long bytes, long all) {
        return String.format(
                Locale.ROOT,
                "%s: %.1f MiB, %.1f%% of data segments",
                what,
                mebibytes(bytes),
                all == 0 ? 0 : 100.0 * bytes / all);
    }

    private static double mebibytes(long bytes) {
        return bytes / 1048576.0;
    }

    private static String escape(String name) {
        return name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private void add(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values));
    }
}
