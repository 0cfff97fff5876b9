package io.pcache.dmctl.cases;

import io.pcache.control.BackingMarks;
import io.pcache.control.ControlException;
import io.pcache.control.CreateOptions;
import io.pcache.control.Device;
import io.pcache.control.LivenessLock;
import io.pcache.control.Registry;
import io.pcache.control.RunDirectory;
import io.pcache.control.TargetStarter;
import io.pcache.frontend.FrontEnd;
import io.pcache.request.BlockDevice;
import io.pcache.server.device.DeviceFrontEnd;
import io.pcache.server.device.DeviceLinks;
import io.pcache.server.device.DeviceRegistration;
import io.pcache.server.device.EventLog;
import io.pcache.server.device.FrontEndFactory;
import io.pcache.server.device.MappedDevice;
import io.pcache.server.device.NameAndUuid;
import io.pcache.server.device.OperatorEvents;
import io.pcache.server.device.RecoveryState;
import io.pcache.server.process.ThisProcess;
import io.pcache.server.socket.ControlCommands;
import io.pcache.server.socket.ControlServer;
import io.pcache.server.table.HostProcess;
import io.pcache.server.table.PCacheType;
import io.pcache.server.table.SyntheticType;
import io.pcache.server.table.TableConstructor;
import io.pcache.sys.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;

/**
 * Targets as threads of the test. Device-mapper's state machine, the control server and the registry are real; devices
 * and caches are {@link EmulatedDevices}. Clients are counted, and not served. Each device's node is a file
 * {@code ublkbMINOR}.
 */
public final class InProcessTargets implements TargetStarter, AutoCloseable {
    /**
     * The logger of events, at which tests look in another way. The reference is held because a logger that nobody
     * holds loses its level.
     */
    private static final java.util.logging.Logger LOG =
            java.util.logging.Logger.getLogger(OperatorEvents.class.getName());

    static {
        LOG.setLevel(java.util.logging.Level.OFF);
    }

    private final EmulatedDevices devices;
    private final Path nodes;
    private final Map<Integer, Running> running = new ConcurrentHashMap<>();

    /** @param nodes the folder that stands for {@code /dev} */
    public InProcessTargets(EmulatedDevices devices, Path nodes) {
        this.devices = devices;
        this.nodes = nodes;
    }

    @Override
    public void start(RunDirectory directory, Device device, String incarnation, CreateOptions options)
            throws ControlException {
        try {
            running.put(device.minor(), new Running(directory, device));
        } catch (IOException e) {
            throw new ControlException(Errno.EIO, e, "pcache: " + e);
        }
    }

    /** Opens a device as a client does. */
    public void open(int minor) {
        running.get(minor).opened++;
    }

    /** Closes a device as a client does, and waits for all that follows from the close. */
    public void close(int minor) throws InterruptedException {
        Running target = running.get(minor);
        target.opened--;
        if (target.opened == 0) {
            target.commands.lastClosed();
            target.awaitChanges();
        }
    }

    @Override
    public void close() {
        running.values().forEach(Running::end);
    }

    private final class Running implements DeviceRegistration, FrontEndFactory {
        private final Registry registry;
        private final Device device;
        private final LivenessLock lock;
        private final ControlCommands commands;
        private final ControlServer server;
        private final MappedDevice mapped;
        private volatile int opened;

        Running(RunDirectory directory, Device device) throws IOException {
            this.registry = new Registry(directory, InProcessTargets.this);
            this.device = device;
            this.lock = LivenessLock.acquire(device.directory().resolve("lock"));
            EventLog events = new EventLog(Clock.systemUTC(), 0);
            HostProcess host = new ThisProcess();
            TableConstructor constructor = new TableConstructor(List.of(
                    new PCacheType(
                            device.displayName(), devices, devices, new OperatorEvents(events, System::nanoTime), host),
                    SyntheticType.ERROR,
                    SyntheticType.ZERO));
            List<ControlCommands> self = new ArrayList<>();
            DeviceFrontEnd frontEnd = new DeviceFrontEnd(
                    this, name -> "", new DeviceLinks(nodes), () -> self.get(0).lastClosed());
            this.mapped = new MappedDevice(
                    new NameAndUuid(device.name(), device.uuid(), this),
                    device.minor(),
                    constructor,
                    this,
                    frontEnd,
                    events,
                    host);
            this.commands = new ControlCommands(mapped, this::end);
            self.add(commands);
            this.server = new ControlServer(device.controlSocket(), commands, ControlServer.Limits.DEFAULT);
            server.start();
        }

        /** Returns when all changes asked for so far have been made, or the target has ended. */
        void awaitChanges() throws InterruptedException {
            CountDownLatch done = new CountDownLatch(1);
            try {
                commands.change(done::countDown);
            } catch (RejectedExecutionException e) {
                return;
            }
            done.await();
        }

        void end() {
            running.remove(device.minor(), this);
            try {
                lock.close();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
            commands.close();
            server.close();
        }

        @Override
        public void moveName(String oldName, String newName) throws ControlException {
            registry.moveName(oldName, newName, device.minor());
        }

        @Override
        public void requireFreeUuid(String name, String uuid) throws ControlException {
            registry.requireFreeUuid(name, uuid);
        }

        @Override
        public void setUuid(String name, String uuid) throws ControlException {
            registry.setUuid(name, uuid, device.minor());
        }

        @Override
        public void save(RecoveryState state) {
            // Threads of the test do not die, so no successor needs the state.
        }

        @Override
        public void forgetState() {
            // Nothing was kept.
        }

        @Override
        public void usesBacking(Set<String> numbers) throws IOException {
            // The udev daemon of this machine must not hear of emulated devices.
            new BackingMarks(device.directory().resolve("no-sysfs")).set(device.directory(), numbers);
        }

        @Override
        public void forget() throws ControlException {
            registry.forget(device.minor());
        }

        @Override
        public String kind() {
            return "ublk";
        }

        @Override
        public boolean recoverable() {
            return true;
        }

        @Override
        public FrontEnd create(Runnable onLastClose) {
            return new Node(nodes.resolve("ublkb" + device.minor()));
        }

        private final class Node implements FrontEnd {
            private final Path node;

            Node(Path node) {
                this.node = node;
            }

            @Override
            public void start(BlockDevice served) throws IOException {
                Files.createFile(node);
                devices.addNode(node, Registry.MAJOR, device.minor(), served.sizeBytes());
                // A real target makes links to nodes in /dev only.
                new DeviceLinks(nodes).make(device.name(), node);
            }

            @Override
            public String location() {
                return node.toString();
            }

            @Override
            public int openCount() {
                return opened;
            }

            @Override
            public void close() throws IOException {
                devices.removeNode(node);
                new DeviceLinks(nodes).remove(device.name(), node);
                Files.deleteIfExists(node);
            }
        }
    }
}
