package io.pcache.target;

import io.pcache.control.ControlException;
import io.pcache.control.Dependency;
import io.pcache.control.DeviceControl.LoadOptions;
import io.pcache.control.DeviceInfo;
import io.pcache.control.DeviceName;
import io.pcache.control.JsonObject;
import io.pcache.control.Registry;
import io.pcache.control.TableLine;
import io.pcache.control.Words;
import io.pcache.sys.Errno;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.function.Function;

/**
 * What device-mapper calls a mapped device: a name, a live and an inactive table, the suspended flag, events.
 * <pre>
 *   load ───> inactive table (the target's constructor runs here)
 *   resume ─> live table; what was live is closed. The first one starts the front end.
 *   suspend   holds requests; resume lets them go
 *   wipe ───> live table that fails all I/O
 *   clear     closes the inactive table
 *   remove    closes everything
 * </pre>
 * Changes ({@link #load} to {@link #shutdown}) are made by one thread at a time, and may wait for I/O; a change that fails leaves all as it was.
 * Queries may come from any thread at any time and wait for nothing.
 */
final class MappedDevice {
    static final int SECTOR_BYTES = 512;

    private static final Logger LOG = System.getLogger(MappedDevice.class.getName());

    private final int minor;
    private final TableConstructor constructor;
    private final DeviceRegistration registration;
    private final DeviceFrontEnd frontEnd;
    private final EventLog events;
    private final TableSlots slots = new TableSlots();

    // Written by the changing thread only.
    private volatile String name;
    private volatile String uuid;
    private volatile boolean suspended;
    private volatile boolean deferredRemove;
    /** Past the point of no return of its removal. */
    private volatile boolean leaving;
    private volatile boolean removed;
    /** Whether a table has ever been loaded: from then on device-mapper has a queue, and so a read-ahead, even when the table is gone. */
    private volatile boolean sized;
    private volatile ReadAheadSetting readAhead = ReadAheadSetting.DEFAULT;
    /** How the inactive table was made, to make it again. */
    private LoadedLines inactiveSource;

    private record LoadedLines(List<TableLine> lines, LoadOptions options) {
        boolean holdsDevices() {
            return lines.stream().anyMatch(line -> line.type().equals(PCacheType.NAME));
        }
    }

    MappedDevice(String name, String uuid, int minor, TableConstructor constructor, DeviceRegistration registration, DeviceFrontEnd frontEnd, EventLog events) {
        this.name = name;
        this.uuid = uuid;
        this.minor = minor;
        this.constructor = constructor;
        this.registration = registration;
        this.frontEnd = frontEnd;
        this.events = events;
    }

    // Queries

    DeviceInfo info(boolean inactive) throws ControlException {
        requirePresent();
        boolean live = slots.hasLive();
        boolean loaded = slots.hasInactive();
        String location = frontEnd.location(name);
        boolean node = location.startsWith("/");
        return new DeviceInfo(name, uuid, Registry.MAJOR, minor, suspended, ofLive(false, Table::readOnly), deferredRemove, live, loaded,
            slots.ask(inactive, table -> table == null ? 0 : table.size()), frontEnd.openCount(), events.nr(),
            sized ? readAhead.sectors() : -1, ofLive(0L, Table::sectors), node ? location : "", node ? "" : location, frontEnd.kind(),
            ProcessHandle.current().pid(), ofCache(PCacheTarget::cacheDescription), ofCache(PCacheTarget::backingDescription));
    }

    private <T> T ofLive(T without, Function<Table, T> question) {
        return slots.ask(false, table -> table == null ? without : question.apply(table));
    }

    private String ofCache(Function<PCacheTarget, String> question) {
        return ofLive("", table -> table.cache() == null ? "" : question.apply(table.cache()));
    }

    /** Empty without a table. */
    List<TableLine> table(boolean inactive) throws ControlException {
        requirePresent();
        return slots.ask(inactive, table -> table == null ? List.of() : table.table());
    }

    /** Empty without a table. */
    List<TableLine> status(boolean inactive) throws ControlException {
        requirePresent();
        return slots.ask(inactive, table -> table == null ? List.of() : table.status());
    }

    List<Dependency> dependencies(boolean inactive) throws ControlException {
        requirePresent();
        return slots.ask(inactive, table -> table == null ? List.of() : table.dependencies());
    }

    JsonObject stats() throws ControlException {
        requirePresent();
        return ofLive(new JsonObject(), Table::stats);
    }

    EventLog events() {
        return events;
    }

    /** Whether the device is gone with all it held, and the process has nothing to live for. */
    boolean removed() {
        return removed;
    }

    // Changes

