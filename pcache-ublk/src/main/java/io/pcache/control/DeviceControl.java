package io.pcache.control;

import io.pcache.sys.Errno;
import java.io.EOFException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Commands to a device's target, each on a connection of its own. All throw {@link ControlException}: with ENXIO and no reasons
 * where the device is gone, else with what the target says. Where the target has died and is being
 * started again, they wait for it. Safe for use by any thread.
 */
public final class DeviceControl {
    /** How long a removed device's process may take to end, after all it held is free. */
    private static final long EXIT_TIMEOUT_MS = 10_000;
    /** How long a command waits for a target that is being started again. */
    private static final long RECOVERY_TIMEOUT_MS = 60_000;
    private static final long RECOVERY_LOOK_MS = 50;

    private final Path socket;

    DeviceControl(Path socket) {
        this.socket = socket;
    }

    /** What a load may do beyond the ordinary. */
    public record LoadOptions(boolean readOnly, boolean force, boolean salvage) {
    }

    /**
     * The read-ahead that a resume sets.
     *
     * @param sectors -1 leaves it as it is
     * @param minimum takes the larger of this and the present one
     */
    public record ReadAhead(long sectors, boolean minimum) {
        public static final ReadAhead UNCHANGED = new ReadAhead(-1, false);
    }

    public DeviceInfo info(boolean inactive) throws ControlException {
        return DeviceInfo.fromJson(call(request(Command.INFO).put("inactive", inactive)));
    }

    /** Empty without a table. */
    public List<TableLine> table(boolean inactive) throws ControlException {
        return TableLine.fromJson(call(request(Command.TABLE).put("inactive", inactive)).objects("lines"));
    }

    /** Empty without a table. */
    public List<TableLine> status(boolean inactive) throws ControlException {
        return TableLine.fromJson(call(request(Command.STATUS).put("inactive", inactive)).objects("lines"));
    }

    /** The backing device first, then the cache device, as dmsetup lists them. */
    public List<Dependency> deps(boolean inactive) throws ControlException {
        List<Dependency> dependencies = new ArrayList<>();
        for (JsonObject device : call(request(Command.DEPS).put("inactive", inactive)).objects("devices")) {
            dependencies.add(Dependency.fromJson(device));
        }
        return dependencies;
    }

    public void load(List<TableLine> lines, LoadOptions options) throws ControlException {
        call(request(Command.LOAD).put("lines", TableLine.toJson(lines))
            .put("readOnly", options.readOnly).put("force", options.force).put("salvage", options.salvage));
    }

    public void clear() throws ControlException {
        call(request(Command.CLEAR));
    }

    public void suspend(boolean noFlush, boolean noLockFs) throws ControlException {
        call(request(Command.SUSPEND).put("noflush", noFlush).put("nolockfs", noLockFs));
    }

    public void resume(boolean noFlush, boolean noLockFs, ReadAhead readAhead) throws ControlException {
        JsonObject request = request(Command.RESUME).put("noflush", noFlush).put("nolockfs", noLockFs);
        if (readAhead.sectors >= 0) {
            request.put("readAhead", readAhead.sectors).put("readAheadMinimum", readAhead.minimum);
        }
        call(request);
    }

    /**
     * Returns when the device and its process are gone, or, deferred, when that is noted.
     *
     * @return false when the device stays until its last close
     */
    public boolean remove(boolean force, boolean deferred) throws ControlException {
        try (ControlClient client = connect()) {
            boolean removed = client.call(request(Command.REMOVE).put("force", force).put("deferred", deferred)).flag("removed");
            if (removed) {
                client.awaitClose(EXIT_TIMEOUT_MS);
            }
            return removed;
        }
    }

    public void wipe(boolean noFlush, boolean noLockFs) throws ControlException {
        call(request(Command.WIPE).put("noflush", noFlush).put("nolockfs", noLockFs));
    }

    /** @param text the words, joined by blanks */
    public void message(long sector, String text) throws ControlException {
        call(request(Command.MESSAGE).put("sector", sector).put("text", text));
    }

    /** @param storedName the new name */
    public void rename(String storedName) throws ControlException {
        call(request(Command.RENAME).put("name", storedName));
    }

    public void setUuid(String storedUuid) throws ControlException {
        call(request(Command.RENAME).put("uuid", storedUuid));
    }

    /** Ends the target and leaves its block device node to a successor; see {@link Registry#restart}. Returns when the process has ended. */
    void handOver() throws ControlException {
        try (ControlClient client = ControlClient.connect(socket)) {
            client.call(request(Command.HAND_OVER));
            client.awaitClose(EXIT_TIMEOUT_MS);
        }
    }

    /** Makes the links to the block device node again, as they should be. */
    public void makeNodes() throws ControlException {
        call(request(Command.MAKE_NODES));
    }

    /** Returns when the device's event number differs from the given one, or the device has been removed. A recovery in between is an event. */
    public void waitEvent(long eventNr) throws ControlException {
        while (true) {
            try (ControlClient client = connect()) {
                client.call(request(Command.WAIT).put("eventNr", eventNr));
                return;
            } catch (ControlException e) {
                // Connected and then cut off: the device went away, which ends a wait as an event does. Or its target has died.
                if (e.errno() != Errno.ENXIO || !(e.getCause() instanceof EOFException)) {
                    throw e;
                }
                if (!Supervision.isRecovering(socket.getParent())) {
                    return;
                }
            }
        }
    }

    /** @param geometry {@code cylinders heads sectors start} as typed */
    public void setGeometry(String geometry) throws ControlException {
        call(request(Command.SET_GEOMETRY).put("geometry", geometry));
    }

    /** As {@link #stats(long)} without an interval. */
    public JsonObject stats() throws ControlException {
        return stats(0);
    }

    /**
     * Members depend on the target type; see {@code man/pcache-control.md}.
     *
     * @param since {@code snapshot} of an earlier reply: what was counted since then comes as {@code interval}; 0 for none
     */
    public JsonObject stats(long since) throws ControlException {
        return call(request(Command.STATS).put("since", since));
    }

    /** The newest last, each with {@code nr}, {@code time}, {@code text}. */
    public List<JsonObject> events() throws ControlException {
        return call(request(Command.EVENTS)).objects("events");
    }

    private static JsonObject request(Command command) {
        return ControlClient.request(command);
    }

    private JsonObject call(JsonObject request) throws ControlException {
        try (ControlClient client = connect()) {
            return client.call(request);
        }
    }

    /** Waits for a target that is being started again: its clients see a pause, and so do its operators. */
    private ControlClient connect() throws ControlException {
        long deadline = System.nanoTime() + RECOVERY_TIMEOUT_MS * 1_000_000;
        while (true) {
            try {
                return ControlClient.connect(socket);
            } catch (ControlException e) {
                if (e.errno() != Errno.ENXIO || !Supervision.isRecovering(socket.getParent())) {
                    throw e;
                }
                if (System.nanoTime() > deadline) {
                    throw new ControlException(Errno.ENXIO, e, "pcache: the target has died and does not come up again; see " + socket.resolveSibling("log"));
                }
            }
            pause();
        }
    }

    private static void pause() throws ControlException {
        try {
            Thread.sleep(RECOVERY_LOOK_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ControlException(Errno.EINTR, e);
        }
    }
}
