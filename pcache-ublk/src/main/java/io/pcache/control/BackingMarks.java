package io.pcache.control;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * Tells udev which block devices are backing devices in use. For each backing device there is a file
 * {@code backing-MAJ:MIN} in the device's folder; the udev rule that hides backing devices looks for these files. For
 * each block device that becomes a backing device, or ceases to be one, the kernel is asked for an event, so that the
 * rule looks. The files stay where a target dies: until the device is gone, nobody is to find the backing device by its
 * content.
 */
public final class BackingMarks {
    public static final BackingMarks OF_MACHINE = new BackingMarks(Path.of("/sys/dev/block"));

    private static final String PREFIX = "backing-";

    private final Path blockDevices;

    /** @param blockDevices the folder of sysfs that has block devices by number */
    public BackingMarks(Path blockDevices) {
        this.blockDevices = blockDevices;
    }

    /**
     * Makes the marks of a device agree with what the device uses.
     *
     * @param files the device's folder
     * @param numbers of the device's backing devices, {@code MAJ:MIN}
     */
    public void set(Path files, Set<String> numbers) throws IOException {
        Set<String> before = of(files);
        Set<String> changed = new TreeSet<>(before);
        changed.addAll(numbers);
        for (String number : changed) {
            Path mark = files.resolve(PREFIX + number);
            if (!numbers.contains(number)) {
                Files.deleteIfExists(mark);
            } else if (!before.contains(number)) {
                Files.createFile(mark);
            }
            if (before.contains(number) != numbers.contains(number)) {
                tell(number);
            }
        }
    }

    /** The backing devices of the device that has this folder; none where there is no such folder. */
    static Set<String> of(Path files) throws IOException {
        Set<String> numbers = new HashSet<>();
        try (DirectoryStream<Path> marks = Files.newDirectoryStream(files, PREFIX + "*")) {
            for (Path mark : marks) {
                numbers.add(mark.getFileName().toString().substring(PREFIX.length()));
            }
        } catch (NoSuchFileException e) {
            return Set.of();
        }
        return numbers;
    }

    /**
     * Has udev look again at a device, and at its partitions: the rules for a partition look at the device's mark, too.
     */
    void tell(String number) {
        Path device = blockDevices.resolve(number);
        tell(device);
        try (DirectoryStream<Path> children = Files.newDirectoryStream(device)) {
            for (Path child : children) {
                if (Files.exists(child.resolve("partition"))) {
                    tell(child);
                }
            }
        } catch (IOException e) {
            // The device is gone, and its partitions with it.
            return;
        }
    }

    private static void tell(Path device) {
        try {
            Files.writeString(device.resolve("uevent"), "change");
        } catch (IOException e) {
            // Without root, or in a container, there is no udev that would do anything for this device.
            return;
        }
    }
}
