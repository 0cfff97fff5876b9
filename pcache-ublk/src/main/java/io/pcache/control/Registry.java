package io.pcache.control;

import io.pcache.sys.Errno;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * The devices of this user. The file system holds all state ({@link RunDirectory}), a registry object holds none. Any
 * number of processes and threads may use registry objects of their own at once.
 */
public final class Registry {
    /**
     * The major number in all that is shown. The number belongs to pcache's numbering, in which minors are given out.
     * The kernel has another number for a block device node.
     */
    public static final int MAJOR = 252;
    /** Largest minor: device numbers have 20 bits for the minor. */
    public static final int MAX_MINOR = (1 << 20) - 1;

    /**
     * How long a restarted target may take to be ready: before it is ready, the target verifies all data of a large
     * cache.
     */
    private static final long RESTART_TIMEOUT_MS = 3_600_000;

    private final RunDirectory directory;
    private final TargetStarter starter;

    /** The registry of the calling user. */
    public static Registry standard() throws ControlException {
        DeviceControl.checkTimeout(System.getenv("PCACHE_TIMEOUT"));
        return new Registry(RunDirectory.standard(), TargetLauncher.standard());
    }

    public Registry(RunDirectory directory, TargetStarter starter) {
        this.directory = directory;
        this.starter = starter;
    }

    public RunDirectory directory() {
        return directory;
    }

    /** Devices that have a living target, sorted by name. */
    public List<Device> devices() throws ControlException {
        return devices(new IsAlive());
    }

    /** Devices that are {@linkplain Device#isOrphan() orphans}, sorted by name. */
    public List<Device> orphans() throws ControlException {
        return devices(new IsOrphan());
    }

    /**
     * Finds the recoverable device without a target that has a certain disk in its table. A device with a target holds
     * its disks itself.
     *
     * @param minor of a device that is not meant
     * @param isOne told the words of a table
     * @return null where there is no such device
     */
    public Device bereftUser(int minor, Predicate<String> isOne) throws ControlException {
        for (Device device :
                devices(files -> Supervision.isRecoverable(files) && !LivenessLock.isHeld(files.resolve("lock")))) {
            if (device.minor() != minor && names(device, isOne)) {
                return device;
            }
        }
        return null;
    }

    /**
     * Finds the recoverable device that has a certain disk in its table. For a caller that holds this disk already: so
     * the device has no target at the moment, or its target has started and has not opened its disks yet.
     *
     * @param isOne told the words of a table
     * @return null where there is no such device
     */
    public Device comingUser(Predicate<String> isOne) throws ControlException {
        for (Device device : devices(Supervision::isRecoverable)) {
            if (names(device, isOne)) {
                return device;
            }
        }
        return null;
    }

    private static boolean names(Device device, Predicate<String> isOne) {
        try {
            for (TableLine line : Supervision.table(device.directory())) {
                // Numbers and options name no device: isOne returns false for them.
                if (ArgumentWords.split(line.args()).stream().limit(2).anyMatch(isOne)) {
                    return true;
                }
            }
            return false;
        } catch (IOException | IllegalArgumentException e) {
            // Gone meanwhile.
            return false;
        }
    }

    private interface Question {
        boolean of(Path deviceFiles) throws IOException;
    }

    // Classes and not method references: method references bring up a machinery that costs as much as all the rest of a
    // listing.

    private static final class IsAlive implements Question {
        @Override
        public boolean of(Path deviceFiles) throws IOException {
            return isAlive(deviceFiles);
        }
    }

    private static final class IsOrphan implements Question {
        @Override
        public boolean of(Path deviceFiles) throws IOException {
            return Supervision.isOrphan(deviceFiles);
        }
    }

