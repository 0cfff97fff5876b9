package io.pcache.control;

import java.util.ArrayList;
import java.util.List;

/**
 * A line of a table, or of a status.
 *
 * @param start first sector of the mapped device
 * @param length sectors; 2^63-1 where the text has a larger number, which is refused as too large
 * @param type target type
 * @param args the rest of the line as written, with blanks between words; may be empty
 */
public record TableLine(long start, long length, String type, String args) {

    /**
     * The line as {@code table} and {@code status} print it; the blank after the type is there even without arguments.
     */
    public String text() {
        return start + " " + length + " " + type + " " + args;
    }

    public static List<TableLine> fromJson(List<JsonObject> objects) {
        List<TableLine> lines = new ArrayList<>();
        for (JsonObject line : objects) {
            lines.add(new TableLine(
                    line.number("start", 0),
                    line.number("length", 0),
                    line.string("type", ""),
                    line.string("args", "")));
        }
        return lines;
    }

    public static List<JsonObject> toJson(List<TableLine> lines) {
        List<JsonObject> objects = new ArrayList<>();
        for (TableLine line : lines) {
            objects.add(new JsonObject()
                    .put("start", line.start)
                    .put("length", line.length)
                    .put("type", line.type)
                    .put("args", line.args));
        }
        return objects;
    }
}
