package io.pcache.dmctl.monitor;

import io.pcache.control.MapCells;
import io.pcache.control.MapCells.Column;

/** How a cell of a map is shown, in text and in a picture. */
enum MapStyle {
    FREE("free", '\u00b7', '.', "2", "#e8e8ec"),
    LOG("log", '\u25a4', 'k', "34", "#3b6fd4"),
    DIRTY("data, mostly dirty", '\u2588', 'D', "31", "#d8493c"),
    MIXED("data, some dirty", '\u2593', 'd', "33", "#e8973a"),
    CLEAN("data, clean", '\u2592', 'c', "32", "#4aa564"),
    STALE("data, none of it current", '\u2591', 'o', "36", "#b9b3d6"),
    SET_ASIDE("set aside: the device failed there", '\u2717', 'x', "35", "#222222");

    final String text;
    final char glyph;
    final char ascii;
    /** The colour, as a parameter of the terminal's SGR sequence. */
    final String colour;

    final String fill;

    MapStyle(String text, char glyph, char ascii, String colour, String fill) {
        this.text = text;
        this.glyph = glyph;
        this.ascii = ascii;
        this.colour = colour;
        this.fill = fill;
    }

    /**
     * The style of a cell: that of most of its segments. A cell that has a segment that was set aside is shown as set
     * aside.
     */
    static MapStyle of(MapCells map, int cell) {
        if (map.get(Column.SET_ASIDE, cell) > 0) {
            return SET_ASIDE;
        }
        long data = map.get(Column.DATA, cell);
        long log = map.get(Column.LOG, cell);
        if (map.get(Column.FREE, cell) > Math.max(data, log)) {
            return FREE;
        }
        if (log > data) {
            return LOG;
        }
        long dirty = map.get(Column.DIRTY, cell);
        long clean = map.get(Column.CLEAN, cell);
        if (dirty + clean == 0) {
            return STALE;
        }
        return dirty == 0 ? CLEAN : dirty >= clean ? DIRTY : MIXED;
    }
}
