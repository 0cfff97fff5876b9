package io.pcache.server.table;

import io.pcache.cache.Progress;
import io.pcache.control.ControlException;
import io.pcache.control.DeviceControl.LoadOptions;
import io.pcache.control.TableHelp;
import io.pcache.control.TableLine;
import io.pcache.media.DeviceLayout;
import io.pcache.sys.Errno;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes tables of lines, as device-mapper's core does: checks the place of each line in the table first, and then runs
 * the constructors of the targets.
 *
 * <p>All lines are checked before the first constructor runs. The kernel goes line by line: where it refuses a line
 * behind a pcache line, the cache device has already been formatted.
 */
public final class TableConstructor {
    /** The most sectors whose bytes a signed 64-bit number can count. */
    private static final long MAX_SECTORS = Long.MAX_VALUE / DeviceLayout.SECTOR_BYTES;

    private final List<TargetType> types;

    public TableConstructor(List<TargetType> types) {
        this.types = List.copyOf(types);
    }

    /**
     * Checks all of the lines but for their arguments.
     *
     * @param deviceName for messages
     */
    public void check(String deviceName, List<TableLine> lines, boolean deviceHasLiveTable) throws ControlException {
        if (lines.isEmpty()) {
            throw refusal(
                    deviceName,
                    "populate_table: no targets specified",
                    "the table has no line, a line is: " + TableHelp.FORM);
        }
        long end = 0;
        TargetType alone = null;
        for (TableLine line : lines) {
            if (alone != null) {
                throw refusal(
                        deviceName, "target type " + alone.name() + " must appear alone in table", alone(alone, lines));
            }
            TargetType type = checkLine(deviceName, line);
            if (type.singleton()) {
                if (line != lines.get(0)) {
                    throw typeRefusal(
                            type, deviceName, "singleton target type must appear alone in table", alone(type, lines));
                }
                alone = type;
            }
            if (line.start() != end) {
                throw typeRefusal(type, deviceName, "Gap in table", gap(line, end));
            }
            end = line.start() + line.length();
            type.check(deviceHasLiveTable);
        }
    }

    private TargetType checkLine(String deviceName, TableLine line) throws ControlException {
        if (line.length() == 0) {
            throw refusal(
                    deviceName,
                    "zero-length target",
                    "the length is 0, and must be at least 1 sector; a line is: " + TableHelp.FORM);
        }
        if (line.start() < 0
                || line.length() < 0
                || line.length() > MAX_SECTORS
                || line.start() > MAX_SECTORS - line.length()) {
            throw refusal(
                    deviceName,
                    "too large device",
                    "start and length are sectors of " + DeviceLayout.SECTOR_BYTES + " bytes, together at most "
                            + MAX_SECTORS);
        }
        TargetType type = type(line.type());
        if (type == null) {
            throw refusal(
                    deviceName,
                    line.type() + ": unknown target type",
                    TableHelp.quoted(line.type()) + " is no target type: these are "
                            + String.join(
                                    ", ", types.stream().map(TargetType::name).toList()) + ", for example: "
                            + TableHelp.LINE);
        }
        return type;
    }

    private TargetType type(String name) {
        for (TargetType type : types) {
            if (type.name().equals(name)) {
                return type;
            }
        }
        return null;
    }

    /** Runs the constructors of checked lines. Where one fails, the targets made before are closed again. */
    public Table construct(List<TableLine> lines, LoadOptions options, Progress progress) throws ControlException {
        List<Target> targets = new ArrayList<>();
        try {
            for (TableLine line : lines) {
                targets.add(type(line.type()).construct(line, options, progress));
            }
            return new Table(targets, options.readOnly());
        } catch (ControlException | RuntimeException e) {
            for (Target target : targets) {
                closeAfter(target, e);
            }
            throw e;
        }
    }

    private static void closeAfter(Target target, Exception cause) {
        try {
            target.close();
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    private static String gap(TableLine line, long end) {
        return "the line starts at sector " + line.start() + ", and has to start at " + end
                + (end == 0 ? ", as the first of each table" : ", where the line before ends");
    }

    private static String alone(TargetType type, List<TableLine> lines) {
        return "the table has " + lines.size() + " lines, and a " + type.name()
                + " device is one line: make a device of each";
    }

    private static ControlException refusal(String deviceName, String reason, String help) {
        return new ControlException(Errno.EINVAL, deviceName + ": " + reason, deviceName + ": " + help);
    }

    /**
     * A refusal that names the type, as the kernel's does. For the type pcache the line begins with "pcache" alone,
     * which scripts know.
     */
    private static ControlException typeRefusal(TargetType type, String deviceName, String reason, String help) {
        String named = type.name() + ": " + reason + " (-EINVAL)";
        return new ControlException(
                Errno.EINVAL,
                type.name().equals(PCacheType.NAME) ? named : deviceName + ": " + named,
                deviceName + ": " + help);
    }
}
