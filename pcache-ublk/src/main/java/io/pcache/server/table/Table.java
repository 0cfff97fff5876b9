package io.pcache.server.table;

import io.pcache.cache.CacheInUseException;
import io.pcache.control.Dependency;
import io.pcache.control.DeviceProblem;
import io.pcache.control.JsonObject;
import io.pcache.control.TableLine;
import io.pcache.media.DeviceLayout;
import io.pcache.request.BlockDevice;
import io.pcache.segment.SegmentMap;
import io.pcache.server.table.SyntheticDevice.Range;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;

/**
 * A table that can go live: the lines as targets, in order and without gaps, and the block device that the targets make
 * together.
 */
public final class Table {
    private static final Logger LOG = System.getLogger(Table.class.getName());

    private final List<Target> targets;
    private final boolean readOnly;
    private final BlockDevice device;

    /** @param targets at least one: either one cache, or lines without storage */
    Table(List<Target> targets, boolean readOnly) {
        this.targets = List.copyOf(targets);
        this.readOnly = readOnly;
        this.device = targets.get(0) instanceof PCacheTarget cache ? cache.device() : synthetic(targets);
    }

    private static SyntheticDevice synthetic(List<Target> targets) {
        List<Range> ranges = new ArrayList<>();
        for (Target target : targets) {
            TableLine line = target.table();
            ranges.add(new Range(
                    (line.start() + line.length()) * DeviceLayout.SECTOR_BYTES,
                    ((SyntheticType.Line) target).failing()));
        }
        return new SyntheticDevice(ranges);
    }

    public static Table error(long sectors) {
        return new Table(
                List.of(new SyntheticType.Line(new TableLine(0, sectors, SyntheticType.ERROR.name(), ""), true)),
                false);
    }

    public BlockDevice device() {
        return device;
    }

    public boolean readOnly() {
        return readOnly;
    }

    public int size() {
        return targets.size();
    }

    public long sectors() {
        TableLine last = targets.get(targets.size() - 1).table();
        return last.start() + last.length();
    }

    /** The cache; null for a table without one. */
    public PCacheTarget cache() {
        return targets.get(0) instanceof PCacheTarget cache ? cache : null;
    }

    /** The target at a sector; null behind the end. */
    public Target at(long sector) {
        for (Target target : targets) {
            if (sector < target.table().start() + target.table().length()) {
                return target;
            }
        }
        return null;
    }

    public List<TableLine> table() {
        return targets.stream().map(Target::table).toList();
    }

    public List<TableLine> status() {
        return targets.stream().map(Target::status).toList();
    }

    public List<DeviceProblem> problems() {
        return targets.stream().flatMap(target -> target.problems().stream()).toList();
    }

    public List<Dependency> dependencies() {
        return targets.stream()
                .flatMap(target -> target.dependencies().stream())
                .toList();
    }

    public List<Dependency> backing() {
        return targets.stream().flatMap(target -> target.backing().stream()).toList();
    }

    /** Null without a cache. */
    public SegmentMap map() {
        return targets.get(0).map();
    }

    /** The counters of the only target that has any. */
    public JsonObject stats(long since) {
        return targets.get(0).stats(since);
    }

    /**
     * Makes all durable that was acknowledged.
     *
     * @throws IOException when something could not be made durable; the table goes on
     */
    public void flush() throws IOException {
        for (Target target : targets) {
            target.flush();
        }
    }

    /**
     * Closes all targets.
     *
     * @throws IOException as {@link Target#close}
     * @throws io.pcache.cache.CacheInUseException as {@link Target#close}
     */
    public void close() throws IOException {
        IOException failure = null;
        for (Target target : targets) {
            try {
                target.close();
            } catch (IOException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /**
     * As {@link #close}, for a table that has been flushed, has never gone live, or goes by force. Nothing that was
     * promised is lost, so a failure is only logged.
     */
    public void closeLogged() {
        try {
            close();
        } catch (IOException | CacheInUseException e) {
            LOG.log(Level.ERROR, "a table was not closed cleanly: " + e.getMessage());
        }
    }
}
