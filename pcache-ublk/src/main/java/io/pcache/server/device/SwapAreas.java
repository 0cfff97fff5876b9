package io.pcache.server.device;

import io.pcache.control.DeviceProblem;
import io.pcache.server.table.LowerDevice;
import io.pcache.sys.SystemCallException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The devices and files that this machine swaps to, by {@code /proc/swaps}.
 *
 * <p>A machine can swap to a device whose cache takes no memory for a write. A cache behind the page cache takes a page
 * for each write, in the moment in which there are no pages: Linux 6.12 stood still after 5 to 80 MiB, with queue
 * threads in direct reclaim, or held back by the limit on dirty pages, and the flush of the cache device waiting for a
 * bio of the same reserve that the swapped pages had used up. No program can prevent that.
 */
final class SwapAreas {
    static final DeviceProblem BEHIND_PAGE_CACHE = new DeviceProblem(
            "swap-behind-page-cache",
            "the machine swaps to this device, whose cache device is behind the page cache: it can stand still "
                    + "when memory is short;"
                    + " use swapoff, or a cache device on persistent memory");

    private final Path list;

    /** @param list {@code /proc/swaps}, or a file like it */
    SwapAreas(Path list) {
        this.list = list;
    }

    static SwapAreas ofThisMachine() {
        return new SwapAreas(Path.of("/proc/swaps"));
    }

    /** Whether an area lies on the device at a path, or on a part of the device. False where nothing can be told. */
    boolean includes(String devicePath) {
        try {
            LowerDevice device = LowerDevice.onThisMachine(devicePath);
            return Files.readAllLines(list, StandardCharsets.ISO_8859_1).stream()
                    .skip(1)
                    .anyMatch(line -> isOn(device, line));
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean isOn(LowerDevice device, String line) {
        int end = line.indexOf(' ');
        try {
            // A blank in a path is written as \040; paths of devices have no blanks.
            return end > 0 && device.overlaps(LowerDevice.onThisMachine(line.substring(0, end)));
        } catch (SystemCallException e) {
            return false;
        }
    }
}