    /** Makes a table of the lines and puts it in the inactive slot. */
    void load(List<TableLine> lines, LoadOptions options) throws ControlException {
        requirePresent();
        constructor.check(displayName(), lines, slots.live() != null);
        LoadedLines source = new LoadedLines(List.copyOf(lines), options);
        Table old = slots.inactive();
        if (old != null && inactiveSource.holdsDevices() && source.holdsDevices()) {
            loadOverDevices(source);
        } else {
            setInactive(constructor.construct(lines, options), source);
        }
    }

    /** The old table goes first: two engines on one cache device would write over each other. */
    private void loadOverDevices(LoadedLines source) throws ControlException {
        LoadedLines oldSource = inactiveSource;
        setInactive(null, null);
        try {
            setInactive(constructor.construct(source.lines, source.options), source);
        } catch (ControlException | RuntimeException e) {
            try {
                setInactive(constructor.construct(oldSource.lines, oldSource.options), oldSource);
            } catch (ControlException again) {
                LOG.log(Level.WARNING, "the table that was loaded before could not be loaded again: " + again.getMessage());
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    /** Closes the one that was there. */
    private void setInactive(Table table, LoadedLines source) {
        Table old = slots.inactive();
        slots.setInactive(table);
        sized |= table != null;
        inactiveSource = source;
        if (old != null) {
            close(old);
        }
    }

    /** Closes the inactive table. */
    void clear() throws ControlException {
        requirePresent();
        setInactive(null, null);
    }

    /** @param noFlush do not wait for requests under way */
    void suspend(boolean noFlush, Cancellation cancellation) throws ControlException {
        requirePresent();
        MappedBlockDevice gate = frontEnd.gate();
        if (gate != null) {
            if (noFlush) {
                gate.hold();
            } else {
                drain(gate, cancellation);
            }
        }
        suspended = true;
    }

    private void drain(MappedBlockDevice gate, Cancellation cancellation) throws ControlException {
        if (!gate.holdAndDrain(cancellation)) {
            if (!suspended) {
                gate.release();
            }
            throw new ControlException(Errno.EINTR, displayName() + ": interrupted while requests were under way (-EINTR)");
        }
    }

    /** @param wanted null leaves the read-ahead as it is */
    void resume(ReadAheadSetting wanted, Cancellation cancellation) throws ControlException {
        requirePresent();
        if (slots.inactive() != null) {
            swap(slots.inactive(), cancellation);
            // Live now, so not for setInactive to close.
            slots.setInactive(null);
            inactiveSource = null;
        } else if (suspended && slots.live() == null) {
            throw new ControlException(Errno.EINVAL, displayName() + ": no table to resume (-EINVAL)");
        }
        if (wanted != null) {
            readAhead = wanted.over(readAhead);
        }
        letGo();
    }

    private void letGo() {
        suspended = false;
        if (frontEnd.gate() != null) {
            frontEnd.gate().release();
        }
    }

    /** Puts a table in the live slot and closes the one that was there. Requests are held afterwards, unless it is the first. */
    private void swap(Table next, Cancellation cancellation) throws ControlException {
        Table old = slots.live();
        if (old == null) {
            frontEnd.start(next, displayName());
            slots.setLive(next);
            return;
        }
        MappedBlockDevice gate = frontEnd.gate();
        drain(gate, cancellation);
        try {
            flush(old);
        } catch (ControlException e) {
            if (!suspended) {
                gate.release();
            }
            throw e;
        }
        gate.replace(next.device(), next.readOnly());
        slots.setLive(next);
        close(old);
    }

    /** Replaces the live table by one that fails all I/O, and resumes. The cache is shut down and its devices are free. */
    void wipe(Cancellation cancellation) throws ControlException {
        requirePresent();
        Table old = slots.live();
        if (old == null) {
            throw coreRefusal("zero-length target");
        }
        swap(Table.error(old.sectors()), cancellation);
        setInactive(null, null);
        letGo();
    }

    /**
     * @param force    where the device is open: fail all I/O from now on
     * @param deferred where the device is open: remove it at last close
     * @return whether it is gone
     */
    boolean remove(boolean force, boolean deferred) throws ControlException {
        requirePresent();
        int openCount = frontEnd.openCount();
        if (openCount == 0) {
            removeNow(force);
            return true;
        }
        boolean wiped = force && slots.live() != null;
        if (wiped) {
            wipe(Cancellation.NEVER);
        }
        if (deferred) {
            deferredRemove = true;
            frontEnd.watchLastClose();
            return false;
        }
        String busy = displayName() + ": device is open (count " + openCount + ") (-EBUSY)";
        throw wiped ? new ControlException(Errno.EBUSY, displayName() + ": the table has been replaced by one that fails all I/O", busy)
            : new ControlException(Errno.EBUSY, busy);
    }

    /** The last client has gone. */
    void lastClosed() {
        if (deferredRemove && !leaving && frontEnd.openCount() == 0) {
            try {
                removeNow(false);
            } catch (ControlException e) {
                LOG.log(Level.ERROR, "deferred removal failed: " + e.getMessage());
                events.add("deferred removal failed: " + e.getMessage());
            }
        }
    }

    /** @param force whatever cannot be flushed is lost */
    private void removeNow(boolean force) throws ControlException {
        Table live = slots.live();
        if (live != null && !force) {
            flush(live);
        }
        leaving = true;
        if (frontEnd.gate() != null) {
            // Requests of a client that went away while they were held end first.
            frontEnd.gate().release();
        }
        frontEnd.stop();
        slots.setLive(null);
        if (live != null) {
            close(live);
        }
        setInactive(null, null);
        removed = true;
        registration.forget();
        events.add("removed");
    }

    /** The process is told to end: as a removal, but without asking who has the device open, and going on whatever fails. */
    void shutdown() {
        if (removed) {
            return;
        }
        try {
            removeNow(true);
        } catch (ControlException e) {
            LOG.log(Level.ERROR, "at shutdown: " + e.getMessage());
        }
    }

    void message(long sector, String text) throws ControlException {
        requirePresent();
        List<String> words = Words.split(text);
        if (words.isEmpty()) {
            throw coreRefusal("Empty message received.");
        }
        if (words.get(0).startsWith("@")) {
            coreMessage(words);
            return;
        }
        Table live = slots.live();
        if (live == null) {
            throw coreRefusal("The device has no table.");
        }
        Target target = sector < 0 ? null : live.at(sector);
        if (target == null) {
            throw coreRefusal("Target message sector outside device.");
        }
        if (!target.takesMessages()) {
            throw coreRefusal("Target type does not support messages");
        }
        target.message(words);
    }

    private void coreMessage(List<String> words) throws ControlException {
        if (!words.get(0).equalsIgnoreCase("@cancel_deferred_remove")) {
            throw coreRefusal("Unsupported message sent to DM core: " + words.get(0));
        }
        if (words.size() != 1) {
            throw coreRefusal("Invalid arguments for @cancel_deferred_remove");
        }
        deferredRemove = false;
    }

    /** @param newName stored form */
    void rename(String newName) throws ControlException {
        requirePresent();
        String refusal = DeviceName.refusal(newName);
        if (refusal != null) {
            throw coreRefusal(refusal);
        }
        registration.moveName(name, newName);
        name = newName;
        events.add("renamed");
    }

    /** @param newUuid stored form; a device's uuid can be set once */
    void setUuid(String newUuid) throws ControlException {
        requirePresent();
        if (newUuid.isEmpty() || newUuid.length() > DeviceName.MAX_UUID_BYTES || !DeviceName.isStoredForm(newUuid)) {
            throw coreRefusal("Invalid new mapped device name or uuid string supplied.");
        }
        if (!uuid.isEmpty()) {
            throw coreRefusal("Unable to change uuid of mapped device " + displayName() + " to " + DeviceName.unmangle(newUuid)
                + " because uuid is already set to " + DeviceName.unmangle(uuid));
        }
        registration.setUuid(name, newUuid);
        uuid = newUuid;
        events.add("uuid set");
    }

    /** Checks as the kernel does. Nobody asks for a geometry, so it is not kept. */
    void setGeometry(String text) throws ControlException {
        requirePresent();
        long[] numbers = Geometry.parse(text);
        if (numbers == null) {
            throw coreRefusal("Unable to interpret geometry settings.");
        }
        String refusal = Geometry.refusal(numbers);
        if (refusal != null) {
            throw coreRefusal(refusal);
        }
    }

    private String displayName() {
        return DeviceName.unmangle(name);
    }

    private void requirePresent() throws ControlException {
        if (leaving) {
            throw new ControlException(Errno.ENXIO);
        }
    }

    private ControlException coreRefusal(String reason) {
        return new ControlException(Errno.EINVAL, displayName() + ": " + reason);
    }

    /** Before a table goes, while it can still be kept. */
    private static void flush(Table table) throws ControlException {
        try {
            table.flush();
        } catch (IOException e) {
            throw new ControlException(Errno.EIO, e, "pcache: the cache cannot make its data safe, so it stays: " + e.getMessage() + " (-EIO)");
        }
    }

    private static void close(Table table) {
        try {
            table.close();
        } catch (IOException e) {
            // It has been flushed, or never went live, or was removed by force: nothing that was promised is lost.
            LOG.log(Level.ERROR, "a table was not closed cleanly: " + e.getMessage());
        }
    }
}