    private List<Device> devices(Question wanted) throws ControlException {
        List<Device> devices = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory.root())) {
            for (Path entry : entries) {
                Device device = byName(entry.getFileName().toString());
                if (device != null && wanted.of(device.directory())) {
                    devices.add(device);
                }
            }
        } catch (NoSuchFileException e) {
            return devices;
        } catch (NotDirectoryException e) {
            throw new ControlException(
                    Errno.ENOTDIR, e, "pcache: " + directory.root() + " is not a directory (-ENOTDIR)");
        } catch (AccessDeniedException e) {
            throw new ControlException(
                    Errno.EACCES,
                    e,
                    "pcache: " + directory.root() + ": permission denied: it is another user's (-EACCES)");
        } catch (IOException e) {
            throw ControlException.ofFile("cannot read " + directory.root(), e);
        }
        devices.sort(new Device.ByDisplayName());
        return devices;
    }

    /**
     * The device of a name; null where there is none. Whether the device's target lives shows when the target is asked
     * something.
     */
    public Device byName(String storedName) {
        if (DeviceName.refusal(storedName) != null) {
            return null;
        }
        int minor = directory.minorOf(storedName);
        return minor < 0 ? null : new Device(storedName, uuidOf(minor), minor, directory.device(minor));
    }

    /** The device of a uuid; null where there is none. */
    public Device byUuid(String storedUuid) throws ControlException {
        if (storedUuid.isEmpty()) {
            return null;
        }
        for (Device device : devices()) {
            if (device.uuid().equals(storedUuid)) {
                return device;
            }
        }
        return null;
    }

    /** The device of a minor; null where there is none. */
    public Device byMinor(int minor) throws ControlException {
        for (Device device : devices()) {
            if (device.minor() == minor) {
                return device;
            }
        }
        return null;
    }

    /**
     * The device that has this path as its block device node, as a link to the node, or as its NBD socket; null where
     * there is none. Asks the targets; for {@code /dev/mapper/NAME}, look the name up instead.
     */
    public Device byPath(Path path) throws ControlException {
        Path real = realPath(path);
        for (Device device : devices()) {
            if (real.startsWith(realPath(device.directory()))) {
                return device;
            }
            try {
                String node = device.control().info(false).path();
                if (!node.isEmpty() && realPath(Path.of(node)).equals(real)) {
                    return device;
                }
            } catch (ControlException e) {
                // Gone meanwhile, or silent: another device may still have the path.
                if (e.errno() != Errno.ENXIO && e.errno() != Errno.ETIMEDOUT) {
                    throw e;
                }
            }
        }
        return null;
    }

    private static Path realPath(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            return path.toAbsolutePath().normalize();
        }
    }

    /**
     * Reserves a device's name, uuid and minor.
     *
     * @return a creation, which is to be closed. A device that is not complete by then goes
     * @throws ControlException EINVAL for an impossible name, EBUSY when name or uuid is in use, ENXIO when the wanted
     *     minor is in use or out of range
     */
    public Creation begin(CreateOptions options) throws ControlException {
        checkWords(options);
        directory.prepare();
        return reserve(options);
    }

    /**
     * Tells what {@link #begin} would refuse, as far as that shows without making anything, and without waiting for
     * another process.
     *
     * @return the minor that the device would have
     * @throws ControlException as {@link #begin}
     */
    public int foresee(CreateOptions options) throws ControlException {
        checkWords(options);
        directory.checkPrepared();
        try {
            return Files.exists(directory.control())
                    ? checkFree(options, minor -> stays(directory.device(minor)))
                    : checkFree(options, minor -> false);
        } catch (IOException e) {
            throw ControlException.ofFile("cannot read the devices' files", e);
        }
    }

    private static void checkWords(CreateOptions options) throws ControlException {
        String refusal = DeviceName.refusal(options.name());
        if (refusal != null) {
            throw new ControlException(Errno.EINVAL, "pcache: " + refusal);
        }
        if (!DeviceName.isStoredForm(options.uuid()) || options.uuid().length() > DeviceName.MAX_UUID_BYTES) {
            throw new ControlException(Errno.EINVAL, "pcache: uuid too long, or not in its stored form");
        }
    }

    /**
     * Gives a device another target, of this Java and this class path. Clients notice no more than a pause: the present
     * target hands its block device node over. This also works where the present target has died and nobody starts it
     * again. NBD clients have to connect again.
     *
     * @param options heap and time limit (an hour unless given); the device keeps all other options
     * @param force whether to go on when NBD clients are connected
     * @throws ControlException EOPNOTSUPP for a device without a live table, or that is suspended; EBUSY where NBD
     *     clients are connected. Or why the new target cannot start, before the old target leaves. Or why the new
     *     target did not start; then a target like the old one is started again
     */
    public void restart(Device device, CreateOptions options, boolean force) throws ControlException {
        Path files = device.directory();
        try (LivenessLock restarting = beginRestart(files)) {
            // Reasons against a restart in the device itself come first, before anything is tried.
            unlessDead(device, () -> device.control().checkHandOver(force));
            requireSupervisor(device);
            OpenDisks.requireUnchanged(device);
            CreateOptions own = new CreateOptions(
                    device.name(),
                    device.uuid(),
                    device.minor(),
                    Supervision.frontEnd(files),
                    options.heapMiB() > 0 ? options.heapMiB() : HeapSize.forTable(Supervision.table(files)),
                    options.startTimeoutMs() > 0 ? options.startTimeoutMs() : RESTART_TIMEOUT_MS,
                    queues(files),
                    Supervision.argument(files, "metrics"),
                    Supervision.argument(files, "log-level"),
                    Supervision.argument(files, "cache-io"),
                    Supervision.argument(files, "cache-discard"));
            starter.replace(
                    directory,
                    device,
                    Files.readString(files.resolve("incarnation")),
                    own,
                    () -> unlessDead(device, () -> device.control().handOver(force)));
        } catch (IOException e) {
            throw ControlException.ofFile("cannot restart", e);
        }
    }

    /** The queues of a device's target; the defaults where its command does not tell. */
    private static QueueOptions queues(Path files) throws IOException {
        String queues = Supervision.argument(files, "queues");
        String depth = Supervision.argument(files, "queue-depth");
        return new QueueOptions(
                queues.isEmpty() ? QueueOptions.DEFAULT.queues() : Integer.parseInt(queues),
                depth.isEmpty() ? QueueOptions.DEFAULT.depth() : Integer.parseInt(depth));
    }

    private static void requireSupervisor(Device device) throws ControlException {
        long stopped = Supervision.stoppedSupervisor(device.directory());
        if (stopped != 0) {
            throw new ControlException(
                    Errno.EBUSY,
                    device.displayName() + ": its supervisor (pid " + stopped
                            + "), which starts targets, is stopped: \"kill -CONT " + stopped
                            + "\" lets it go on; nothing was done (-EBUSY)");
        }
    }

    /**
     * Asks a question, unless the target has died. A dead target cannot be asked, and has left its node as a target
     * does that hands it over.
     */
    private static void unlessDead(Device device, TargetStarter.HandOver question) throws ControlException {
        try {
            question.run();
        } catch (ControlException e) {
            if (e.errno() != Errno.ENXIO && e.errno() != Errno.ENOLINK
                    || !Supervision.isRecoverable(device.directory())) {
                throw e;
            }
        }
    }

    private LivenessLock beginRestart(Path files) throws ControlException, IOException {
        try (RegistryLock lock = RegistryLock.acquire(directory)) {
            if (LivenessLock.isHeld(Creation.file(files))) {
                throw new ControlException(Errno.EBUSY, "pcache: the device is being created or restarted (-EBUSY)");
            }
            return LivenessLock.acquire(Creation.file(files));
        }
    }

    private Creation reserve(CreateOptions options) throws ControlException {
        try (RegistryLock lock = RegistryLock.acquire(directory)) {
            sweep();
            return populate(options, checkFree(options, minor -> isThere(directory.device(minor))));
        } catch (IOException e) {
            throw ControlException.ofFile("cannot make the device's files", e);
        }
    }

    /** Whether a minor belongs to a device. Files that {@link #sweep} clears away belong to none. */
    private interface Occupancy {
        boolean of(int minor) throws IOException;
    }

    /** Checks that name, uuid and minor are free; returns the minor that the device gets. */
    private int checkFree(CreateOptions options, Occupancy taken) throws ControlException, IOException {
        int minor = freeMinor(options.minor(), taken);
        if (nameTaken(options.name(), taken)) {
            Device there = byName(options.name());
            throw new ControlException(
                    Errno.EBUSY,
                    DeviceName.unmangle(options.name()) + ": a device of this name exists (-EBUSY)",
                    there != null && there.isOrphan()
                            ? there.orphanLine()
                            : "pcache: take another name, or remove that device first: pcachectl remove "
                                    + ShellQuoting.quote(DeviceName.unmangle(options.name())));
        }
        if (uuidTaken(options.uuid(), taken)) {
            throw new ControlException(
                    Errno.EBUSY,
                    DeviceName.unmangle(options.name()) + ": a device with uuid " + DeviceName.unmangle(options.uuid())
                            + " exists (-EBUSY)",
                    "pcache: take another uuid; 'pcachectl info -c -o name,uuid' tells whose this one is");
        }
        return minor;
    }

    /** Whether a name is taken, by a device, or by a file that is no link to a device. */
    private boolean nameTaken(String storedName, Occupancy taken) throws IOException {
        int minor = directory.minorOf(storedName);
        return minor >= 0 ? taken.of(minor) : isThere(directory.link(storedName));
    }

    private static boolean isThere(Path file) {
        return Files.exists(file, LinkOption.NOFOLLOW_LINKS);
    }

    private Creation populate(CreateOptions options, int minor) throws IOException {
        Path files = directory.device(minor);
        Device device = new Device(options.name(), options.uuid(), minor, files);
        Files.createDirectory(
                files, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        LivenessLock creating = null;
        try {
            creating = LivenessLock.acquire(Creation.file(files));
            String incarnation =
                    ProcessHandle.current().pid() + "-" + System.currentTimeMillis() + "-" + System.nanoTime();
            Files.writeString(files.resolve("incarnation"), incarnation);
            if (!options.uuid().isEmpty()) {
                Files.writeString(files.resolve("uuid"), options.uuid());
            }
            Files.createSymbolicLink(directory.link(options.name()), RunDirectory.linkTarget(minor));
            return new Creation(directory, starter, device, incarnation, creating);
        } catch (IOException e) {
            if (creating != null) {
                creating.close();
            }
            DeviceFiles.delete(directory, minor);
            throw e;
        }
    }

    private static int freeMinor(int wanted, Occupancy taken) throws ControlException, IOException {
        if (wanted != CreateOptions.LOWEST_FREE) {
            if (wanted < 0 || wanted > MAX_MINOR) {
                throw new ControlException(
                        Errno.ENXIO, "pcache: minor " + wanted + " is not in 0.." + MAX_MINOR + " (-ENXIO)");
            }
            if (taken.of(wanted)) {
                throw new ControlException(Errno.ENXIO, "pcache: minor " + wanted + " is in use (-ENXIO)");
            }
            return wanted;
        }
        int minor = 0;
        while (taken.of(minor)) {
            minor++;
        }
        return minor;
    }

    private boolean uuidTaken(String uuid) throws IOException {
        return uuidTaken(uuid, minor -> true);
    }

    private boolean uuidTaken(String uuid, Occupancy taken) throws IOException {
        if (uuid.isEmpty() || !isThere(directory.control())) {
            return false;
        }
        for (int minor : DeviceFiles.minors(directory)) {
            if (uuidOf(minor).equals(uuid) && taken.of(minor)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Gives a device another name: the part of {@link ControlCommand#RENAME} that concerns other devices. Called by the
     * target.
     *
     * @throws ControlException EBUSY when the name is in use
     */
    public void moveName(String oldName, String newName, int minor) throws ControlException {
        try (RegistryLock lock = RegistryLock.acquire(directory)) {
            sweep();
            if (Files.exists(directory.link(newName), LinkOption.NOFOLLOW_LINKS)) {
                throw new ControlException(
                        Errno.EBUSY,
                        DeviceName.unmangle(oldName) + ": Unable to change name on mapped device "
                                + DeviceName.unmangle(oldName) + " to one that already exists: "
                                + DeviceName.unmangle(newName));
            }
            Files.createSymbolicLink(directory.link(newName), RunDirectory.linkTarget(minor));
            Files.deleteIfExists(directory.link(oldName));
        } catch (IOException e) {
            throw ControlException.ofFile("cannot rename", e);
        }
    }

    /** @throws ControlException EBUSY when a device has the uuid, the named device included; called by the target */
    public void requireFreeUuid(String name, String uuid) throws ControlException {
        try (RegistryLock lock = RegistryLock.acquire(directory)) {
            sweep();
            checkFreeUuid(name, uuid);
        } catch (IOException e) {
            throw ControlException.ofFile("cannot look for the uuid", e);
        }
    }

    private void checkFreeUuid(String name, String uuid) throws ControlException, IOException {
        if (uuidTaken(uuid)) {
            throw new ControlException(
                    Errno.EBUSY,
                    DeviceName.unmangle(name) + ": Unable to change uuid on mapped device " + DeviceName.unmangle(name)
                            + " to one that already exists: " + DeviceName.unmangle(uuid));
        }
    }

    /** Gives a device its uuid; called by the target. */
    public void setUuid(String name, String uuid, int minor) throws ControlException {
        try (RegistryLock lock = RegistryLock.acquire(directory)) {
            sweep();
            checkFreeUuid(name, uuid);
            Files.writeString(directory.device(minor).resolve("uuid"), uuid);
        } catch (IOException e) {
            throw ControlException.ofFile("cannot set the uuid", e);
        }
    }

    /**
     * Keeps the logs of a device that goes because its target has died while the device was being created. The logs
     * stay until this happens again.
     *
     * @return what to say of the death: why, as far as known, and where the logs are
     */
    public ControlException died(Device device, ControlException cause) {
        if (Files.notExists(device.directory())) {
            return new ControlException(
                    Errno.ENXIO, cause, device.displayName() + ": was removed while it was being created (-ENXIO)");
        }
        String line = device.displayName() + ": the target died while it was being made ready"
                + TargetLauncher.consoleTail(device.console());
        Path kept = directory.died();
        try (RegistryLock lock = RegistryLock.acquire(directory)) {
            DeviceFiles.deleteTree(kept);
            Files.createDirectory(
                    kept, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            for (String name : List.of("log", "log.1", "console", "hs_err.log")) {
                if (Files.exists(device.directory().resolve(name))) {
                    Files.move(device.directory().resolve(name), kept.resolve(name));
                }
            }
            line += "; its log is in " + kept;
        } catch (ControlException | IOException e) {
            line += "; its log could not be kept: " + e.getMessage();
        }
        return new ControlException(Errno.ENXIO, cause, line + " (-ENXIO)");
    }

    /** Takes a device out of the registry; called by the target, which still holds its lock. */
    public void forget(int minor) throws ControlException {
        try (RegistryLock lock = RegistryLock.acquire(directory)) {
            DeviceFiles.delete(directory, minor);
        } catch (IOException e) {
            throw ControlException.ofFile("cannot remove the device's files", e);
        }
    }

    /**
     * Takes a device out of the registry after its node has vanished, and nobody has removed the device. Called by the
     * target, which holds its lock. While the device's creator lives, the creator does the rest: before that, the minor
     * must not be given to another device.
     */
    public void giveUp(int minor) throws ControlException {
        try (RegistryLock lock = RegistryLock.acquire(directory)) {
            Supervision.forget(directory.device(minor));
            if (!LivenessLock.isHeld(Creation.file(directory.device(minor)))) {
                DeviceFiles.delete(directory, minor);
            }
        } catch (IOException e) {
            throw new ControlException(Errno.EIO, e, "pcache: cannot remove the device's files: " + e + " (-EIO)");
        }
    }

    /** Takes away a block device node that nobody serves. */
    public interface NodeRemover {
        /**
         * @param storedName of the device
         * @param ublkId the N of /dev/ublkbN
         */
        void remove(String storedName, int ublkId) throws IOException;
    }

    /**
     * Takes away a device with a dead target that cannot come up again, or is not to. Processes that try to bring a
     * target up are ended. Data that was not written back stays on the cache device.
     *
     * @return the live table that the target had
     * @throws ControlException EBUSY while the device is being restarted; ENXIO where nothing was kept that a target
     *     could go on with
     */
    public List<TableLine> discard(Device device, NodeRemover remover) throws ControlException {
        Path files = device.directory();
        try (LivenessLock restarting = beginRestart(files)) {
            if (!Supervision.isRecoverable(files)) {
                throw new ControlException(Errno.ENXIO);
            }
            List<TableLine> table = Supervision.table(files);
            TargetLauncher.kill(Supervision.supervisor(files), device);
            if (Supervision.ublkId(files) >= 0) {
                remover.remove(device.name(), Supervision.ublkId(files));
            }
            forget(device.minor());
            return table;
        } catch (IOException e) {
            throw new ControlException(
                    Errno.EIO, e, device.displayName() + ": cannot be taken away: " + e.getMessage() + " (-EIO)");
        }
    }

    /** Clears away the files of dead targets. The registry must be locked. */
    private void sweep() throws IOException {
        for (int minor : DeviceFiles.minors(directory)) {
            if (!stays(directory.device(minor))) {
                DeviceFiles.delete(directory, minor);
            }
        }
        DeviceFiles.deleteDanglingNames(directory);
    }

    /** Whether a device stays without a living target: clients wait for a target, or look for one again. */
    private static boolean stays(Path files) throws IOException {
        return isThere(files) && (isAlive(files) || Supervision.isRecoverable(files));
    }

    /**
     * Whether a device is alive. Asked in this order, because the creator lets go of its lock only when the target
     * holds the target's lock, or has ended. A target that has died may be on its way back.
     */
    private static boolean isAlive(Path files) throws IOException {
        return LivenessLock.isHeld(Creation.file(files))
                || LivenessLock.isHeld(files.resolve("lock"))
                || Supervision.isRecovering(files);
    }

    private String uuidOf(int minor) {
        try {
            return new String(Files.readAllBytes(directory.device(minor).resolve("uuid")), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }
}
