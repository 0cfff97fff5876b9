package io.pcache.dmctl.device;

import io.pcache.control.ControlException;
import io.pcache.control.CreateOptions;
import io.pcache.control.Dependency;
import io.pcache.control.Device;
import io.pcache.control.DeviceControl;
import io.pcache.control.DeviceInfo;
import io.pcache.control.DeviceStatus;
import io.pcache.control.JsonObject;
import io.pcache.control.MapCells;
import io.pcache.control.Registry;
import io.pcache.control.TableLine;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.failure.IoctlFailure;
import io.pcache.dmctl.options.Options.ReadAhead;
import io.pcache.server.device.LostNode;
import io.pcache.sys.Errno;
import java.util.List;

/**
 * A device that a command names; the device need not exist. The methods ask the device's target, and fail in
 * libdevmapper's words.
 */
public final class NamedDevice {
    private final DeviceReference reference;
    private final Device device;
    private final long limitMs;
    private final List<String> silent;
    private boolean isSilent;

    private NamedDevice(DeviceReference reference, Device device, long limitMs, List<String> silent) {
        this.reference = reference;
        this.device = device;
        this.limitMs = limitMs;
        this.silent = silent;
    }

    /**
     * @param device the registry's entry; null where there is none
     * @param limitMs the longest time for a change, in milliseconds; 0 for no limit
     */
    static NamedDevice named(DeviceReference reference, Device device, long limitMs) {
        return new NamedDevice(reference, device, limitMs, null);
    }

    /**
     * One of all devices. For queries, a device whose target does not answer counts as gone since the devices were
     * listed, so that the others are seen.
     *
     * @param silent takes the lines about targets that do not answer
     */
    static NamedDevice listed(Device device, String shown, long limitMs, List<String> silent) {
        return new NamedDevice(DeviceReference.byName(device.name(), shown), device, limitMs, silent);
    }

    /** Whether the device is one of all, and its target was asked and did not answer. */
    public boolean isSilent() {
        return isSilent;
    }

    public DeviceReference reference() {
        return reference;
    }

    /** The registry's entry of the device; null where there is none. */
    public Device device() {
        return device;
    }

    private DeviceControl control() throws ControlException {
        if (device == null) {
            throw new ControlException(Errno.ENXIO);
        }
        return device.control(limitMs);
    }

    /**
     * The target, for a command that puts in or takes away a table or the device. Fails while another command is about
     * to do the same.
     */
    private DeviceControl settled() throws ControlException {
        DeviceControl control = control();
        device.requireSettled();
        return control;
    }

    /** Whether the device is to be passed over: the device is gone, or is one of all and its target does not answer. */
    private boolean isAbsent(ControlException e) {
        if (silent != null && (e.errno() == Errno.ETIMEDOUT || e.errno() == Errno.ENOLINK)) {
            e.reasons().stream().filter(line -> !silent.contains(line)).forEach(silent::add);
            isSilent = true;
        }
        return isSilent || e.errno() == Errno.ENXIO;
    }

    private IoctlFailure failure(String verb, ControlException cause) {
        return IoctlFailure.of(
                verb,
                reference.failureName(),
                reference.failureId(),
                isMissing(cause) ? cause.with(reference.missingLine()) : cause);
    }

    /**
     * A failure of what dmsetup cannot do. So the line does not have libdevmapper's form, which speaks of a request to
     * the driver.
     */
    private CommandFailure ownFailure(String verb, ControlException cause) {
        return new CommandFailure(
                isMissing(cause)
                        ? List.of(reference.missingLine())
                        : cause.reasons().isEmpty()
                                ? List.of(reference.shown() + ": " + verb + ": " + Errno.message(cause.errno()))
                                : cause.reasons());
    }

    private boolean isMissing(ControlException cause) {
        return device == null && cause.errno() == Errno.ENXIO && cause.reasons().isEmpty();
    }

    /**
     * The failure of a query. What is to be said of the silence of one of all devices is kept for the end of the
     * command.
     */
    private CommandFailure queryFailure(String verb, ControlException cause) {
        return isAbsent(cause) && isSilent ? new CommandFailure() : failure(verb, cause);
    }

    private CommandFailure ownQueryFailure(String verb, ControlException cause) {
        return isAbsent(cause) && isSilent ? new CommandFailure() : ownFailure(verb, cause);
    }

    /** Null where the device does not exist. */
    public DeviceInfo infoIfPresent(boolean inactive) throws CommandFailure {
        try {
            return device == null || isSilent ? null : control().info(inactive);
        } catch (ControlException e) {
            if (silent != null && e.errno() == Errno.ENOLINK) {
                return orphanInfo();
            }
            if (isAbsent(e)) {
                return null;
            }
            throw failure("info", e);
        }
    }

    private DeviceInfo orphanInfo() {
        try {
            return device.orphanInfo();
        } catch (ControlException e) {
            // The device is gone meanwhile.
            return null;
        }
    }

    public DeviceInfo info(boolean inactive) throws CommandFailure {
        DeviceInfo info = infoIfPresent(inactive);
        if (info == null) {
            throw doesNotExist();
        }
        return info;
    }

    public CommandFailure doesNotExist() {
        return device == null
                ? new CommandFailure("Device does not exist.", reference.missingLine())
                : new CommandFailure("Device does not exist.");
    }

    /** Null where the device does not exist. */
    public DeviceStatus statusIfPresent(boolean inactive) throws CommandFailure {
        try {
            return control().status(inactive);
        } catch (ControlException e) {
            if (isAbsent(e)) {
                return null;
            }
            throw failure("status", e);
        }
    }

