package io.pcache.server.process;

import io.pcache.control.BackingMarks;
import io.pcache.control.ControlException;
import io.pcache.control.Creation;
import io.pcache.control.Device;
import io.pcache.control.DeviceInfo;
import io.pcache.control.DeviceName;
import io.pcache.control.LivenessLock;
import io.pcache.control.Registry;
import io.pcache.control.RunDirectory;
import io.pcache.control.Supervision;
import io.pcache.metrics.MetricsServer;
import io.pcache.metrics.OpenMetrics;
import io.pcache.metrics.TextFormat;
import io.pcache.nbd.NbdUri;
import io.pcache.server.device.DeviceFrontEnd;
import io.pcache.server.device.DeviceLinks;
import io.pcache.server.device.DeviceRegistration;
import io.pcache.server.device.EventLog;
import io.pcache.server.device.FrontEndFactory;
import io.pcache.server.device.FrontEnds;
import io.pcache.server.device.LostNode;
import io.pcache.server.device.MappedDevice;
import io.pcache.server.device.NameAndUuid;
import io.pcache.server.device.OperatorEvents;
import io.pcache.server.device.RecoveryState;
import io.pcache.server.socket.ControlCommands;
import io.pcache.server.socket.ControlServer;
import io.pcache.server.table.CacheRehearsal;
import io.pcache.server.table.CarryOverFolder;
import io.pcache.server.table.ComingUser;
import io.pcache.server.table.EngineFactory;
import io.pcache.server.table.HostProcess;
import io.pcache.server.table.PCacheType;
import io.pcache.server.table.SyntheticType;
import io.pcache.server.table.TableConstructor;
import io.pcache.sys.Errno;
import io.pcache.sys.Linux;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import io.pcache.ublk.IoFlusher;
import io.pcache.ublk.NodeRecord;
import io.pcache.ublk.UblkFrontEnd;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Puts a device together and ties the device to this process: lock, log, control socket, shutdown. */
public final class TargetProcess {
    private static final Logger LOG = System.getLogger(TargetProcess.class.getName());
    /** EX_TEMPFAIL of sysexits.h; the supervisor knows the status. */
    private static final int EXIT_HANDED_OVER = 75;

    private static final String RECOVER = "recover";
    /** How long the load of a table may go on when nobody waits for the table any more. */
    private static final long LOAD_GRACE_MS = 1000;

    private final TargetArguments arguments;
    private final Consumer<Throwable> onFailure;
    private final RunDirectory runDirectory;
    private final Device files;
    private final Registry registry;
    private final CountDownLatch started = new CountDownLatch(1);

    private final CarryOverFolder carryOver;

    private TargetLog log;
    private MappedDevice device;
    private ControlCommands commands;

    /** @param onFailure ends the process; must not return */
    public TargetProcess(TargetArguments arguments, Consumer<Throwable> onFailure) {
        this.arguments = arguments;
        this.onFailure = onFailure;
        this.runDirectory = new RunDirectory(arguments.runDirectory());
        this.files = new Device(
                arguments.name(), arguments.uuid(), arguments.minor(), runDirectory.device(arguments.minor()));
        this.registry = new Registry(runDirectory, null);
        this.carryOver = new CarryOverFolder(runDirectory.carryOver());
    }

    /** Loads what a target that takes the device over needs, and changes nothing. */
    public void probe() throws ControlException {
        checkIncarnation();
        RecoveryState predecessor = predecessor();
        FrontEndFactory frontEnds = frontEnds(predecessor.frontEnd());
        assemble(frontEnds, predecessor);
        commands.close();
    }

    /** Brings the device up. Returns when the control socket answers. */
    public void start() throws ControlException {
        claim();
        log = TargetLog.install(files.log(), files.displayName());
        TargetLog.setLevel(arguments.logLevel());
        carryOver.sweep();
        tellOfLimits();
        RecoveryState predecessor = arguments.recover() ? predecessor() : null;
        FrontEndFactory frontEnds = frontEnds(predecessor == null ? arguments.frontEnd() : predecessor.frontEnd());
        if (predecessor != null) {
            checkNode(predecessor);
        }
        if (frontEnds.recoverable()) {
            stayInMemory();
        }
        assemble(frontEnds, predecessor);
        // Before there is a device that anybody could use.
        Signals.handle(this::signalled);
        if (predecessor != null) {
            device.recover(predecessor);
            Supervision.served(files.directory());
            LOG.log(Level.INFO, "took " + device.info(false).location() + " over");
        }
        listen();
        serveMetrics();
        Runtime.getRuntime().addShutdownHook(new Thread(this::shutdown, "shutdown"));
        followCreator();
        started.countDown();
        LOG.log(
                Level.INFO,
                "device " + device.info(false).name() + ", minor " + files.minor() + ", front end " + frontEnds.kind()
                        + ", pid " + ProcessHandle.current().pid() + ", Java " + Runtime.version());
    }

    private static void tellOfLimits() {
        long seconds = ProcessLimits.processorSeconds();
        if (seconds != ProcessLimits.UNLIMITED) {
            LOG.log(
                    Level.WARNING,
                    "the kernel ends this process after " + seconds
                            + " s of processor time: create the device where 'ulimit -H -t' says unlimited");
        }
    }

