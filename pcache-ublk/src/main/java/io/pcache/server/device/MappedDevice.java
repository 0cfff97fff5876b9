package io.pcache.server.device;

import io.pcache.cache.Verify;
import io.pcache.control.ControlException;
import io.pcache.control.Dependency;
import io.pcache.control.DeviceControl.LoadOptions;
import io.pcache.control.DeviceInfo;
import io.pcache.control.DeviceProblem;
import io.pcache.control.DeviceStatus;
import io.pcache.control.JsonObject;
import io.pcache.control.Registry;
import io.pcache.control.TableLine;
import io.pcache.media.DeviceLayout;
import io.pcache.segment.SegmentMap;
import io.pcache.server.device.MappedBlockDevice.Outcome;
import io.pcache.server.table.CurrentActivity;
import io.pcache.server.table.HostProcess;
import io.pcache.server.table.InactiveTable;
import io.pcache.server.table.PCacheTarget;
import io.pcache.server.table.Table;
import io.pcache.server.table.TableConstructor;
import io.pcache.server.table.TableSlots;
import io.pcache.sys.Errno;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A mapped device, as device-mapper means it: a name, a live and an inactive table, the suspended flag, events.
 *
 * <pre>
 *   load ───> inactive table (the target's constructor runs here)
 *   resume ─> live table; what was live is closed. The first one starts the front end.
 *   suspend   holds requests; resume lets them go
 *   wipe ───> live table that fails all I/O
 *   clear     closes the inactive table
 *   remove    closes everything
 * </pre>
 *
 * One thread at a time makes changes ({@link #load} to {@link #setGeometry}). Changes may wait for I/O; a change that
 * fails leaves all as it was. Queries may come from any thread at any time, and wait for nothing.
 */
public final class MappedDevice {
    private static final int MS_PER_SECOND = 1000;

    /** How many users the refusal to remove an open device names. */
    private static final int MAX_OPENERS_SHOWN = 8;

    private static final Logger LOG = System.getLogger(MappedDevice.class.getName());

    private final NameAndUuid identity;
    private final int minor;
    private final TableConstructor constructor;
    private final DeviceRegistration registration;
    private final DeviceFrontEnd frontEnd;
    private final EventLog events;
    private final HostProcess host;
    private final CurrentActivity activity = new CurrentActivity();
    private final TableSlots slots = new TableSlots();
    private final InactiveTable inactiveTable;
    private final KeptState state;
    private final Remains remains;
    private final Patience patience;

    /**
     * The backing devices that this process has made known; null at first, since a predecessor may have made others
     * known.
     */
    private Set<String> knownBacking;

    // Written by the changing thread only.
    /** Whether the removal is past the point of no return. */
    private volatile boolean leaving;

    private volatile boolean removed;
    private volatile boolean handedOver;
    /**
     * Whether a table has ever been loaded: from then on device-mapper has a queue, and so a read-ahead, even when the
     * table is gone.
     */
    private volatile boolean sized;

    public MappedDevice(
            NameAndUuid identity,
            int minor,
            TableConstructor constructor,
            DeviceRegistration registration,
            DeviceFrontEnd frontEnd,
            EventLog events,
            HostProcess host) {
        this(identity, minor, constructor, registration, frontEnd, events, host, Patience.DEFAULT);
    }

    MappedDevice(
            NameAndUuid identity,
            int minor,
            TableConstructor constructor,
            DeviceRegistration registration,
            DeviceFrontEnd frontEnd,
            EventLog events,
            HostProcess host,
            Patience patience) {
        this.host = host;
        this.patience = patience;
        this.remains = new Remains(events);
        this.identity = identity;
        this.minor = minor;
        this.constructor = constructor;
        this.registration = registration;
        this.frontEnd = frontEnd;
        this.events = events;
        this.inactiveTable = new InactiveTable(slots, constructor, activity);
        this.state = new KeptState(identity, registration, frontEnd, events);
    }

    // Queries

    public DeviceInfo info(boolean inactive) throws ControlException {
        requirePresent();
        boolean live = slots.hasLive();
        boolean loaded = slots.hasInactive();
        String location = frontEnd.location(identity.name());
        boolean node = location.startsWith("/");
        return new DeviceInfo(
                identity.name(),
                identity.uuid(),
                Registry.MAJOR,
                minor,
                state.suspended(),
                ofLive(false, Table::readOnly),
                state.deferredRemove(),
                live,
                loaded,
                slots.ask(inactive, table -> table == null ? 0 : table.size()),
                frontEnd.openCount(),
                events.nr(),
                sized ? state.readAhead().sectors() : -1,
                ofLive(0L, Table::sectors),
                node ? location : "",
                node ? "" : location,
                frontEnd.kind(),
                ProcessHandle.current().pid(),
                ofCache(PCacheTarget::cacheDescription),
                ofCache(PCacheTarget::backingDescription),
                activity.get());
    }

    private <T> T ofLive(T without, Function<Table, T> question) {
        return slots.ask(false, table -> table == null ? without : question.apply(table));
    }

    private String ofCache(Function<PCacheTarget, String> question) {
        return ofLive("", table -> table.cache() == null ? "" : question.apply(table.cache()));
    }

    /** Empty without a table. */
    public List<TableLine> table(boolean inactive) throws ControlException {
        requirePresent();
        return slots.ask(inactive, table -> table == null ? List.of() : table.table());
    }

    public DeviceStatus status(boolean inactive) throws ControlException {
        requirePresent();
        String logLevel = host.logLevel().word();
        return slots.ask(
                inactive,
                table -> table == null
                        ? new DeviceStatus(List.of(), List.of(), null, logLevel)
                        : new DeviceStatus(
                                table.status(),
                                problems(table),
                                table.cache() == null ? null : table.cache().settings(),
                                logLevel));
    }

    private List<DeviceProblem> problems(Table table) {
        boolean endangered = table.cache() != null
                && table.cache().isBehindPageCache()
                && SwapAreas.ofThisMachine().includes(frontEnd.location(identity.name()));
        return Stream.of(
                        table.problems(),
                        remains.problems(),
                        endangered ? List.of(SwapAreas.BEHIND_PAGE_CACHE) : List.<DeviceProblem>of())
                .flatMap(List::stream)
                .toList();
    }

    public List<Dependency> dependencies(boolean inactive) throws ControlException {
        requirePresent();
        return slots.ask(inactive, table -> table == null ? List.of() : table.dependencies());
    }

    public JsonObject stats(long since) throws ControlException {
        requirePresent();
        return ofLive(new JsonObject(), table -> table.stats(since));
    }

    /** What each segment of the live table's cache holds; null without a cache. */
    public SegmentMap map() throws ControlException {
        requirePresent();
        // Outside of the lock, since the walk takes long and a change of tables would wait. A cache that is closed
        // meanwhile can still be looked at, and is empty then.
        Table live = ofLive(null, table -> table);
        return live == null ? null : live.map();
    }

    public String shownName() {
        return identity.displayName();
    }

    public EventLog events() {
        return events;
    }

    /** Whether the device is gone with all that it held, and the process is not needed any more. */
    public boolean removed() {
        return removed;
    }

    /** Whether {@link #removed} means that a successor goes on. */
    public boolean handedOver() {
        return handedOver;
    }

    // Changes

    /** Makes a table of the lines and puts it in the inactive slot. */
    public void load(List<TableLine> lines, LoadOptions options) throws ControlException {
        requirePresent();
        inactiveTable.load(identity.displayName(), lines, options);
        sized = true;
    }

    /** Closes the inactive table. */
    public void clear() throws ControlException {
        requirePresent();
        inactiveTable.clear();
    }

    /**
     * Goes on where a predecessor has ended: with the predecessor's table, live at once, on the predecessor's node.
     * Since clients wait, and since the backing device was in use until a moment ago, the content of the backing device
     * is not compared.
     *
     * @throws ControlException when the table cannot be made, or the node cannot be taken over; the node stays as it
     *     was
     */
    public void recover(RecoveryState kept) throws ControlException {
        Table table;
        activity.begin("open");
        try {
            table = constructor.construct(
                    kept.lines(), new LoadOptions(kept.readOnly(), false, false, Verify.NONE, kept.cache()), activity);
            try {
                frontEnd.takeOver(kept.ublkId(), table, kept.suspended(), identity);
            } catch (ControlException | RuntimeException e) {
                table.closeLogged();
                throw e;
            }
        } finally {
            activity.end();
        }
        slots.setLive(table);
        sized = true;
        state.adopt(kept);
        if (state.deferredRemove()) {
            frontEnd.removeLinks(identity.name());
            frontEnd.watchLastClose();
        }
        events.add("recovered");
        save();
    }

    /**
     * @param force also where clients lose their connections
     * @throws ControlException EOPNOTSUPP without a live table, or while suspended, where requests that are held would
     *     be lost; EBUSY where clients would lose their connections
     */
    public void checkHandOver(boolean force) throws ControlException {
        requirePresent();
        int clients = frontEnd.recoverable() || force ? 0 : frontEnd.openCount();
        if (clients > 0) {
            throw new ControlException(
                    Errno.EBUSY,
                    identity.displayName() + ": NBD clients (" + clients
                            + ") would be cut off: those that connect again by themselves, as qemu does with "
                            + "reconnect-delay, go on after restart --force, others get errors (-EBUSY)");
        }
        String obstacle = slots.live() == null
                ? "it has no live table: remove it and create it again"
                : state.suspended() ? "it is suspended: resume it first" : null;
        if (obstacle != null) {
            throw new ControlException(Errno.EOPNOTSUPP, identity.displayName() + ": " + obstacle + " (-EOPNOTSUPP)");
        }
    }

    /**
     * Leaves the device to a successor, and ends all that this process has of the device.
     *
     * @throws ControlException as {@link #checkHandOver}; EIO when what the successor needs cannot be kept
     */
    public void handOver(boolean force) throws ControlException {
        checkHandOver(force);
        flush(slots.live());
        state.keep(slots.live());
        leaving = true;
        try {
            frontEnd.leave();
        } catch (IOException e) {
            // The queues have ended, and only that matters to the successor; the rest ends with the process.
            LOG.log(Level.WARNING, "the front end did not leave cleanly: " + e.getMessage());
        }
        Table live = slots.live();
        slots.setLive(null);
        remains.close(live, false, patience.closeMs());
        inactiveTable.clear();
        handedOver = true;
        removed = true;
        state.end();
    }

    /**
     * Keeps what a successor needs, as far as possible (see {@link KeptState}), and makes known which backing devices
     * are in use.
     */
    public void save() {
        state.save(slots.live());
        if (removed) {
            return;
        }
        Set<String> backing = Stream.of(false, true)
                .flatMap(inactive ->
                        slots.ask(inactive, table -> table == null ? List.<Dependency>of() : table.backing()).stream())
                .filter(Dependency::isDevice)
                .map(device -> device.major() + ":" + device.minor())
                .collect(Collectors.toSet());
        if (!backing.equals(knownBacking)) {
            try {
                registration.usesBacking(backing);
                knownBacking = backing;
            } catch (IOException e) {
                LOG.log(Level.WARNING, "udev is not told which backing device is in use: " + e.getMessage());
            }
        }
    }

    /** @param noFlush do not wait for requests under way */
    public void suspend(boolean noFlush, Cancellation cancellation) throws ControlException {
        requirePresent();
        MappedBlockDevice gate = frontEnd.gate();
        if (gate != null) {
            if (noFlush) {
                gate.hold();
            } else {
                drain(gate, cancellation);
            }
        }
        boolean before = state.suspended();
        state.setSuspended(true);
        try {
            state.keep(slots.live());
        } catch (ControlException e) {
            if (!before) {
                letGo();
            }
            throw e;
        }
    }

    private void drain(MappedBlockDevice gate, Cancellation cancellation) throws ControlException {
        Outcome outcome = gate.holdAndDrain(cancellation, patience.drainMs());
        if (outcome == Outcome.SETTLED) {
            return;
        }
        String whom = gate.unsettled();
        if (!state.suspended()) {
            gate.release();
        }
        String name = identity.displayName();
        if (outcome == Outcome.CANCELLED) {
            throw new ControlException(Errno.EINTR, name + ": interrupted while requests were under way (-EINTR)");
        }
        String problems = ofLive(List.<DeviceProblem>of(), Table::problems).stream()
                .map(DeviceProblem::text)
                .collect(Collectors.joining("; "));
        throw new ControlException(
                Errno.ETIMEDOUT,
                name + ": waited " + patience.drainMs() / MS_PER_SECOND + " s for " + whom
                        + (problems.isEmpty() ? "" : ", while " + problems)
                        + ": nothing is changed; with --noflush nothing is waited for (-ETIMEDOUT)");
    }

    /** As the other {@code resume}, and waits for requests under way. */
    void resume(ReadAheadSetting wanted, Cancellation cancellation) throws ControlException {
        resume(wanted, false, cancellation);
    }

    /**
     * @param wanted the read-ahead; null for the present one
     * @param noFlush where the table changes: requests that wait in the old table end with an error
     */
    public void resume(ReadAheadSetting wanted, boolean noFlush, Cancellation cancellation) throws ControlException {
        requirePresent();
        if (slots.inactive() != null) {
            swap(slots.inactive(), noFlush, false, cancellation);
            inactiveTable.promoted();
        } else if (state.suspended() && slots.live() == null) {
            throw new ControlException(Errno.EINVAL, identity.displayName() + ": no table to resume (-EINVAL)");
        }
        if (wanted != null) {
            state.setReadAhead(wanted.over(state.readAhead()));
        }
        if (state.suspended()) {
            keepResumed();
        }
        letGo();
    }

    /**
     * Keeps the change before requests go on: a successor that held requests again would hang the clients of a device
     * that is not suspended.
     */
    private void keepResumed() throws ControlException {
        state.setSuspended(false);
        try {
            state.keep(slots.live());
        } catch (ControlException e) {
            state.setSuspended(true);
            throw e;
        }
    }

    private void letGo() {
        state.setSuspended(false);
        if (frontEnd.gate() != null) {
            frontEnd.gate().release();
        }
    }

    /**
     * Puts a table in the live slot and closes the table that was there. Requests are held afterwards, unless this is
     * the device's first table.
     */
    private void swap(Table next, boolean noFlush, boolean force, Cancellation cancellation) throws ControlException {
        Table old = slots.live();
        if (old == null) {
            startFrontEnd(next);
            slots.setLive(next);
            try {
                // At once, because from here on the node would outlive this process.
                state.keep(next);
            } catch (ControlException e) {
                slots.setLive(null);
                frontEnd.stop(identity.name());
                throw e;
            }
            return;
        }
        if (!force) {
            // Before the old table is given up. Where the rest of the change fails, what is kept is written again.
            state.keep(next);
        }
        MappedBlockDevice gate = frontEnd.gate();
        if (!force) {
            if (!noFlush) {
                drain(gate, cancellation);
            }
            try {
                flush(old);
            } catch (ControlException e) {
                if (!state.suspended()) {
                    gate.release();
                }
                throw e;
            }
        }
        if (force || noFlush) {
            replaceAtOnce(gate, next);
        } else if (gate.replace(next.device(), next.readOnly(), patience.drainMs()) != Outcome.SETTLED) {
            LOG.log(Level.WARNING, "the table is replaced, but not yet for " + gate.unsettled());
        }
        slots.setLive(next);
        remains.close(old, force, force ? patience.forceMs() : patience.closeMs());
    }

    /**
     * Puts a table in place at once: requests that wait end with an error. A thread that does not come delays the end
     * of its requests and of the old table, but not this method.
     */
    private void replaceAtOnce(MappedBlockDevice gate, Table next) {
        if (gate.replaceByForce(next.device(), next.readOnly(), patience.forceMs()) != Outcome.SETTLED) {
            String late = "the table is replaced by force, but not yet for " + gate.unsettled();
            LOG.log(Level.WARNING, late);
            events.add(late);
        }
    }

    private void startFrontEnd(Table first) throws ControlException {
        activity.begin("front end");
        try {
            frontEnd.start(first, identity);
        } finally {
            activity.end();
        }
    }

    /**
     * Replaces the live table by a table that fails all I/O, and resumes. The cache is shut down, and its devices are
     * free.
     *
     * @param noFlush requests that wait end with an error, instead of being waited for
     * @param force also when the cache device fails: what is not flushed is given up then. Nothing is waited for
     */
    public void wipe(boolean noFlush, boolean force, Cancellation cancellation) throws ControlException {
        requirePresent();
        Table old = slots.live();
        if (old == null) {
            throw identity.refusal("zero-length target")
                    .with("pcache: the device has no live table that could be replaced");
        }
        swap(Table.error(old.sectors()), noFlush, force, cancellation);
        inactiveTable.clear();
        letGo();
    }

    /**
     * @param force where the device is open: fail all I/O from now on
     * @param deferred where the device is open: remove it at last close
     * @return whether it is gone
     */
    public boolean remove(boolean force, boolean deferred) throws ControlException {
        requirePresent();
        int openCount = frontEnd.openCount();
        if (openCount == 0 && !force && slots.live() != null) {
            // The flush takes long, so it comes before the count that decides.
            flush(slots.live());
            openCount = frontEnd.openCount();
        }
        if (openCount == 0) {
            removeNow(force);
            return true;
        }
        boolean wiped = force && slots.live() != null;
        if (wiped) {
            wipe(true, true, Cancellation.NEVER);
        }
        if (deferred) {
            boolean before = state.deferredRemove();
            state.setDeferredRemove(true);
            try {
                state.keep(slots.live());
            } catch (ControlException e) {
                state.setDeferredRemove(before);
                throw e;
            }
            frontEnd.removeLinks(identity.name());
            frontEnd.watchLastClose();
            return false;
        }
        // A client that has left while its requests are held is counted until they are answered.
        String hint = !wiped && state.suspended()
                ? ", and suspended, perhaps with requests of clients that have left: resume it first"
                : "";
        String busy = identity.displayName() + ": device is open (count " + openCount + ")" + hint + " (-EBUSY)";
        ControlException refusal = wiped
                ? new ControlException(
                        Errno.EBUSY,
                        identity.displayName() + ": the table has been replaced by one that fails all I/O",
                        busy)
                : new ControlException(Errno.EBUSY, busy);
        List<String> openers = frontEnd.openers();
        throw openers.isEmpty() ? refusal : refusal.with(identity.displayName() + ": in use: " + listed(openers));
    }

    private static String listed(List<String> openers) {
        int more = openers.size() - MAX_OPENERS_SHOWN;
        return String.join(", ", openers.subList(0, Math.min(openers.size(), MAX_OPENERS_SHOWN)))
                + (more > 0 ? " and " + more + " more" : "");
    }

    /** Called when the last client has gone. */
    public void lastClosed() {
        if (!state.deferredRemove() || leaving) {
            return;
        }
        try {
            if (frontEnd.openCount() == 0) {
                removeNow(false);
                return;
            }
        } catch (ControlException e) {
            if (e.errno() != Errno.EBUSY) {
                LOG.log(Level.ERROR, "deferred removal failed: " + e.getMessage());
                events.add("deferred removal failed: " + e.getMessage());
                return;
            }
        }
        // A client has come meanwhile.
        frontEnd.watchLastClose();
    }

    /**
     * @param force what cannot be flushed is lost, and clients that have the device open get errors
     * @throws ControlException EBUSY when a client has come since the clients were counted
     */
    private void removeNow(boolean force) throws ControlException {
        Table live = slots.live();
        if (live != null && !force) {
            flush(live);
        }
        leaving = true;
        if (frontEnd.gate() != null) {
            // First, held requests of clients that have gone have to end.
            frontEnd.gate().release();
        }
        if (!stopFrontEnd(force)) {
            leaving = false;
            if (state.suspended()) {
                frontEnd.gate().hold();
            }
            throw new ControlException(Errno.EBUSY, identity.displayName() + ": device is open (-EBUSY)");
        }
        slots.setLive(null);
        if (live != null) {
            // Devices that hang are free when this process has ended.
            remains.close(live, false, force ? patience.forceMs() : patience.closeMs());
        }
        inactiveTable.clear();
        removed = true;
        state.end();
        registration.forget();
        events.add("removed");
    }

    /**
     * Stops the front end; returns whether it has stopped. Requests may end by themselves. Requests that do not end in
     * time are given up, since the front end would wait for them.
     */
    private boolean stopFrontEnd(boolean force) {
        MappedBlockDevice gate = frontEnd.gate();
        if (gate == null) {
            return frontEnd.stop(identity.name(), force);
        }
        ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "give-up");
            thread.setDaemon(true);
            return thread;
        });
        watch.schedule(
                () -> replaceAtOnce(gate, Table.error(gate.sizeBytes() / DeviceLayout.SECTOR_BYTES)),
                force ? patience.forceMs() : patience.drainMs(),
                TimeUnit.MILLISECONDS);
        try {
            return frontEnd.stop(identity.name(), force);
        } finally {
            watch.shutdownNow();
        }
    }

    /**
     * Called when the process is told to end. Removes the device, whatever fails meanwhile. But a node that clients
     * have open stays, and the process with the node, since those clients would wait for answers for ever; what was
     * acknowledged is made durable then.
     *
     * @return whether the device is gone
     */
    public boolean terminate(String signal) {
        try {
            if (frontEnd.recoverable() && frontEnd.openCount() > 0) {
                LOG.log(
                        Level.WARNING,
                        signal
                                + " is ignored, the device is open: remove it, or kill -9, after which a target "
                                + "like this one takes its place");
                flush(slots.live());
                return false;
            }
            LOG.log(Level.INFO, signal + ": ends");
            removeNow(true);
        } catch (ControlException e) {
            LOG.log(Level.ERROR, "at " + signal + ": " + e.getMessage());
        }
        return removed;
    }

    public void message(long sector, String text) throws ControlException {
        requirePresent();
        DeviceMessages.deliver(identity, slots.live(), sector, text, () -> {
            state.setDeferredRemove(false);
            makeLinks();
        });
    }

    /** @param newName stored form */
    public void rename(String newName) throws ControlException {
        requirePresent();
        String oldName = identity.name();
        String shown = identity.displayName();
        identity.rename(newName);
        try {
            state.keep(slots.live(), shown);
        } catch (ControlException e) {
            identity.rename(oldName);
            throw e;
        }
        frontEnd.removeLinks(oldName);
        makeLinks();
        events.add("renamed");
    }

    /** @param newUuid stored form */
    public void setUuid(String newUuid) throws ControlException {
        requirePresent();
        identity.setUuid(newUuid);
        try {
            state.keep(slots.live());
        } catch (ControlException e) {
            identity.clearUuid();
            throw e;
        }
        events.add("uuid set");
    }

    /** Makes the links to the node again where they are missing. */
    public void makeNodes() throws ControlException {
        requirePresent();
        makeLinks();
    }

    private void makeLinks() {
        // As dmsetup does: nobody is to open a device again that goes when its last client does.
        if (!state.deferredRemove()) {
            frontEnd.makeLinks(identity.name());
        }
    }

    /** Checks a geometry as the kernel does, and forgets it, since nobody ever asks for a geometry. */
    public void setGeometry(String text) throws ControlException {
        requirePresent();
        long[] numbers = Geometry.parse(text);
        if (numbers == null) {
            throw identity.refusal("Unable to interpret geometry settings.");
        }
        String refusal = Geometry.refusal(numbers);
        if (refusal != null) {
            throw identity.refusal(refusal);
        }
    }

    private void requirePresent() throws ControlException {
        if (leaving) {
            throw new ControlException(Errno.ENXIO);
        }
    }

    /** Makes durable what a table has acknowledged, while the table can still be kept. */
    private void flush(Table table) throws ControlException {
        try {
            if (!Bounded.run("flush", patience.drainMs(), table::flush)) {
                throw new ControlException(
                        Errno.ETIMEDOUT,
                        "pcache: the cache device does not make durable what it was given within "
                                + patience.drainMs() / MS_PER_SECOND
                                + " s, so the cache stays (remove --force gives up what is not) (-ETIMEDOUT)");
            }
        } catch (IOException e) {
            throw new ControlException(
                    Errno.EIO,
                    e,
                    "pcache: the cache cannot make its data safe, so it stays (remove --force gives up what is not): "
                            + e.getMessage() + " (-EIO)");
        }
    }
}
