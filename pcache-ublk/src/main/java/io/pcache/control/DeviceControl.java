package io.pcache.control;

import io.pcache.cache.Verify;
import io.pcache.sys.Errno;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Commands to a device's target, each on a connection of its own. All commands throw {@link ControlException}: ENXIO
 * without reasons where the device is gone; ENOLINK where the target is gone and has left its node, and no other target
 * is ready; else what the target says. Where the target has died and is being started again, commands wait for it.
 *
 * <p>A target that does not answer (stopped, or stuck) is not waited for without end: ETIMEDOUT. A query has a limit
 * for its answer. A change without a limit may take any time while two conditions hold. First, the target still answers
 * queries, which it does on another thread. Second, the change gets on: when a step has stood still for
 * {@link #STALL_ANSWERS} times the limit of an answer, the command waits no longer. Safe for use by any thread.
 */
public final class DeviceControl {
    /** How long the process of a removed device may take to end, after all that it held is free. */
    private static final long EXIT_TIMEOUT_MS = 10_000;
    /**
     * How long a command waits for a target that is being started again, in limits of an answer: a minute by default.
     */
    static final int RECOVERY_ANSWERS = 6;

    private static final long RECOVERY_LOOK_MS = 50;
    private static final long DEFAULT_ANSWER_TIMEOUT_MS = 10_000;
    private static final long MS_PER_SECOND = 1000;
    private static final long MAX_TIMEOUT_SECONDS = 86_400;
    private static final int MAX_TIMEOUT_DIGITS = 9;
    /** How long a target may take to answer a query: environment {@code PCACHE_TIMEOUT} in seconds, else 10 s. */
    static final long ANSWER_TIMEOUT_MS = answerTimeoutMs(System.getenv("PCACHE_TIMEOUT"));
    /**
     * How long a step of a change may stand still, in limits of an answer: ten minutes by default. Within three minutes
     * or so, Linux gives up a disk that does not answer; making allocated blocks of a disk durable can take longer.
     */
    static final int STALL_ANSWERS = 60;
    /** After this time without an answer, the command looks whether the target is stopped. */
    private static final long LOOK_MS = MS_PER_SECOND;

    private final Device device;
    private final Path socket;
    private final long limitMs;
    private final long answerMs;

    /**
     * @param limitMs longest time for a change; 0 for none
     * @param answerMs longest time for an answer to a query
     */
    DeviceControl(Device device, long limitMs, long answerMs) {
        this.device = device;
        this.socket = device.controlSocket();
        this.limitMs = limitMs;
        this.answerMs = answerMs;
    }

    private static long answerTimeoutMs(String seconds) {
        return isTimeout(seconds) ? Long.parseLong(seconds) * MS_PER_SECOND : DEFAULT_ANSWER_TIMEOUT_MS;
    }

    private static boolean isTimeout(String seconds) {
        if (seconds == null || seconds.isEmpty() || seconds.length() > MAX_TIMEOUT_DIGITS) {
            return false;
        }
        for (int i = 0; i < seconds.length(); i++) {
            if (seconds.charAt(i) < '0' || seconds.charAt(i) > '9') {
                return false;
            }
        }
        long number = Long.parseLong(seconds);
        return number >= 1 && number <= MAX_TIMEOUT_SECONDS;
    }

    /** @param seconds the value of {@code PCACHE_TIMEOUT}; null or empty for none */
    static void checkTimeout(String seconds) throws ControlException {
        if (seconds != null && !seconds.isEmpty() && !isTimeout(seconds)) {
            throw new ControlException(
                    Errno.EINVAL,
                    "pcache: PCACHE_TIMEOUT=" + seconds + ": must be 1 to " + MAX_TIMEOUT_SECONDS
                            + " seconds (-EINVAL)");
        }
    }

    /**
     * What a load may do beyond the usual.
     *
     * @param verify how much of the cache's clean data is compared with the backing device
     * @param predecessor the cache that an earlier target had, which must be there; null to take any cache, or to
     *     format one
     */
    public record LoadOptions(boolean readOnly, boolean force, boolean salvage, Verify verify, CacheMark predecessor) {
        /** Options for a device that is made anew. */
        public LoadOptions(boolean readOnly, boolean force, boolean salvage, Verify verify) {
            this(readOnly, force, salvage, verify, null);
        }
    }

    /**
     * The read-ahead that a resume sets.
     *
     * @param sectors the read-ahead; -1 for the present read-ahead
     * @param minimum whether the present read-ahead stays where it is larger
     */
    public record ReadAhead(long sectors, boolean minimum) {}

    public DeviceInfo info(boolean inactive) throws ControlException {
        return DeviceInfo.fromJson(query(request(ControlCommand.INFO).put("inactive", inactive)));
    }

    /** The lines of a table; empty without a table. */
    public List<TableLine> table(boolean inactive) throws ControlException {
        return TableLine.fromJson(
                query(request(ControlCommand.TABLE).put("inactive", inactive)).objects("lines"));
    }

    public DeviceStatus status(boolean inactive) throws ControlException {
        JsonObject reply = query(request(ControlCommand.STATUS).put("inactive", inactive));
        return new DeviceStatus(
                TableLine.fromJson(reply.objects("lines")),
                DeviceProblem.of(reply, DeviceStatus.PROBLEM_CODES),
                SettingsJson.read(reply.object(SettingsJson.KEY)),
                reply.string("logLevel", ""));
    }

    /** The dependencies, first the backing device, then the cache device, as dmsetup lists them. */
    public List<Dependency> deps(boolean inactive) throws ControlException {
        List<Dependency> dependencies = new ArrayList<>();
        for (JsonObject device :
                query(request(ControlCommand.DEPS).put("inactive", inactive)).objects("devices")) {
            dependencies.add(Dependency.fromJson(device));
        }
        return dependencies;
    }

    public void load(List<TableLine> lines, LoadOptions options) throws ControlException {
        call(request(ControlCommand.LOAD)
                .put("lines", TableLine.toJson(lines))
                .put("readOnly", options.readOnly)
                .put("force", options.force)
                .put("salvage", options.salvage)
                .put("verify", options.verify.word()));
    }

    public void clear() throws ControlException {
        call(request(ControlCommand.CLEAR));
    }

    public void suspend(boolean noFlush, boolean noLockFs) throws ControlException {
        call(request(ControlCommand.SUSPEND).put("noflush", noFlush).put("nolockfs", noLockFs));
    }

    public void resume(boolean noFlush, boolean noLockFs, ReadAhead readAhead) throws ControlException {
        JsonObject request =
                request(ControlCommand.RESUME).put("noflush", noFlush).put("nolockfs", noLockFs);
        if (readAhead.sectors >= 0) {
            request.put("readAhead", readAhead.sectors).put("readAheadMinimum", readAhead.minimum);
        }
        call(request);
    }

    /**
     * Removes the device. Returns when the device and its process are gone, or, deferred, when the removal is noted.
     *
     * @return false when the device stays until its last close
     */
    public boolean remove(boolean force, boolean deferred) throws ControlException {
        try (ControlClient client = connect()) {
            boolean removed = await(
                            client,
                            request(ControlCommand.REMOVE).put("force", force).put("deferred", deferred),
                            limitMs)
                    .flag("removed");
            if (removed) {
                client.awaitClose(EXIT_TIMEOUT_MS);
            }
            return removed;
        }
    }

    /** @param force whether to go on when the cache device fails: data that is not flushed is given up then */
    public void wipe(boolean noFlush, boolean noLockFs, boolean force) throws ControlException {
        call(request(ControlCommand.WIPE)
                .put("noflush", noFlush)
                .put("nolockfs", noLockFs)
                .put("force", force));
    }

    /** @param text the words, joined by blanks */
    public void message(long sector, String text) throws ControlException {
        call(request(ControlCommand.MESSAGE).put("sector", sector).put("text", text));
    }

    /** @param storedName the new name */
    public void rename(String storedName) throws ControlException {
        call(request(ControlCommand.RENAME).put("name", storedName));
    }

    public void setUuid(String storedUuid) throws ControlException {
        call(request(ControlCommand.RENAME).put("uuid", storedUuid));
    }

    /** Checks a hand-over. Returns when {@link #handOver} would not be refused. */
    void checkHandOver(boolean force) throws ControlException {
        call(request(ControlCommand.HAND_OVER).put("check", true).put("force", force));
    }

    /**
     * Ends the target and leaves the device to a successor; see {@link Registry#restart}. Returns when the process has
     * ended.
     */
    void handOver(boolean force) throws ControlException {
        try (ControlClient client = connect()) {
            await(client, request(ControlCommand.HAND_OVER).put("force", force), limitMs);
            client.awaitClose(EXIT_TIMEOUT_MS);
        }
    }

    /** Makes the links to the block device node again, as they should be. */
    public void makeNodes() throws ControlException {
        call(request(ControlCommand.MAKE_NODES));
    }

    /**
     * Returns when the device's event number differs from the given one, or the device has been removed. A recovery in
     * between is an event.
     */
    public void waitEvent(long eventNr) throws ControlException {
        while (true) {
            try (ControlClient client = connect()) {
                await(client, request(ControlCommand.WAIT).put("eventNr", eventNr), 0);
                return;
            } catch (ControlException e) {
                // The connection was made and then cut off. Either the device went away, which ends a wait as an event
                // does, or the target has died.
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
        call(request(ControlCommand.SET_GEOMETRY).put("geometry", geometry));
    }

    /**
     * State and counters. Members depend on the target type; see {@code man/pcache-control.md}.
     *
     * @param since {@code snapshot} of an earlier reply: the counts since then come as {@code interval}; 0 for none
     */
    public JsonObject stats(long since) throws ControlException {
        return query(request(ControlCommand.STATS).put("since", since));
    }

    /**
     * What segments hold.
     *
     * @param from the first segment
     * @param count how many segments, as far as there are so many
     * @param cells the largest number of cells, 1 to {@link MapCells#MAX_CELLS}, each of one or more segments
     * @return null where the live table has no cache
     */
    public MapCells map(int from, int count, int cells) throws ControlException {
        JsonObject reply = query(request(ControlCommand.MAP)
                .put("from", from)
                .put("count", count)
                .put("cells", cells));
        return reply.has("segments") ? MapCells.fromJson(reply) : null;
    }

    /** The last events, the newest at the end, each with {@code nr}, {@code time}, {@code text}, {@code notice}. */
    public List<JsonObject> events() throws ControlException {
        return query(request(ControlCommand.EVENTS)).objects("events");
    }

    private static JsonObject request(ControlCommand command) {
        return ControlClient.request(command);
    }

    /** Sends a query. If the target dies meanwhile, a successor may be asked the same. */
    private JsonObject query(JsonObject request) throws ControlException {
        long deadline = System.nanoTime() + recoveryMs() * 1_000_000;
        while (true) {
            try (ControlClient client = connect()) {
                return answer(client, request);
            } catch (ControlException e) {
                boolean cutOff = e.errno() == Errno.ENXIO
                        && e.getCause() instanceof IOException
                        && Supervision.isRecoverable(socket.getParent());
                if (!cutOff || System.nanoTime() > deadline) {
                    throw e;
                }
            }
            pause();
        }
    }

    private JsonObject answer(ControlClient client, JsonObject request) throws ControlException {
        JsonObject reply = client.send(request, answerMs) ? reply(client, answerMs) : null;
        if (reply == null) {
            throw Silence.of(device, answerMs);
        }
        return reply;
    }

    private JsonObject call(JsonObject request) throws ControlException {
        try (ControlClient client = connect()) {
            return await(client, request, limitMs);
        } catch (ControlException e) {
            throw e.errno() == Errno.ENXIO && e.reasons().isEmpty() && isDead()
                    ? new ControlException(
                            Errno.ENXIO,
                            e,
                            device.displayName() + ": its target has died; see " + device.log() + " and "
                                    + device.console() + " (-ENXIO)")
                    : e;
        }
    }

    /**
     * Whether the target has ended without removing its files. A target that is removed, or told to end, removes its
     * files.
     */
    private boolean isDead() {
        return device.targetPid() == 0 && Files.exists(device.console());
    }

    /** @param longestMs 0 for as long as the target answers queries */
    private JsonObject await(ControlClient client, JsonObject request, long longestMs) throws ControlException {
        if (!client.send(request.put("attended", true), answerMs)) {
            throw Silence.of(device, answerMs);
        }
        if (longestMs > 0) {
            JsonObject reply = client.reply(longestMs);
            if (reply == null) {
                throw late(request, longestMs);
            }
            return reply;
        }
        ControlException gone = null;
        while (true) {
            JsonObject reply = reply(client, answerMs);
            if (reply != null) {
                return reply;
            }
            if (gone != null) {
                throw gone;
            }
            try {
                Activity activity = info(false).activity();
                if (activity.quietMs() > STALL_ANSWERS * answerMs) {
                    throw stalled(request, activity);
                }
            } catch (ControlException e) {
                if (e.errno() != Errno.ENXIO) {
                    throw e;
                }
                // If the target lives, the target is leaving, which may take as long as its devices take to become
                // durable. Otherwise the target has ended: with a reply on the way, or without a reply, which the
                // connection tells at once.
                gone = device.targetPid() == 0 ? e : null;
            }
        }
    }

    private ControlException stalled(JsonObject request, Activity activity) {
        return new ControlException(
                Errno.ETIMEDOUT,
                device.displayName() + ": " + request.string("cmd", "") + " is waited for no longer: its "
                        + activity.place() + ", has not got on for " + activity.quietMs() / MS_PER_SECOND
                        + " s (-ETIMEDOUT)");
    }

    private ControlException late(JsonObject request, long waitedMs) {
        if (Silence.isStopped(device.targetPid())) {
            return Silence.of(device, waitedMs);
        }
        return new ControlException(
                Errno.ETIMEDOUT,
                device.displayName() + ": " + request.string("cmd", "") + " was not done within "
                        + waitedMs / MS_PER_SECOND + " s (-ETIMEDOUT)");
    }

    /**
     * Waits for a reply; null when no reply has come in time. A stopped target will not answer before somebody lets it
     * go on, so a stopped target is not waited for any longer.
     */
    private JsonObject reply(ControlClient client, long timeoutMs) throws ControlException {
        JsonObject reply = client.reply(Math.min(LOOK_MS, timeoutMs));
        if (reply == null && timeoutMs > LOOK_MS) {
            if (Silence.isStopped(device.targetPid())) {
                throw Silence.of(device, LOOK_MS);
            }
            reply = client.reply(timeoutMs - LOOK_MS);
        }
        return reply;
    }

    /**
     * Connects. Waits for a target that is being started again: the target's clients see a pause, and so do its
     * operators.
     */
    private ControlClient connect() throws ControlException {
        long deadline = System.nanoTime() + recoveryMs() * 1_000_000;
        while (true) {
            try {
                return ControlClient.connect(socket, answerMs);
            } catch (ControlException e) {
                if (e.errno() == Errno.ETIMEDOUT) {
                    throw Silence.of(device, answerMs);
                }
                if (e.errno() != Errno.ENXIO || !Supervision.mayComeUp(socket.getParent())) {
                    throw e.errno() == Errno.ENXIO && device.isOrphan()
                            ? new ControlException(Errno.ENOLINK, e, device.orphanLine())
                            : e;
                }
                if (System.nanoTime() > deadline) {
                    throw new ControlException(Errno.ENOLINK, e, notUp());
                }
            }
            pause();
        }
    }

    private long recoveryMs() {
        return RECOVERY_ANSWERS * answerMs;
    }

    /** The line about a target that has been waited for in vain. */
    private String notUp() {
        long pid = device.targetPid();
        return device.displayName() + ": its target has died, and "
                + (pid == 0
                        ? "none has come up"
                        : "the next one (pid " + pid + ") is not ready, as it replays the cache or waits for a device,")
                + " within " + (recoveryMs() + MS_PER_SECOND - 1) / MS_PER_SECOND + " s; see " + device.log();
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
