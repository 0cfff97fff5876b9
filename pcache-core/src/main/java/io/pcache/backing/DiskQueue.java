package io.pcache.backing;

import io.pcache.media.DeviceLayout;
import io.pcache.sys.FileStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What Linux tells of a disk, in the folder {@code queue} of its block device in sysfs. For a partition, what Linux
 * tells of the disk.
 */
final class DiskQueue {
    private static final Path DEVICES = Path.of("/sys/dev/block");

    /** Null where nothing is told. */
    private final Path folder;

    private DiskQueue(Path folder) {
        this.folder = folder;
    }

    static DiskQueue of(FileStatus device) {
        return of(DEVICES.resolve(device.deviceNumber()));
    }

    /** @param device the folder of a block device in sysfs */
    static DiskQueue of(Path device) {
        // A partition has no queue of its own.
        for (Path folder : List.of(device.resolve("queue"), device.resolve("../queue"))) {
            if (Files.isDirectory(folder)) {
                return new DiskQueue(folder);
            }
        }
        return new DiskQueue(null);
    }

    /** Whether Linux knows that the disk has no volatile cache. */
    boolean writesThrough() {
        return attribute("write_cache").equals("write through");
    }

    /**
     * Whether discards of segments are worth their time. The disk must take discards ({@code discard_max_bytes}), must
     * not be rotational, and must be able to discard a part of a segment ({@code discard_granularity}): a disk with
     * larger units would do nothing. A loop device does not count, since discards punch holes into its file.
     */
    boolean discardsCheaply() {
        return number("discard_max_bytes") > 0
                && number("discard_granularity") <= DeviceLayout.SEGMENT_BYTES / 2
                && attribute("rotational").equals("0")
                && !Files.exists(folder.resolve("../loop"));
    }

    private long number(String name) {
        try {
            return Long.parseLong(attribute(name));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** Empty where the attribute is not there. */
    private String attribute(String name) {
        if (folder == null) {
            return "";
        }
        try {
            return Files.readString(folder.resolve(name)).strip();
        } catch (IOException e) {
            return "";
        }
    }
}
