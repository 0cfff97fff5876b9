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
 * Tells udev which block devices are backing devices in use: a file {@code backing-MAJ:MIN} for each in the device's
 * folder, which the rule that hides them looks for, and an event of the kernel for each that becomes or ceases to be
 * one, so that the rule looks. The files stay where a target dies: until its device is gone, nobody is to find the
 * backing device by its content.
 */
public final class BackingMarks {
    public static final BackingMarks OF_MACHINE = new BackingMarks(Path.of("/sys/dev/block"));

    private static final String PREFIX = "backing-";

    private final Path blockDevices;

    /** @param blockDevices sysfs' folder of block devices by number */
    public BackingMarks(Path blockDevices) {
        this.blockDevices = blockDevices;
    }

    /**
     * Makes the marks of a device agree with what the device uses.
     *
     * @param files the device's folder
     * @param numbers of its backing devices, {@code MAJ:MIN}
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

    /** The backing devices of a device whose folder this is; none where it is not there. */
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

    /** Has udev look at a device again, and at its partitions, whose rules look at the device's. */
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
            // The device has gone, and its partitions with it.
            return;
        }
    }

    private static void tell(Path device) {
        try {
            Files.writeString(device.resolve("uevent"), "change");
        } catch (IOException e) {
            // Without root, or in a container: there is no udev that would do something for this device.
            return;
        }
    }
}
