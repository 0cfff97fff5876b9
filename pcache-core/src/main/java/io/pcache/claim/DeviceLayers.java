package io.pcache.claim;

import io.pcache.sys.FileStatus;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A device or file and what lies below, as sysfs tells it. A partition lies on a disk; a loop device lies on a file or
 * on another device. Each layer is a range of bytes of something that can be opened.
 */
public final class DeviceLayers {
    private static final int SECTOR_BYTES = 512;
    private static final long TO_THE_END = 0;
    private static final int MAX_DEPTH = 16;

    /**
     * @param path for opening; null for the disk on which a partition lies
     * @param start in bytes
     * @param length in bytes; 0 for everything from the start on
     */
    record Layer(String path, FileStatus status, long start, long length) {
        private boolean overlaps(Layer other) {
            return isSameFile(status, other.status)
                    && (length == TO_THE_END || other.start < start + length)
                    && (other.length == TO_THE_END || start < other.start + other.length);
        }
    }

    private final List<Layer> layers = new ArrayList<>();
    private final Set<String> loops = new HashSet<>();

    private DeviceLayers() {}

    /** @param status of the device or file at the path */
    public static DeviceLayers of(SystemCalls calls, String path, FileStatus status) {
        DeviceLayers layers = new DeviceLayers();
        layers.layers.add(new Layer(path, status, 0, TO_THE_END));
        for (int depth = 0; depth < MAX_DEPTH && layers.bottom().status.isBlockDevice(); depth++) {
            try {
                if (!layers.addBelow(calls)) {
                    break;
                }
            } catch (IOException | NumberFormatException e) {
                // The device was detached meanwhile, or its file is in another mount namespace. So the layers below are
                // not known.
                break;
            }
        }
        return layers;
    }

    private boolean addBelow(SystemCalls calls) throws IOException {
        Layer upper = bottom();
        Path device = Path.of("/sys/dev/block", upper.status.deviceNumber()).toRealPath();
        long start = upper.start;
        long length = upper.length;
        if (Files.exists(device.resolve("partition"))) {
            start += number(device.resolve("start")) * SECTOR_BYTES;
            length = length == TO_THE_END ? number(device.resolve("size")) * SECTOR_BYTES : length;
            device = device.getParent();
        }
        Layer below = loop(calls, device, start, length);
        if (below == null) {
            return false;
        }
        loops.add(device.getFileName().toString());
        layers.add(below);
        return true;
    }

    /** The layer below a range of a loop device; null if the device is no loop device. */
    private static Layer loop(SystemCalls calls, Path device, long start, long length) throws IOException {
        Path file = device.resolve("loop").resolve("backing_file");
        if (!Files.exists(file)) {
            return null;
        }
        String path = Files.readString(file).stripTrailing();
        long limit = number(device.resolve("loop").resolve("sizelimit"));
        return new Layer(
                path,
                calls.status(path),
                start + number(device.resolve("loop").resolve("offset")),
                length == TO_THE_END ? limit : length);
    }

    private static long number(Path attribute) throws IOException {
        return Long.parseLong(Files.readString(attribute).trim());
    }

    static boolean isSameFile(FileStatus a, FileStatus b) {
        if (a.isBlockDevice() || a.isCharacterDevice()) {
            return a.isBlockDevice() == b.isBlockDevice()
                    && a.isCharacterDevice() == b.isCharacterDevice()
                    && a.rdevMajor() == b.rdevMajor()
                    && a.rdevMinor() == b.rdevMinor();
        }
        return b.isRegularFile()
                && a.inode() == b.inode()
                && a.deviceMajor() == b.deviceMajor()
                && a.deviceMinor() == b.deviceMinor();
    }

    /** The lowest layer that is known: a file, a disk, or the device itself. */
    Layer bottom() {
        return layers.get(layers.size() - 1);
    }

    /** Whether the device lies on another layer. */
    boolean isLayered() {
        return layers.size() > 1;
    }

    /** Whether some bytes belong to both, by whatever way they are reached. */
    public boolean overlaps(DeviceLayers other) {
        return layers.stream().anyMatch(layer -> other.layers.stream().anyMatch(layer::overlaps));
    }

    /** The name of a loop device over the same bytes that is not one of these layers; null if there is none. */
    String otherLoop(SystemCalls calls) {
        try (DirectoryStream<Path> devices = Files.newDirectoryStream(Path.of("/sys/block"), "loop*")) {
            for (Path device : devices) {
                if (!loops.contains(device.getFileName().toString()) && liesOnThis(calls, device)) {
                    return device.getFileName().toString();
                }
            }
        } catch (IOException e) {
            // A kernel without block devices in sysfs has no loop devices, either.
            return null;
        }
        return null;
    }

    private boolean liesOnThis(SystemCalls calls, Path device) {
        try {
            Layer below = loop(calls, device, 0, TO_THE_END);
            return below != null && layers.stream().anyMatch(below::overlaps);
        } catch (SystemCallException e) {
            return false; // the loop device's file was deleted, so it is another file
        } catch (IOException | NumberFormatException e) {
            return false; // detached meanwhile
        }
    }
}
