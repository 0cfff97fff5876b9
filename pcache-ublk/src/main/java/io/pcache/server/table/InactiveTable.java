package io.pcache.server.table;

import io.pcache.control.ControlException;
import io.pcache.control.DeviceControl.LoadOptions;
import io.pcache.control.TableLine;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;

/** Loads tables into the inactive slot. For the changing thread. */
public final class InactiveTable {
    private static final Logger LOG = System.getLogger(InactiveTable.class.getName());

    private final TableSlots slots;
    private final TableConstructor constructor;
    private final CurrentActivity activity;
    /** What the table in the slot was made of, so that the table can be made again. */
    private Source source;

    private record Source(List<TableLine> lines, LoadOptions options) {
        boolean holdsDevices() {
            return lines.stream().anyMatch(line -> line.type().equals(PCacheType.NAME));
        }
    }

    public InactiveTable(TableSlots slots, TableConstructor constructor, CurrentActivity activity) {
        this.slots = slots;
        this.constructor = constructor;
        this.activity = activity;
    }

    /**
     * Makes a table of the lines, in place of the table in the slot.
     *
     * @param deviceName for messages
     * @throws ControlException when no table can be made; the slot is as before then
     */
    public void load(String deviceName, List<TableLine> lines, LoadOptions options) throws ControlException {
        constructor.check(deviceName, lines, slots.live() != null);
        Source fresh = new Source(List.copyOf(lines), options);
        if (slots.inactive() != null && source.holdsDevices() && fresh.holdsDevices()) {
            loadOverDevices(fresh);
        } else {
            replace(construct(fresh), fresh);
        }
    }

    /** Closes the old table first: two engines on one cache device would write over each other. */
    private void loadOverDevices(Source fresh) throws ControlException {
        Source old = source;
        replace(null, null);
        try {
            replace(construct(fresh), fresh);
        } catch (ControlException | RuntimeException e) {
            try {
                replace(construct(old), old);
            } catch (ControlException again) {
                LOG.log(
                        Level.WARNING,
                        "the table that was loaded before could not be loaded again: " + again.getMessage());
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    private Table construct(Source from) throws ControlException {
        activity.begin("open");
        try {
            return constructor.construct(from.lines, from.options, activity);
        } finally {
            activity.end();
        }
    }

    /** Closes the table in the slot. */
    public void clear() {
        replace(null, null);
    }

    /** The table of the slot is live now: empties the slot. */
    public void promoted() {
        slots.setInactive(null);
        source = null;
    }

    private void replace(Table table, Source from) {
        Table old = slots.inactive();
        slots.setInactive(table);
        source = from;
        if (old != null) {
            old.closeLogged();
        }
    }
}