    /** Null where the device does not exist. */
    public List<TableLine> tableIfPresent(boolean inactive) throws CommandFailure {
        try {
            return anyTable(inactive);
        } catch (ControlException e) {
            if (isAbsent(e)) {
                return null;
            }
            throw failure("table", e);
        }
    }

    /** The table; of a dead target among all devices, the table that the target had. */
    private List<TableLine> anyTable(boolean inactive) throws ControlException {
        try {
            return control().table(inactive);
        } catch (ControlException e) {
            if (silent == null || e.errno() != Errno.ENOLINK) {
                throw e;
            }
            return inactive ? List.of() : device.orphanTable();
        }
    }

    public List<TableLine> table(boolean inactive) throws CommandFailure {
        try {
            return anyTable(inactive);
        } catch (ControlException e) {
            throw queryFailure("table", e);
        }
    }

    public List<Dependency> deps(boolean inactive) throws CommandFailure {
        try {
            return control().deps(inactive);
        } catch (ControlException e) {
            throw queryFailure("deps", e);
        }
    }

    /** @return the events of the change: what activation found */
    public List<JsonObject> load(List<TableLine> lines, DeviceControl.LoadOptions options) throws CommandFailure {
        try {
            DeviceControl control = settled();
            long seen = lastEvent(control.events());
            control.load(lines, options);
            return control.events().stream()
                    .filter(event -> event.number("nr", 0) > seen)
                    .toList();
        } catch (ControlException e) {
            throw failure("reload", e);
        }
    }

    private static long lastEvent(List<JsonObject> events) {
        return events.isEmpty() ? -1 : events.get(events.size() - 1).number("nr", 0);
    }

    public void clear() throws CommandFailure {
        try {
            settled().clear();
        } catch (ControlException e) {
            throw failure("clear", e);
        }
    }

    public void suspend(boolean noFlush, boolean noLockFs) throws CommandFailure {
        try {
            control().suspend(noFlush, noLockFs);
        } catch (ControlException e) {
            throw failure("suspend", e);
        }
    }

    public void resume(boolean noFlush, boolean noLockFs, ReadAhead readAhead) throws CommandFailure {
        try {
            control().resume(noFlush, noLockFs, new DeviceControl.ReadAhead(readAhead.sectors(), readAhead.minimum()));
        } catch (ControlException e) {
            throw failure("resume", e);
        }
    }

    /** @return false where the device stays until its last close */
    public boolean remove(boolean force, boolean deferred) throws CommandFailure {
        try {
            return settled().remove(force, deferred);
        } catch (ControlException e) {
            throw failure("remove", e);
        }
    }

    public void wipe(boolean noFlush, boolean noLockFs, boolean force) throws CommandFailure {
        try {
            settled().wipe(noFlush, noLockFs, force);
        } catch (ControlException e) {
            throw failure("reload", e);
        }
    }

    /** @param sector an unsigned number */
    public void message(long sector, String text) throws CommandFailure {
        try {
            control().message(sector, text);
        } catch (ControlException e) {
            throw failure("message", e);
        }
    }

    public void rename(String storedName) throws CommandFailure {
        try {
            control().rename(storedName);
        } catch (ControlException e) {
            throw failure("rename", e);
        }
    }

    public void setUuid(String storedUuid) throws CommandFailure {
        try {
            control().setUuid(storedUuid);
        } catch (ControlException e) {
            throw failure("rename", e);
        }
    }

    public void waitEvent(long eventNr) throws CommandFailure {
        try {
            control().waitEvent(eventNr);
        } catch (ControlException e) {
            throw failure("waitevent", e);
        }
    }

    /**
     * Gives the device another target.
     *
     * @param startTimeoutMs how long the new target may take to be ready; 0 for the default
     * @param force also where NBD clients are connected
     */
    public void restart(Registry registry, long startTimeoutMs, boolean force) throws CommandFailure {
        try {
            if (device == null) {
                throw new ControlException(Errno.ENXIO);
            }
            registry.restart(device, CreateOptions.named(device.name()).withStartTimeoutMs(startTimeoutMs), force);
        } catch (ControlException e) {
            throw ownFailure("restart", e);
        }
    }

    /**
     * Takes a device away whose target is dead; see {@link Registry#discard}.
     *
     * @return the live table that the target had
     */
    public List<TableLine> discard(Registry registry) throws CommandFailure {
        try {
            return registry.discard(device, LostNode::takeAway);
        } catch (ControlException e) {
            throw failure("remove", e);
        }
    }

    public void setGeometry(String geometry) throws CommandFailure {
        try {
            control().setGeometry(geometry);
        } catch (ControlException e) {
            throw failure("setgeometry", e);
        }
    }

    /** Has the target make the device's links again. Does nothing where there is no such device. */
    public void makeNodes() throws CommandFailure {
        try {
            if (device != null) {
                control().makeNodes();
            }
        } catch (ControlException e) {
            if (!isAbsent(e)) {
                throw failure("mknodes", e);
            }
        }
    }

    /** @param since {@code snapshot} of an earlier reply; 0 for none */
    public JsonObject stats(long since) throws CommandFailure {
        try {
            return control().stats(since);
        } catch (ControlException e) {
            throw ownQueryFailure("stats", e);
        }
    }

    /** As {@link DeviceControl#map}. */
    public MapCells map(int from, int count, int cells) throws CommandFailure {
        try {
            return control().map(from, count, cells);
        } catch (ControlException e) {
            throw ownQueryFailure("map", e);
        }
    }

    public List<JsonObject> events() throws CommandFailure {
        try {
            return control().events();
        } catch (ControlException e) {
            throw ownQueryFailure("events", e);
        }
    }
}
