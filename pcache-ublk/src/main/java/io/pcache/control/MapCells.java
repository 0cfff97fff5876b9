package io.pcache.control;

import io.pcache.log.Position;
import io.pcache.media.DeviceLayout;
import io.pcache.segment.SegmentMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What segments hold, in cells of one or more segments each. All cells but the last are of {@link #segmentsPerCell};
 * the last may have fewer segments.
 */
public final class MapCells {
    /** The largest number of cells: a reply has to stay below the limits of a message. */
    public static final int MAX_CELLS = 4096;

    /** What is counted for each cell, under its name in the protocol. */
    public enum Column {
        /** Segments without anything in use. */
        FREE("free"),
        /** Segments of the log. */
        LOG("log"),
        /** Segments with data. */
        DATA("data"),
        /** Segments that are not used any more because the device failed there. */
        SET_ASIDE("setAside"),
        /** References to the segments. */
        REFERENCES("references"),
        /** Bytes that the backing device does not have yet. */
        DIRTY("dirtyBytes"),
        /** Bytes that the backing device has, too. */
        CLEAN("cleanBytes"),
        /**
         * Bytes that have been filled, in segments with data; filled bytes that are neither dirty nor clean are
         * garbage.
         */
        FILLED("filledBytes");

        private static final Column[] ALL = values();

        private final String member;

        Column(String member) {
            this.member = member;
        }
    }

    private final int segments;
    private final int from;
    private final int count;
    private final int segmentsPerCell;
    private final long keyTail;
    private final long dirtyTail;
    private final long head;
    private final long[][] columns;

    private MapCells(
            int segments,
            int from,
            int count,
            int segmentsPerCell,
            long keyTail,
            long dirtyTail,
            long head,
            long[][] columns) {
        this.segments = segments;
        this.from = from;
        this.count = count;
        this.segmentsPerCell = segmentsPerCell;
        this.keyTail = keyTail;
        this.dirtyTail = dirtyTail;
        this.head = head;
        this.columns = columns;
    }

    /**
     * Puts a part of a map into cells.
     *
     * @param from first segment, 0 or more
     * @param count how many segments, as far as there are so many
     * @param most the largest number of cells, 1 or more
     */
    public static MapCells of(SegmentMap map, long from, long count, int most) {
        int first = (int) Math.min(from, map.segments());
        int shown = (int) Math.min(count, map.segments() - first);
        int perCell = Math.max(1, (shown + most - 1) / most);
        long[][] columns = new long[Column.ALL.length][(shown + perCell - 1) / perCell];
        for (int i = 0; i < shown; i++) {
            int segment = first + i;
            int cell = i / perCell;
            columns[use(map.use(segment)).ordinal()][cell]++;
            columns[Column.REFERENCES.ordinal()][cell] += map.references(segment);
            columns[Column.DIRTY.ordinal()][cell] += (long) map.dirtySectors(segment) * DeviceLayout.SECTOR_BYTES;
            columns[Column.CLEAN.ordinal()][cell] += (long) map.cleanSectors(segment) * DeviceLayout.SECTOR_BYTES;
            columns[Column.FILLED.ordinal()][cell] +=
                    map.use(segment) == SegmentMap.Use.DATA ? map.filledBytes(segment) : 0;
        }
        return new MapCells(map.segments(), first, shown, perCell, map.keyTail(), map.dirtyTail(), map.head(), columns);
    }

    private static Column use(SegmentMap.Use use) {
        return switch (use) {
            case FREE -> Column.FREE;
            case LOG -> Column.LOG;
            case DATA -> Column.DATA;
            case SET_ASIDE -> Column.SET_ASIDE;
        };
    }

    public JsonObject toJson() {
        JsonObject json = new JsonObject()
                .put("segments", segments)
                .put("segmentBytes", DeviceLayout.SEGMENT_BYTES)
                .put("from", from)
                .put("count", count)
                .put("segmentsPerCell", segmentsPerCell)
                .put("keyTail", position(keyTail))
                .put("dirtyTail", position(dirtyTail))
                .put("head", position(head));
        for (Column column : Column.ALL) {
            List<Long> values = new ArrayList<>();
            for (long value : columns[column.ordinal()]) {
                values.add(value);
            }
            json.put(column.member, values);
        }
        return json;
    }

    private static JsonObject position(long position) {
        return new JsonObject().put("segment", Position.segment(position)).put("offset", Position.offset(position));
    }

    /** @throws IllegalArgumentException where the object is no map */
    static MapCells fromJson(JsonObject json) {
        long[][] columns = new long[Column.ALL.length][];
        for (Column column : Column.ALL) {
            // A target that was started by an earlier version does not tell how much is filled.
            columns[column.ordinal()] = column == Column.FILLED && !json.has(column.member)
                    ? allFilled(columns[Column.DATA.ordinal()])
                    : json.numbers(column.member);
            if (columns[column.ordinal()].length != columns[0].length) {
                throw new IllegalArgumentException("columns of different lengths");
            }
        }
        return new MapCells(
                (int) json.number("segments", 0),
                (int) json.number("from", 0),
                (int) json.number("count", 0),
                (int) Math.max(1, json.number("segmentsPerCell", 1)),
                position(json.object("keyTail")),
                position(json.object("dirtyTail")),
                position(json.object("head")),
                columns);
    }

    private static long[] allFilled(long[] dataSegments) {
        return Arrays.stream(dataSegments)
                .map(count -> count * DeviceLayout.SEGMENT_DATA_BYTES)
                .toArray();
    }

    private static long position(JsonObject json) {
        return json == null ? 0 : Position.of((int) json.number("segment", 0), (int) json.number("offset", 0));
    }

    /** The number of segments of the whole cache. */
    public int segments() {
        return segments;
    }

    /** The first segment of the first cell. */
    public int from() {
        return from;
    }

    /** The number of segments in all cells together. */
    public int count() {
        return count;
    }

    public int segmentsPerCell() {
        return segmentsPerCell;
    }

    public int cells() {
        return columns[0].length;
    }

    /** The first segment of a cell. */
    public int firstOf(int cell) {
        return from + cell * segmentsPerCell;
    }

    /** The number of segments in a cell. */
    public int sizeOf(int cell) {
        return Math.min(segmentsPerCell, from + count - firstOf(cell));
    }

    public long get(Column column, int cell) {
        return columns[column.ordinal()][cell];
    }

    public long total(Column column) {
        long total = 0;
        for (long value : columns[column.ordinal()]) {
            total += value;
        }
        return total;
    }

    /** The cell of a place in the log; -1 where no cell of this map has the place. */
    public int cellOf(long position) {
        int segment = Position.segment(position) - from;
        return position < 0 || segment < 0 || segment >= count ? -1 : segment / segmentsPerCell;
    }

    /** Where the log begins; see {@link Position}. */
    public long keyTail() {
        return keyTail;
    }

    /** Where the part of the log begins that is not written back. */
    public long dirtyTail() {
        return dirtyTail;
    }

    /** Where the log goes on. */
    public long head() {
        return head;
    }
}
