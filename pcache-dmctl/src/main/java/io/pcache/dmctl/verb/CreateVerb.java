package io.pcache.dmctl.verb;

import io.pcache.cache.CacheIo;
import io.pcache.control.ControlException;
import io.pcache.control.CreateOptions;
import io.pcache.control.Creation;
import io.pcache.control.Device;
import io.pcache.control.DeviceControl;
import io.pcache.control.DeviceInfo;
import io.pcache.control.JsonCodec;
import io.pcache.control.JsonObject;
import io.pcache.control.MemoryPlan;
import io.pcache.control.Registry;
import io.pcache.control.TableHelp;
import io.pcache.control.TableLine;
import io.pcache.dmctl.device.NameMangling;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.failure.IoctlFailure;
import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.json.DeviceJson;
import io.pcache.dmctl.options.Options;
import io.pcache.dmctl.progress.StartProgress;
import io.pcache.dmctl.table.ConciseEntry;
import io.pcache.dmctl.table.ConciseForm;
import io.pcache.dmctl.table.TableSource;
import io.pcache.sys.Errno;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code create}: makes a device, loads its table, and resumes the device. When the table is refused, the device is
 * removed again, so that a create that fails leaves nothing behind. What activation found and could make up for, such
 * as a damaged end of the log, goes to stderr. A terminal is also told what may not have been meant. Stdout does not
 * change by any of these.
 */
final class CreateVerb implements Verb {
    private static final long MS_PER_SECOND = 1000;
    private static final int GRACE_SECONDS = 10;

    private final List<JsonObject> created = new ArrayList<>();
    private Call call;
    /** The memory of the device that is being created. */
    private MemoryPlan plan;

    private Interruption interruption;
    /** The bar for the device that is being created; null where nobody would see the bar. */
    private StartProgress progress;

    @Override
    public void run(Call given) throws CommandFailure {
        call = given;
        if (call.has(Option.DRY_RUN)) {
            if (call.has(Option.CONCISE)) {
                throw new CommandFailure("--dry-run takes one device, and is incompatible with --concise.");
            }
            one();
            return;
        }
        if (call.has(Option.CONCISE)) {
            concise();
        } else {
            one();
        }
        if (call.has(Option.JSON)) {
            call.out().print(JsonCodec.textForPeople(call.has(Option.CONCISE) ? created : created.get(0)));
        }
    }

    private void concise() throws CommandFailure {
        if (call.operands().size() > 1) {
            throw new CommandFailure(call.invocation().program() + " create --concise takes at most one argument");
        }
        if (call.has(Option.TABLE)
                || call.has(Option.NOTABLE)
                || call.has(Option.UUID)
                || call.has(Option.MINOR)
                || call.has(Option.INACTIVE)) {
            throw new CommandFailure("--concise is incompatible with --[no]table, --minor, --uuid and --inactive.");
        }
        String text = call.operands().isEmpty() ? TableSource.readInput(call.invocation()) : call.operand(0);
        ConciseForm.parse(text, this::create);
    }

    private void one() throws CommandFailure {
        String name = call.operand(0);
        if (name == null) {
            throw new CommandFailure(
                    "Please provide a name for the new device.",
                    "pcache: for example: pcachectl create demo --table '" + TableHelp.LINE + "'");
        }
        String uuid = call.has(Option.UUID) ? call.options().value(Option.UUID) : "";
        // Before the table is read, because a wrong name is told first.
        stored(name);
        List<TableLine> lines =
                call.has(Option.NOTABLE) ? null : TableSource.read(call.invocation(), call.options(), call.operand(1));
        ConciseEntry entry = new ConciseEntry(name, uuid, call.options().minor(), false, lines);
        if (call.has(Option.DRY_RUN)) {
            foresee(entry);
        } else {
            create(entry);
        }
        if (lines != null && lines.isEmpty()) {
            call.remark(name + ": no table: what was read for one is empty; give it one with '"
                    + call.invocation().program() + " load', then 'resume'");
        }
    }

    private String stored(String name) throws CommandFailure {
        if (name.indexOf('/') >= 0) {
            throw NameMangling.slash(name);
        }
        return call.mangling().name(name);
    }

    private void foresee(ConciseEntry entry) throws CommandFailure {
        String name = stored(entry.name());
        String uuid = call.mangling().uuid(entry.uuid());
        new CreateRehearsal(call, entry, options(name, uuid, entry), plan, loadOptions(entry)).run(wanted(entry));
    }