    private FrontEndFactory frontEnds(String wanted) throws ControlException {
        return FrontEnds.choose(
                wanted, arguments.queues(), files.directory().resolve("nbd.sock"), new Birth(), onFailure);
    }

    /**
     * A predecessor that has died while it made or removed its node has left nothing that clients could go on with:
     * takes away what is left.
     */
    private void checkNode(RecoveryState predecessor) throws ControlException {
        if (predecessor.ublkId() < 0) {
            // An NBD socket is made anew.
            return;
        }
        try {
            if (!predecessor.unborn() && UblkFrontEnd.isStarted(predecessor.ublkId())) {
                return;
            }
            LostNode.takeAway(predecessor.name(), predecessor.ublkId());
        } catch (SystemCallException e) {
            throw new ControlException(
                    e.errno(),
                    e,
                    files.displayName() + ": what its target has left cannot be taken away: " + e.getMessage());
        }
        registry.giveUp(files.minor());
        String line = files.displayName()
                + ": its target died while the device was made or removed, and what was left of it has been "
                + "taken away (-ENXIO)";
        LOG.log(Level.INFO, line);
        throw new ControlException(Errno.ENXIO, line);
    }

    private RecoveryState predecessor() throws ControlException {
        try {
            return RecoveryState.load(files.directory().resolve(RECOVER));
        } catch (IOException e) {
            throw new ControlException(Errno.EIO, e, "pcache: nothing to recover: " + e + " (-EIO)");
        }
    }

    /**
     * Keeps the process from waiting for memory: dirty pages of a file system on our own node are written back through
     * this process.
     */
    private static void stayInMemory() {
        if (!IoFlusher.set()) {
            LOG.log(Level.WARNING, "without CAP_SYS_RESOURCE this device can stall when memory is short");
        }
        try {
            // Also memory that is mapped later: a queue thread whose stack, code or metadata had been swapped out to
            // this very device would wait for itself. The mapping of the cache is unlocked again where it is made.
            SystemCalls.linux().mlockall(Linux.MCL_CURRENT | Linux.MCL_FUTURE | Linux.MCL_ONFAULT);
        } catch (SystemCallException e) {
            LOG.log(
                    Level.WARNING,
                    "memory is not locked, this device can stall when memory is short: " + e.getMessage());
        }
    }

    private void assemble(FrontEndFactory frontEnds, RecoveryState predecessor) {
        DeviceRegistration registration = new Registration();
        NameAndUuid identity = predecessor == null
                ? new NameAndUuid(arguments.name(), arguments.uuid(), registration)
                : new NameAndUuid(predecessor.name(), predecessor.uuid(), registration);
        EventLog events = new EventLog(Clock.systemUTC(), predecessor == null ? 0 : predecessor.eventNr());
        if (predecessor == null && !frontEnds.remark().isEmpty()) {
            LOG.log(Level.WARNING, frontEnds.remark());
            events.add(frontEnds.remark());
        }
        DeviceFrontEnd frontEnd = new DeviceFrontEnd(
                frontEnds, this::nbdUri, new DeviceLinks(Path.of("/dev")), () -> commands.lastClosed());
        CacheRehearsal rehearsal = predecessor == null
                ? new CacheRehearsal(files.directory(), frontEnds.rehearsal(files.directory()))
                : CacheRehearsal.none();
        HostProcess host = new ThisProcess();
        PCacheType pcache = new PCacheType(
                        identity.displayName(),
                        new EngineFactory(onFailure, rehearsal, arguments.cacheIo(), arguments.cacheDiscard()),
                        new OperatorEvents(events, System::nanoTime),
                        host)
                .carryingOverIn(carryOver)
                .sparing(lower -> ComingUser.lineOf(registry, files.minor(), lower));
        TableConstructor constructor = new TableConstructor(List.of(pcache, SyntheticType.ERROR, SyntheticType.ZERO));
        device = new MappedDevice(identity, arguments.minor(), constructor, registration, frontEnd, events, host);
        commands = new ControlCommands(device, this::exit);
    }

    private void listen() throws ControlException {
        try {
            new ControlServer(files.controlSocket(), commands, ControlServer.Limits.DEFAULT).start();
        } catch (IOException e) {
            throw new ControlException(
                    Errno.EIO,
                    e,
                    "pcache: cannot listen on " + files.controlSocket() + ": " + e.getMessage() + " (-EIO)");
        }
    }

