package io.pcache.control;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** What can be told of a cache device before the target opens it. */
final class CacheDeviceKind {
    private static final Path BLOCK_DEVICES = Path.of("/sys/dev/block");
    private static final Set<String> FILE_SYSTEMS_IN_MEMORY = Set.of("tmpfs", "ramfs", "hugetlbfs");

    private CacheDeviceKind() {}

    /**
     * Whether data is stored to the device as to memory, with no transfers: device-DAX, a persistent memory block
     * device, a file in memory. A file of a file system with DAX passes for a disk here: only its mapping tells.
     *
     * @param word of a table: a path, or the number of a block device
     */
    static boolean isMemory(String word) {
        try {
            if (!word.startsWith("/")) {
                return isDax(word);
            }
            Path file = Path.of(word);
            int type = (Integer) Files.getAttribute(file, "unix:mode") & HeapSize.S_IFMT;
            if (type == HeapSize.S_IFBLK) {
                long number = (Long) Files.getAttribute(file, "unix:rdev");
                return isDax(major(number) + ":" + minor(number));
            }
            return type == HeapSize.S_IFCHR
                    || FILE_SYSTEMS_IN_MEMORY.contains(Files.getFileStore(file).type());
        } catch (IOException | RuntimeException e) {
            // Whoever opens the device later will say what is wrong.
            return false;
        }
    }

    private static boolean isDax(String number) throws IOException {
        Path dax = BLOCK_DEVICES.resolve(number).resolve("queue/dax");
        return Files.exists(dax) && Files.readString(dax).strip().equals("1");
    }

    /** As gnu_dev_major(3). */
    private static long major(long number) {
        return number >>> 8 & 0xFFF | number >>> 32 & 0xFFFFF000L;
    }

    /** As gnu_dev_minor(3). */
    private static long minor(long number) {
        return number & 0xFF | number >>> 12 & 0xFFFFFF00L;
    }
}