    /** The number that was asked for, for messages; empty where no number was. */
    private static String wanted(ConciseEntry entry) {
        return entry.minor() < 0 ? "" : "(" + Registry.MAJOR + ":" + entry.minor() + ")";
    }

    private DeviceControl.LoadOptions loadOptions(ConciseEntry entry) {
        return new DeviceControl.LoadOptions(
                entry.readOnly() || call.has(Option.READONLY),
                call.has(Option.FORCE),
                call.has(Option.SALVAGE),
                call.options().verify());
    }

    private void create(ConciseEntry entry) throws CommandFailure {
        String name = stored(entry.name());
        String uuid = call.mangling().uuid(entry.uuid());
        String wanted = wanted(entry);
        long end = Deadline.endNanos(call.options().waitSeconds());
        CreateOptions create = options(name, uuid, entry);
        Creation creation;
        try {
            if (!call.has(Option.FORCE)) {
                plan.requireRoom();
            }
            creation = call.devices().registry().begin(create);
        } catch (ControlException e) {
            throw IoctlFailure.of("create", name, uuid + wanted, e);
        }
        Device device = creation.device();
        DeviceInfo info;
        progress = StartProgress.of(call.invocation(), device);
        try (Interruption held = new Interruption(creation, progress)) {
            interruption = held;
            try {
                creation.start(create);
            } catch (ControlException e) {
                throw IoctlFailure.of("create", name, uuid + wanted, e);
            }
            if (entry.lines() != null && !entry.lines().isEmpty()) {
                start(device, entry, end);
            } else {
                tellEvents(device, device.control());
            }
            info = infoOfNew(device);
            endProgress();
            if (!info.location().isEmpty()) {
                publish(device, info);
            }
            creation.complete();
        } catch (ControlException e) {
            throw IoctlFailure.of("create", name, uuid + wanted, e);
        } finally {
            endProgress();
        }
        show(info);
    }

    /** Wipes the bar. To be called before anything else is printed. */
    private void endProgress() {
        if (progress != null) {
            progress.close();
        }
    }

    private CreateOptions options(String name, String uuid, ConciseEntry entry) {
        Options options = call.options();
        CreateOptions create = CreateOptions.named(name).withUuid(uuid);
        if (entry.minor() >= 0) {
            create = create.withMinor(entry.minor());
        }
        boolean buffered =
                options.has(Option.CACHE_IO) && CacheIo.of(options.value(Option.CACHE_IO)) == CacheIo.BUFFERED;
        plan = MemoryPlan.forTable(entry.lines(), buffered);
        create = create.withHeapMiB(plan.heapMiB());
        if (options.has(Option.FRONTEND)) {
            create = create.withFrontEnd(options.value(Option.FRONTEND));
        }
        create = create.withQueues(options.queues());
        if (options.has(Option.CACHE_IO)) {
            create = create.withCacheIo(options.value(Option.CACHE_IO));
        }
        if (options.has(Option.CACHE_DISCARD)) {
            create = create.withCacheDiscard(options.value(Option.CACHE_DISCARD));
        }
        if (options.has(Option.METRICS)) {
            create = create.withMetrics(options.value(Option.METRICS));
        }
        if (options.has(Option.LOG_LEVEL)) {
            create = create.withLogLevel(options.value(Option.LOG_LEVEL));
        }
        return options.waitSeconds() > 0 ? create.withStartTimeoutMs(options.waitSeconds() * MS_PER_SECOND) : create;
    }

    private void start(Device device, ConciseEntry entry, long end) throws CommandFailure {
        int wait = call.options().waitSeconds();
        // The deadline ends the target, and so these requests. The requests have a limit of their own, which is later.
        DeviceControl control =
                wait > 0 ? device.control(((long) wait + GRACE_SECONDS) * MS_PER_SECOND) : device.control();
        String number = "(" + Registry.MAJOR + ":" + device.minor() + ")";
        String request = "reload";
        Deadline deadline = Deadline.of(device, wait, end);
        try {
            control.load(entry.lines(), loadOptions(entry));
            tellEvents(device, control);
            request = "resume";
            Options.ReadAhead readAhead = call.options().readAhead().inPages();
            control.resume(
                    call.has(Option.NOFLUSH),
                    call.has(Option.NOLOCKFS),
                    new DeviceControl.ReadAhead(readAhead.sectors(), readAhead.minimum()));
        } catch (ControlException e) {
            boolean late = deadline != null && deadline.passed();
            interruption.holdIfCame();
            throw undo(
                    device, IoctlFailure.of(request, device.name(), number, late ? late(device, e) : cause(device, e)));
        } finally {
            if (deadline != null) {
                deadline.close();
            }
        }
    }