    private void serveMetrics() throws ControlException {
        String where = arguments.metrics();
        if (where.isEmpty()) {
            return;
        }
        try {
            if (where.equals("unix")) {
                MetricsServer.onSocket(files.directory().resolve("metrics.sock"), commands::query, this::metrics);
            } else {
                MetricsServer.onPort(Integer.parseInt(where), commands::query, this::metrics);
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new ControlException(
                    Errno.EADDRINUSE,
                    e,
                    "pcache: metrics cannot be served on "
                            + (where.equals("unix") ? "metrics.sock" : "127.0.0.1:" + where) + ": " + e.getMessage()
                            + " (-EADDRINUSE)");
        }
    }

    private String metrics(TextFormat format) throws ControlException {
        DeviceInfo info = device.info(false);
        return OpenMetrics.text(
                List.of(new OpenMetrics.Sample(DeviceName.unmangle(info.name()), info, device.stats(0))), format);
    }

    /**
     * Takes the lock that tells that the device lives. While this process was being started, the folder may have been
     * given to another device.
     */
    private void claim() throws ControlException {
        checkIncarnation();
        try {
            LivenessLock.acquire(files.directory().resolve("lock"));
        } catch (IOException e) {
            throw new ControlException(
                    Errno.EIO, e, "pcache: cannot lock " + files.directory() + ": " + e.getMessage() + " (-EIO)");
        }
        checkIncarnation();
    }

    private void checkIncarnation() throws ControlException {
        Path file = files.directory().resolve("incarnation");
        try {
            if (Files.readString(file).equals(arguments.incarnation())) {
                return;
            }
        } catch (IOException e) {
            throw new ControlException(
                    Errno.ENXIO, e, "pcache: " + file + " cannot be read: the device is gone (-ENXIO)");
        }
        throw new ControlException(
                Errno.ENXIO, "pcache: minor " + files.minor() + " has been given to another device (-ENXIO)");
    }

    /**
     * Undoes the creation where the creator dies: nobody would know of a device that is not ready, and its name and its
     * cache device would be taken for good.
     */
    private void followCreator() throws ControlException {
        if (arguments.recover()) {
            return;
        }
        try {
            Creation.watch(files, this::undoCreation);
        } catch (IOException e) {
            throw new ControlException(Errno.EIO, e, "pcache: cannot watch the creator: " + e.getMessage() + " (-EIO)");
        }
    }

    private void undoCreation() {
        LOG.log(Level.INFO, "the create was interrupted: the device goes again");
        CountDownLatch reached = new CountDownLatch(1);
        commands.change(() -> {
            reached.countDown();
            try {
                if (!device.removed()) {
                    device.remove(false, false);
                    exit();
                }
            } catch (ControlException e) {
                LOG.log(Level.WARNING, "the device stays: " + e.getMessage());
            }
        });
        try {
            if (!reached.await(LOAD_GRACE_MS, TimeUnit.MILLISECONDS)) {
                endLoading();
            }
        } catch (InterruptedException | ControlException e) {
            LOG.log(Level.WARNING, "the device goes when its table is loaded: " + e);
        }
    }

    /** Ends the process during a replay: nothing else ends a replay half-way, and the next target makes it again. */
    private void endLoading() throws ControlException {
        DeviceInfo info = device.info(false);
        if (!info.live() && !info.inactive()) {
            LOG.log(Level.INFO, "ends while a table is loaded");
            registry.forget(files.minor());
            Runtime.getRuntime().halt(0);
        }
    }

    private String nbdUri(String storedName) {
        return NbdUri.ofSocket(runDirectory.nbdSocket(storedName, files.minor()));
    }

    /** For any thread. Ends the process on another thread, since the shutdown may have to wait for the caller. */
    private void exit() {
        int status = device.handedOver() ? EXIT_HANDED_OVER : 0;
        new Thread(() -> System.exit(status), "exit").start();
    }

    /** Called on a thread of its own. */
    private void signalled(String signal) {
        try {
            started.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        commands.change(() -> {
            if (!device.removed() && device.terminate(signal)) {
                exit();
            }
        });
    }

    private void shutdown() {
        LOG.log(Level.INFO, "ends");
        log.close();
    }

    private final class Birth implements NodeRecord {
        @Override
        public void begin(int id) throws IOException {
            RecoveryState.ofUnborn(arguments.name(), arguments.uuid(), id)
                    .save(files.directory().resolve(RECOVER));
        }

        @Override
        public void end() throws IOException {
            Files.deleteIfExists(files.directory().resolve(RECOVER));
        }
    }

    private final class Registration implements DeviceRegistration {
        @Override
        public void moveName(String oldName, String newName) throws ControlException {
            registry.moveName(oldName, newName, files.minor());
            LOG.log(Level.INFO, "renamed from " + DeviceName.unmangle(oldName) + " to " + DeviceName.unmangle(newName));
        }

        @Override
        public void requireFreeUuid(String name, String uuid) throws ControlException {
            registry.requireFreeUuid(name, uuid);
        }

        @Override
        public void setUuid(String name, String uuid) throws ControlException {
            registry.setUuid(name, uuid, files.minor());
        }

        @Override
        public void save(RecoveryState state) throws IOException {
            state.save(files.directory().resolve(RECOVER));
        }

        @Override
        public void forgetState() throws IOException {
            Files.deleteIfExists(files.directory().resolve(RECOVER));
        }

        @Override
        public void usesBacking(Set<String> numbers) throws IOException {
            BackingMarks.OF_MACHINE.set(files.directory(), numbers);
        }

        @Override
        public void forget() throws ControlException {
            registry.forget(files.minor());
        }
    }
}
