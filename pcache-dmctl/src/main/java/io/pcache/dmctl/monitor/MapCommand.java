package io.pcache.dmctl.monitor;

import io.pcache.cache.Progress;
import io.pcache.control.ByteText;
import io.pcache.control.JsonCodec;
import io.pcache.control.JsonObject;
import io.pcache.control.MapCells;
import io.pcache.control.MapCells.Column;
import io.pcache.dmctl.device.Devices;
import io.pcache.dmctl.device.NamedDevice;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.invocation.Invocation;
import io.pcache.dmctl.options.CallerLocale;
import io.pcache.log.Position;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.CacheMemoryException;
import io.pcache.memory.ReadOnlyMemory;
import io.pcache.offline.CacheCheck;
import io.pcache.offline.CheckReport;
import io.pcache.offline.Finding;
import io.pcache.offline.OfflineException;
import io.pcache.offline.OfflineMap;
import io.pcache.offline.Severity;
import io.pcache.segment.SegmentMap;
import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code map}: draws what each segment of a cache holds. The cache belongs to an active device, or is on a cache device
 * or image that is not active.
 */
final class MapCommand {
    private static final int DEFAULT_COLUMNS = 80;

    private final Invocation invocation;
    private final Devices devices;
    private final boolean json;
    private final boolean ascii;
    private final String svg;

    /** @param svg the file to draw into; null for standard output */
    MapCommand(Invocation invocation, Devices devices, boolean json, boolean ascii, String svg) {
        this.invocation = invocation;
        this.devices = devices;
        this.json = json;
        this.ascii = ascii;
        this.svg = svg;
    }

    /** Where the cells come from. */
    private interface Source {
        MapCells cells(int from, int count, int most) throws CommandFailure;
    }

    void run(List<String> operands) throws CommandFailure {
        if (operands.size() != 1) {
            throw new CommandFailure(
                    "map takes one device: its name, or the path of a cache device or image that is not active.");
        }
        String given = operands.get(0);
        Source source = source(given);
        String operand = ByteText.printable(given);
        if (svg != null) {
            write(new MapSvg(source.cells(0, Integer.MAX_VALUE, MapSvg.MOST_CELLS)).draw(operand));
        }
        if (json) {
            invocation.out().print(JsonCodec.textForPeople(toJson(operand, source)));
        } else if (svg == null) {
            int columns =
                    invocation.terminal().columns() > 0 ? invocation.terminal().columns() : DEFAULT_COLUMNS;
            int segments = source.cells(0, 1, 1).segments();
            MapCells map = source.cells(
                    0, Integer.MAX_VALUE, Math.min(MapCells.MAX_CELLS, MapText.mostCells(segments, columns)));
            invocation
                    .out()
                    .print(new MapText(
                                    map, columns, !ascii && CallerLocale.isUtf8(invocation.environment()), isColoured())
                            .draw(operand));
        }
    }

    private Source source(String operand) throws CommandFailure {
        NamedDevice device = operand.indexOf('/') < 0 ? devices.byOperand(operand) : ofNode(operand);
        if (device == null || device.device() == null && isFile(operand)) {
            SegmentMap map = offline(invocation.directory().resolve(operand));
            return (from, count, most) -> MapCells.of(map, from, count, most);
        }
        NamedDevice live = device;
        return (from, count, most) -> {
            MapCells cells = live.map(from, count, most);
            if (cells == null) {
                throw new CommandFailure(ByteText.printable(operand) + ": has no cache: no pcache table is live");
            }
            return cells;
        };
    }

    private boolean isFile(String operand) {
        return ByteText.isUtf8(operand) && Files.exists(invocation.directory().resolve(operand));
    }

    /** The device whose node a path is; null where the path is no node of ours. */
    private NamedDevice ofNode(String operand) {
        try {
            NamedDevice device = devices.byOperand(operand);
            return device.device() == null ? null : device;
        } catch (CommandFailure e) {
            return null;
        }
    }

    private static SegmentMap offline(Path path) throws CommandFailure {
        try (ReadOnlyMemory memory = ReadOnlyMemory.open(path.toString())) {
            CheckReport report =
                    new CacheCheck(memory, Progress.NONE).withoutData().run();
            if (report.log() == null) {
                throw new CommandFailure(path + ": " + obstacle(report) + "; 'check' tells more");
            }
            return OfflineMap.of(report);
        } catch (SystemCallException e) {
            throw new CommandFailure(
                    e.errno() == Errno.EBUSY
                            ? path + ": in use: where a device of ours uses it, give that device's name"
                            : e.getMessage());
        } catch (OfflineException | CacheMemoryException e) {
            throw new CommandFailure(e.getMessage());
        }
    }

    /** The reason why there is no log to be drawn. */
    private static String obstacle(CheckReport report) {
        for (Finding finding : report.findings()) {
            if (finding.severity() == Severity.ERROR) {
                return finding.problem().meaning() + ": " + finding;
            }
        }
        return "there has never been an active cache on it";
    }

    private void write(String picture) throws CommandFailure {
        try {
            Files.writeString(invocation.directory().resolve(svg), picture);
        } catch (IOException e) {
            String reason = e instanceof NoSuchFileException
                    ? "No such file or directory"
                    : e instanceof AccessDeniedException ? "Permission denied" : e.getMessage();
            throw new CommandFailure(svg + ": cannot be written: " + reason);
        }
    }

    /** Whether colours are used; see https://no-color.org. */
    private boolean isColoured() {
        return invocation.terminal().present()
                && invocation.environment().getOrDefault("NO_COLOR", "").isEmpty()
                && !invocation.environment().getOrDefault("TERM", "").equals("dumb");
    }

    /** The map as JSON, with every segment by itself, however many segments there are. */
    private static JsonObject toJson(String name, Source source) throws CommandFailure {
        List<JsonObject> segments = new ArrayList<>();
        MapCells part;
        do {
            part = source.cells(segments.size(), MapCells.MAX_CELLS, MapCells.MAX_CELLS);
            for (int cell = 0; cell < part.cells(); cell++) {
                segments.add(segment(part, cell));
            }
        } while (part.cells() > 0 && segments.size() < part.segments());
        return new JsonObject()
                .put("name", name)
                .put("segment_bytes", DeviceLayout.SEGMENT_BYTES)
                .put("key_tail", position(part.keyTail()))
                .put("dirty_tail", position(part.dirtyTail()))
                .put("head", position(part.head()))
                .put("segments", segments);
    }

    private static JsonObject segment(MapCells part, int cell) {
        String use = part.get(Column.FREE, cell) > 0
                ? "free"
                : part.get(Column.LOG, cell) > 0 ? "log" : part.get(Column.DATA, cell) > 0 ? "data" : "set_aside";
        JsonObject json = new JsonObject().put("use", use).put("references", part.get(Column.REFERENCES, cell));
        return use.equals("data")
                ? json.put("dirty_bytes", part.get(Column.DIRTY, cell))
                        .put("clean_bytes", part.get(Column.CLEAN, cell))
                        .put("filled_bytes", part.get(Column.FILLED, cell))
                : json;
    }

    private static JsonObject position(long position) {
        return new JsonObject().put("segment", Position.segment(position)).put("offset", Position.offset(position));
    }
}