    private ControlException late(Device device, ControlException e) {
        return new ControlException(
                Errno.ETIMEDOUT,
                e,
                call.mangling().show(device.name()) + ": not ready within "
                        + call.options().waitSeconds() + " s, the target was ended (-ETIMEDOUT)");
    }

    /**
     * Why a target failed. A target that does not answer, or gets no further, is ended here, because nobody else would
     * end that target.
     */
    private ControlException cause(Device device, ControlException e) throws CommandFailure {
        if (e.errno() == Errno.ETIMEDOUT) {
            Deadline.kill(device);
            return e.with(call.mangling().show(device.name()) + ": the target was ended");
        }
        return hasDied(device, e) ? call.devices().registry().died(device, e) : e;
    }

    /**
     * Whether the target is dead. A living target may say ENXIO, too, of a device number that does not exist. Such a
     * target gives a reason.
     */
    private static boolean hasDied(Device device, ControlException e) {
        return e.errno() == Errno.ENXIO && (e.reasons().isEmpty() || device.targetPid() == 0);
    }

    /** Tells what activation found. */
    private void tellEvents(Device device, DeviceControl control) throws ControlException {
        List<JsonObject> events = control.events();
        interruption.holdIfCame();
        if (!events.isEmpty()) {
            endProgress();
        }
        call.tell(call.mangling().show(device.name()), events);
    }

    /**
     * Checks that scripts find the device under its name. A device whose name leads to another device is dangerous, and
     * is removed again.
     */
    private void publish(Device device, DeviceInfo info) throws CommandFailure {
        try {
            call.nodes().setOwner(info, device.directory().resolve("nbd.sock"), call.options());
            call.nodes().check(info);
        } catch (CommandFailure e) {
            throw undo(device, e);
        }
    }

    private CommandFailure undo(Device device, CommandFailure failure) throws CommandFailure {
        interruption.holdIfCame();
        try {
            removeOrForget(device);
            return failure;
        } catch (ControlException e) {
            List<String> lines = new ArrayList<>(failure.lines());
            lines.addAll(IoctlFailure.of("remove", device.name(), "(" + Registry.MAJOR + ":" + device.minor() + ")", e)
                    .lines());
            lines.add("Failed to revert device creation.");
            return new CommandFailure(lines);
        }
    }

    private void removeOrForget(Device device) throws ControlException, CommandFailure {
        try {
            device.control().remove(false, false);
        } catch (ControlException e) {
            if (e.errno() == Errno.ETIMEDOUT) {
                Deadline.kill(device);
            } else if (e.errno() != Errno.ENXIO) {
                throw e;
            }
            // The target has ended; only the device's files are left.
            call.devices().registry().forget(device.minor());
        }
    }

    private DeviceInfo info(Device device) throws CommandFailure {
        try {
            return device.control().info(call.has(Option.INACTIVE));
        } catch (ControlException e) {
            throw IoctlFailure.of("info", device.name(), "", e);
        }
    }

    /**
     * The state of the new device. A target that has died since has a successor, and nobody would know of that; so the
     * device is removed.
     */
    private DeviceInfo infoOfNew(Device device) throws CommandFailure {
        try {
            return info(device);
        } catch (CommandFailure e) {
            throw undo(device, e);
        }
    }

    private void show(DeviceInfo info) {
        if (call.has(Option.JSON)) {
            created.add(DeviceJson.info(info));
        } else if (call.has(Option.VERBOSE)) {
            InfoBlock.print(call, info);
            tellMemory();
        } else if (call.invocation().terminal().present() && !info.location().isEmpty()) {
            // Only on a terminal: scripts compare the output with that of dmsetup, which prints nothing.
            call.out().println(info.location());
            tellMemory();
        }
    }

    private void tellMemory() {
        if (call.invocation().terminal().present()) {
            call.remark(plan.text());
        }
    }
}
