package io.pcache.server.socket;

import io.pcache.cache.Verify;
import io.pcache.control.ControlClient;
import io.pcache.control.ControlCommand;
import io.pcache.control.ControlException;
import io.pcache.control.Dependency;
import io.pcache.control.DeviceControl.LoadOptions;
import io.pcache.control.DeviceProblem;
import io.pcache.control.DeviceStatus;
import io.pcache.control.JsonObject;
import io.pcache.control.MapCells;
import io.pcache.control.SettingsJson;
import io.pcache.control.TableLine;
import io.pcache.segment.SegmentMap;
import io.pcache.server.device.Cancellation;
import io.pcache.server.device.MappedDevice;
import io.pcache.server.device.ReadAheadSetting;
import io.pcache.sys.Errno;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Carries out the commands of the control protocol: makes calls of {@link MappedDevice} of JSON, and JSON of the
 * results. {@link #handle} returns at once. Commands run on threads of three kinds: changes in the order in which they
 * came, queries beside the changes, and maps, which take as long as a walk over the index, beside both.
 */
public final class ControlCommands implements RequestHandler, AutoCloseable {
    /** Each waiting client has one of the server's connections, of which enough must be left for the others. */
    static final int MAX_WAITERS = 128;
    /** Longer than a change waits by itself, so that the caller of a second change is told what the first one was. */
    private static final long BEGIN_MS = 90_000;

    private static final Logger LOG = System.getLogger(ControlCommands.class.getName());

    private final MappedDevice device;
    private final Runnable onRemoved;
    private final ExecutorService changes = Executors.newSingleThreadExecutor(task -> new Thread(task, "change"));
    private final ExecutorService queries = Executors.newSingleThreadExecutor(task -> new Thread(task, "query"));
    private final ExecutorService maps = Executors.newSingleThreadExecutor(task -> new Thread(task, "map"));
    private final ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "late");
        thread.setDaemon(true);
        return thread;
    });
    private final AtomicInteger waiters = new AtomicInteger();
    private final long beginMs;
    /** The change under way; null if there is none. */
    private volatile Change current;

    /** @param onRemoved called once, when the device has gone and the caller has been answered */
    public ControlCommands(MappedDevice device, Runnable onRemoved) {
        this(device, onRemoved, BEGIN_MS);
    }

    /** @param beginMs how long a change waits for the changes in front of it */
    ControlCommands(MappedDevice device, Runnable onRemoved, long beginMs) {
        this.beginMs = beginMs;
        this.device = device;
        this.onRemoved = onRemoved;
    }

    /** Runs an action among the changes. From any thread. */
    public void change(Runnable action) {
        changes.execute(action);
    }

    /** Runs an action among the queries. From any thread. */
    public void query(Runnable action) {
        queries.execute(action);
    }

    /** Called when the last client has gone: a deferred removal may be due. From any thread. */
    public void lastClosed() {
        change(() -> {
            boolean before = device.removed();
            device.lastClosed();
            if (!before && device.removed()) {
                onRemoved.run();
            }
        });
    }

    @Override
    public void handle(JsonObject request, Exchange exchange) {
        ControlCommand command;
        try {
            command = command(request);
        } catch (ControlException e) {
            exchange.reply(failure(e));
            return;
        }
        try {
            switch (command) {
                case WAIT -> await(request, exchange);
                case INFO, TABLE, STATUS, DEPS, STATS, EVENTS -> query(() -> answer(command, request, exchange));
                case MAP -> maps.execute(() -> answer(command, request, exchange));
                default -> new Change(command, request, exchange).queue();
            }
        } catch (RejectedExecutionException e) {
            // Closed since the request was read: the device has gone.
            exchange.reply(failure(new ControlException(Errno.ENXIO)));
        }
    }

    private static ControlCommand command(JsonObject request) throws ControlException {
        try {
            long version = request.number("v", -1);
            if (version != ControlClient.VERSION) {
                throw new ControlException(
                        Errno.EINVAL,
                        "pcache: protocol version " + version + " is not supported, " + ControlClient.VERSION
                                + " is (-EINVAL)");
            }
            String name = request.string("cmd", "");
            ControlCommand command = ControlCommand.of(name);
            if (command == null) {
                throw new ControlException(Errno.EINVAL, "pcache: unknown command '" + name + "' (-EINVAL)");
            }
            return command;
        } catch (IllegalArgumentException e) {
            throw new ControlException(Errno.EINVAL, "pcache: malformed request: " + e.getMessage() + " (-EINVAL)");
        }
    }

    private interface Work {
        JsonObject run() throws ControlException;
    }

    /** Does some work and makes a reply of every outcome. Does not catch an {@link Error}, which ends the process. */
    private static JsonObject run(Work work) {
        try {
            return work.run().put("v", ControlClient.VERSION).put("ok", true);
        } catch (ControlException e) {
            return failure(e);
        } catch (IllegalArgumentException e) {
            LOG.log(Level.DEBUG, "malformed request", e);
            return failure(
                    new ControlException(Errno.EINVAL, "pcache: malformed request: " + e.getMessage() + " (-EINVAL)"));
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "a command failed unexpectedly", e);
            return failure(new ControlException(Errno.EIO, "pcache: internal error: " + e + " (-EIO)"));
        }
    }

    public static JsonObject failure(ControlException e) {
        return new JsonObject()
                .put("v", ControlClient.VERSION)
                .put("ok", false)
                .put("errno", e.errno())
                .put("reasons", e.reasons());
    }

    private void answer(ControlCommand command, JsonObject request, Exchange exchange) {
        exchange.reply(run(() -> query(command, request)));
    }

    private JsonObject query(ControlCommand command, JsonObject request) throws ControlException {
        boolean inactive = request.flag("inactive");
        return switch (command) {
            case INFO -> device.info(inactive).toJson();
            case TABLE -> new JsonObject().put("lines", TableLine.toJson(device.table(inactive)));
            case STATUS -> status(device.status(inactive));
            case DEPS ->
                new JsonObject()
                        .put(
                                "devices",
                                device.dependencies(inactive).stream()
                                        .map(Dependency::toJson)
                                        .toList());
            case STATS -> device.stats(request.number("since", 0));
            case MAP -> map(request);
            case EVENTS -> new JsonObject().put("events", device.events().toJson());
            default -> throw new IllegalStateException(command + " is no query");
        };
    }

    private static JsonObject status(DeviceStatus status) {
        JsonObject json =
                new JsonObject().put("lines", TableLine.toJson(status.lines())).put("logLevel", status.logLevel());
        if (status.settings() != null) {
            json.put(SettingsJson.KEY, SettingsJson.of(status.settings()));
        }
        return DeviceProblem.put(json, DeviceStatus.PROBLEM_CODES, status.problems());
    }

    private JsonObject map(JsonObject request) throws ControlException {
        long from = request.number("from", 0);
        long count = request.number("count", Integer.MAX_VALUE);
        long cells = request.number("cells", MapCells.MAX_CELLS);
        if (from < 0 || count < 1 || cells < 1 || cells > MapCells.MAX_CELLS) {
            throw new IllegalArgumentException(
                    "'from' is 0 or more, 'count' 1 or more, 'cells' 1 to " + MapCells.MAX_CELLS);
        }
        SegmentMap map = device.map();
        return map == null
                ? new JsonObject()
                : MapCells.of(map, from, count, (int) cells).toJson();
    }

    /**
     * A change in the row of changes. A change that waits for requests makes way for a change that gives requests up.
     */
    private final class Change {
        private final ControlCommand command;
        private final JsonObject request;
        private final Exchange exchange;
        private final AtomicBoolean taken = new AtomicBoolean();
        private final boolean givesUp;
        private long begunNanos;

        Change(ControlCommand command, JsonObject request, Exchange exchange) {
            this.command = command;
            this.request = request;
            this.exchange = exchange;
            this.givesUp = givesUp();
        }

        void queue() {
            Change before = current;
            if (before != null && givesUp && before.waitsForRequests()) {
                before.makeWay();
            }
            ScheduledFuture<?> late = watch.schedule(this::replyLate, beginMs, TimeUnit.MILLISECONDS);
            changes.execute(() -> {
                late.cancel(false);
                if (taken.compareAndSet(false, true)) {
                    begunNanos = System.nanoTime();
                    current = this;
                    runChange(command, request, exchange);
                    current = null;
                }
            });
        }

        /** Whether the change gives up requests that wait, instead of waiting for them. */
        private boolean givesUp() {
            try {
                return (command == ControlCommand.REMOVE || command == ControlCommand.WIPE) && request.flag("force")
                        || (command == ControlCommand.SUSPEND || command == ControlCommand.WIPE)
                                && request.flag("noflush");
            } catch (IllegalArgumentException e) {
                // A malformed request, which the caller is told when the change has its turn.
                return false;
            }
        }

        private void makeWay() {
            if (exchange.cancellation() != Cancellation.NEVER) {
                exchange.cancellation().request();
            }
        }

        private boolean waitsForRequests() {
            return !givesUp
                    && (command == ControlCommand.SUSPEND
                            || command == ControlCommand.RESUME
                            || command == ControlCommand.WIPE);
        }

        private void replyLate() {
            Change before = current;
            if (before != null && taken.compareAndSet(false, true)) {
                long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - before.begunNanos);
                exchange.reply(failure(new ControlException(
                        Errno.ETIMEDOUT,
                        device.shownName() + ": " + command.wireName() + " was not begun, because a "
                                + before.command.wireName() + " is under way, for " + seconds + " s by now: 'kill -9 "
                                + ProcessHandle.current().pid()
                                + "' ends that, and loses nothing that was flushed (-ETIMEDOUT)")));
            }
        }
    }

    private void runChange(ControlCommand command, JsonObject request, Exchange exchange) {
        if (exchange.cancellation().requested()) {
            // The caller has gone before the change was begun: as if nobody had ever asked.
            exchange.reply(failure(new ControlException(Errno.EINTR)));
            return;
        }
        boolean before = device.removed();
        JsonObject reply = run(() -> change(command, request, exchange.cancellation()));
        device.save();
        if (!before && device.removed()) {
            exchange.reply(reply, onRemoved);
        } else {
            exchange.reply(reply);
        }
    }

    private static Verify verify(JsonObject request) throws ControlException {
        String word = request.string("verify", Verify.SAMPLE.word());
        Verify verify = Verify.of(word);
        if (verify == null) {
            throw new ControlException(
                    Errno.EINVAL, "pcache: verify is all, sample or none, not '" + word + "' (-EINVAL)");
        }
        return verify;
    }

    private JsonObject change(ControlCommand command, JsonObject request, Cancellation cancellation)
            throws ControlException {
        JsonObject reply = new JsonObject();
        switch (command) {
            case LOAD ->
                device.load(
                        TableLine.fromJson(request.objects("lines")),
                        new LoadOptions(
                                request.flag("readOnly"),
                                request.flag("force"),
                                request.flag("salvage"),
                                verify(request)));
            case CLEAR -> device.clear();
            case SUSPEND -> device.suspend(request.flag("noflush"), cancellation);
            case RESUME -> device.resume(readAhead(request), request.flag("noflush"), cancellation);
            case REMOVE -> reply.put("removed", device.remove(request.flag("force"), request.flag("deferred")));
            case WIPE -> device.wipe(request.flag("noflush"), request.flag("force"), cancellation);
            case MESSAGE -> device.message(request.number("sector", 0), request.string("text", ""));
            case RENAME -> rename(request);
            case MAKE_NODES -> device.makeNodes();
            case HAND_OVER -> handOver(request.flag("check"), request.flag("force"));
            case SET_GEOMETRY -> device.setGeometry(request.string("geometry", ""));
            default -> throw new IllegalStateException(command + " is no change");
        }
        return reply;
    }

    private void handOver(boolean check, boolean force) throws ControlException {
        if (check) {
            device.checkHandOver(force);
        } else {
            device.handOver(force);
        }
    }

    private static ReadAheadSetting readAhead(JsonObject request) {
        long sectors = request.number("readAhead", -1);
        return sectors < 0 ? null : new ReadAheadSetting(sectors, request.flag("readAheadMinimum"));
    }

    private void rename(JsonObject request) throws ControlException {
        if (request.has("uuid")) {
            device.setUuid(request.string("uuid", ""));
        } else {
            device.rename(request.string("name", ""));
        }
    }

    /** Answers when there is an event. No thread waits: the event log calls. */
    private void await(JsonObject request, Exchange exchange) {
        long seen;
        try {
            seen = request.number("eventNr", 0);
        } catch (IllegalArgumentException e) {
            exchange.reply(run(() -> {
                throw e;
            }));
            return;
        }
        if (waiters.incrementAndGet() > MAX_WAITERS) {
            waiters.decrementAndGet();
            exchange.reply(failure(new ControlException(
                    Errno.EAGAIN, "pcache: " + MAX_WAITERS + " clients wait for events already (-EAGAIN)")));
            return;
        }
        new Waiter(seen, exchange).start();
    }

    private final class Waiter {
        private final long seen;
        private final Exchange exchange;
        private final Runnable onEvent = this::look;
        private final AtomicBoolean over = new AtomicBoolean();

        Waiter(long seen, Exchange exchange) {
            this.seen = seen;
            this.exchange = exchange;
        }

        void start() {
            exchange.cancellation().listen(this::cancel);
            device.events().listen(onEvent);
            // For what has happened before both listeners were in place.
            look();
            if (exchange.cancellation().requested()) {
                cancel();
            }
        }

        private void cancel() {
            if (end()) {
                exchange.reply(failure(new ControlException(Errno.EINTR)));
            }
        }

        private void look() {
            long nr = device.events().nr();
            if ((nr != seen || device.removed()) && end()) {
                exchange.reply(new JsonObject()
                        .put("v", ControlClient.VERSION)
                        .put("ok", true)
                        .put("eventNr", nr)
                        .put("removed", device.removed()));
            }
        }

        private boolean end() {
            if (!over.compareAndSet(false, true)) {
                return false;
            }
            device.events().forget(onEvent);
            waiters.decrementAndGet();
            return true;
        }
    }

    /** Ends the threads when the work at hand is done. */
    @Override
    public void close() {
        changes.shutdown();
        queries.shutdown();
        maps.shutdown();
        watch.shutdownNow();
    }
}
