package io.pcache.dmctl.device;

import io.pcache.control.ByteText;
import io.pcache.control.ControlException;
import io.pcache.control.Device;
import io.pcache.control.Registry;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.invocation.Invocation;
import io.pcache.dmctl.options.Options;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Finds the devices that a command names. */
public final class Devices {
    private static final long MS_PER_SECOND = 1000;

    private final Invocation invocation;
    private final NameMangling mangling;
    private final DeviceNodes nodes;
    private final long limitMs;
    private final List<String> silent = new ArrayList<>();
    private Registry registry;
    private boolean toldOfRunDirectory;

    public Devices(Invocation invocation, Options options, DeviceNodes nodes) {
        this.invocation = invocation;
        this.mangling = new NameMangling(options.nameMode());
        this.nodes = nodes;
        this.limitMs = Math.max(0, options.waitSeconds()) * MS_PER_SECOND;
    }

    public NameMangling mangling() {
        return mangling;
    }

    public Registry registry() throws CommandFailure {
        if (registry == null) {
            try {
                registry = invocation.registries().open();
            } catch (ControlException e) {
                throw unreachable(e);
            }
        }
        return registry;
    }

    private static CommandFailure unreachable(ControlException cause) {
        List<String> lines = new ArrayList<>(cause.reasons());
        lines.add("Failure to communicate with the targets of this user's devices.");
        return new CommandFailure(lines);
    }

    /**
     * All devices, sorted by name. What is to be said of dead targets, and of targets that do not answer, is told at
     * the end of the command.
     */
    public List<NamedDevice> all() throws CommandFailure {
        try {
            List<Device> found = new ArrayList<>(registry().devices());
            for (Device orphan : registry().orphans()) {
                if (!found.contains(orphan)) {
                    found.add(orphan);
                }
            }
            found.sort(new Device.ByDisplayName());
            List<NamedDevice> all = new ArrayList<>();
            for (Device device : found) {
                if (device.isOrphan()) {
                    tell(device.orphanLine());
                }
                all.add(NamedDevice.listed(device, mangling.show(device.name()), limitMs, silent));
            }
            return all;
        } catch (ControlException e) {
            throw unreachable(e);
        }
    }

    /**
     * Keeps a line for the end of the command. The same line is kept once, although a command may find the cause
     * several times.
     */
    private void tell(String line) {
        if (!silent.contains(line)) {
            silent.add(line);
        }
    }

    /** Says that there are no devices, unless there are devices that do not answer. */
    public void tellOfNone() {
        if (silent.isEmpty()) {
            invocation.out().println("No devices found");
        }
    }

    /** The lines about devices of {@link #all} that did not answer since the last call. */
    public List<String> takeSilent() {
        List<String> lines = List.copyOf(silent);
        silent.clear();
        return lines;
    }

    /**
     * The device of an operand: a name, or the path of a device's node.
     *
     * @throws CommandFailure when the text cannot be a name, or is a path that leads to no device of ours
     */
    public NamedDevice byOperand(String operand) throws CommandFailure {
        String name = operand.indexOf('/') < 0 ? mangling.name(operand) : nameOfPath(operand);
        Device device = name.isEmpty() ? null : registry().byName(name);
        if (device == null) {
            tellOfMissingRunDirectory();
        }
        return NamedDevice.named(
                DeviceReference.byName(name, ByteText.isUtf8(operand) ? operand : mangling.show(name)),
                device,
                limitMs);
    }

    /**
     * A run directory that was given and does not exist is a mistake more often than a place where no device was ever
     * made.
     */
    private void tellOfMissingRunDirectory() throws CommandFailure {
        String given = invocation.environment().getOrDefault("PCACHE_RUN_DIR", "");
        if (!given.isEmpty()
                && !toldOfRunDirectory
                && Files.notExists(registry().directory().root())) {
            toldOfRunDirectory = true;
            invocation
                    .err()
                    .println("pcache: PCACHE_RUN_DIR=" + given + ": there is no such directory, so no device in it");
        }
    }

    /** The device that {@code -u} or {@code -j -m} selects. */
    public NamedDevice bySelection(Options options) throws CommandFailure {
        try {
            if (options.has(Option.UUID)) {
                String uuid = mangling.uuid(options.value(Option.UUID));
                return NamedDevice.named(
                        DeviceReference.byUuid(uuid), registry().byUuid(uuid), limitMs);
            }
            return NamedDevice.named(
                    DeviceReference.byNumber(options.major(), options.minor()),
                    byNumber(options.major(), options.minor()),
                    limitMs);
        } catch (ControlException e) {
            throw unreachable(e);
        }
    }

    public NamedDevice byStoredName(String name) throws CommandFailure {
        return NamedDevice.named(
                DeviceReference.byName(name, mangling.show(name)), registry().byName(name), limitMs);
    }

    /** The device of a uuid; null where there is none. */
    public Device byUuid(String storedUuid) throws CommandFailure {
        try {
            return registry().byUuid(storedUuid);
        } catch (ControlException e) {
            throw unreachable(e);
        }
    }

    /** The device of a number in our own numbering, or of the number of a block device node of ours. */
    private Device byNumber(int major, int minor) throws CommandFailure, ControlException {
        if (major == Registry.MAJOR) {
            return registry().byMinor(minor);
        }
        Path node = Path.of("/sys/dev/block/" + major + ":" + minor);
        try {
            return Files.exists(node)
                    ? registry()
                            .byPath(nodes.deviceDirectory()
                                    .resolve(node.toRealPath().getFileName()))
                    : null;
        } catch (IOException e) {
            return null;
        }
    }

    /** Java's paths are UTF-8, and so are the names of nodes. */
    private Path path(String operand) throws CommandFailure {
        try {
            return invocation.directory().resolve(operand);
        } catch (InvalidPathException e) {
            throw new CommandFailure("Device " + ByteText.printable(operand) + " not found");
        }
    }

    private String nameOfPath(String operand) throws CommandFailure {
        String last = operand.substring(operand.lastIndexOf('/') + 1);
        Path path = path(operand);
        if (!Files.exists(path)) {
            String name = nodes.nameOfMissingNode(path, registry());
            if (name == null) {
                throw new CommandFailure("Device " + operand + " not found");
            }
            return name;
        }
        if (last.isEmpty() || nodes.isNode(path, last)) {
            return last;
        }
        try {
            Device device = registry().byPath(path);
            if (device == null) {
                throw new CommandFailure("Device " + last + " not found");
            }
            return device.name();
        } catch (ControlException e) {
            throw unreachable(e);
        }
    }
}
