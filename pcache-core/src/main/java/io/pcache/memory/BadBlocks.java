package io.pcache.memory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The places of a device-DAX device that the kernel knows to be bad. Such a device is mapped together with its bad
 * places, so only this list tells of them before they are touched. A file on a DAX file system needs no list: the
 * kernel itself fails each access to a bad place of a file.
 *
 * <p>Source: {@code badblocks} of the persistent-memory region in sysfs (lines of "first number", in units of 512 bytes
 * from the start of the region) and {@code resource} (a physical address) of region and device; see
 * {@code Documentation/ABI/testing/sysfs-bus-nvdimm} of Linux. Where sysfs does not tell, nothing is known:
 * {@code resource}, for example, is for root alone. Immutable.
 */
final class BadBlocks {
    static final BadBlocks NONE = new BadBlocks(List.of());

    private static final int UNIT_BYTES = 512;

    /** @param start in bytes from the start of the device */
    private record Range(long start, long end) {}

    private final List<Range> ranges;

    private BadBlocks(List<Range> ranges) {
        this.ranges = ranges;
    }

    /**
     * @param sysfs {@code /sys}
     * @param deviceNumber of the device, as {@code 252:0}
     * @param size of the device in bytes
     */
    static BadBlocks ofDaxDevice(Path sysfs, String deviceNumber, long size) {
        try {
            Path device = sysfs.resolve("dev/char").resolve(deviceNumber).toRealPath();
            for (Path above = device.getParent();
                    above != null && above.startsWith(sysfs.toRealPath());
                    above = above.getParent()) {
                if (Files.exists(above.resolve("badblocks")) && Files.exists(above.resolve("resource"))) {
                    return parse(Files.readString(above.resolve("badblocks")), address(device) - address(above), size);
                }
            }
        } catch (IOException | NumberFormatException e) {
            // Older kernels lack an attribute, and some attributes are for root only. This is no reason to refuse the
            // device.
            return NONE;
        }
        return NONE;
    }

    private static long address(Path device) throws IOException {
        return Long.decode(Files.readString(device.resolve("resource")).trim());
    }

    /** @param start where the device begins, in bytes from the point that the list counts from */
    static BadBlocks parse(String list, long start, long size) {
        List<Range> ranges = new ArrayList<>();
        for (String line :
                list.lines().map(String::trim).filter(line -> !line.isEmpty()).toList()) {
            String[] numbers = line.split("\\s+");
            if (numbers.length != 2) {
                throw new NumberFormatException("not a bad block: " + line);
            }
            long from = Long.parseLong(numbers[0]) * UNIT_BYTES - start;
            long to = from + Long.parseLong(numbers[1]) * UNIT_BYTES;
            if (to > 0 && from < size) {
                ranges.add(new Range(Math.max(0, from), Math.min(size, to)));
            }
        }
        return ranges.isEmpty() ? NONE : new BadBlocks(ranges);
    }

    /** The first byte of the range that is known to be bad; -1 if there is none. */
    long firstIn(long offset, long length) {
        long first = -1;
        for (Range range : ranges) {
            if (range.start < offset + length && offset < range.end) {
                long at = Math.max(offset, range.start);
                first = first < 0 ? at : Math.min(first, at);
            }
        }
        return first;
    }
}
