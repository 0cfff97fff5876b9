package io.pcache.slab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * How much memory the kernel says that a process can still have without swapping: MemAvailable of the machine, or less
 * if a control group of the process, or a group around that, has a limit (version 1 or 2). Of the memory that a group
 * uses, file pages do not count: the kernel can take them back, like the file pages in MemAvailable.
 */
public final class AvailableMemory implements FreeMemory {
    private static final long KIB = 1024;
    /** Version 1 has no word for "no limit": a number near 2^63 stands for it. */
    private static final long NO_LIMIT = 1L << 60;

    private final Path root;
    private final boolean inGroups;

    private AvailableMemory(Path root, boolean inGroups) {
        this.root = root;
        this.inGroups = inGroups;
    }

    /** For this process; read anew for each question. */
    public static AvailableMemory ofThisProcess() {
        return new AvailableMemory(Path.of("/"), true);
    }

    /** For a process in a group without limits. */
    public static AvailableMemory ofMachine() {
        return new AvailableMemory(Path.of("/"), false);
    }

    /** Reads {@code proc} and {@code sys} in another folder. */
    static AvailableMemory in(Path root) {
        return new AvailableMemory(root, true);
    }

    /** {@link Long#MAX_VALUE} where the kernel tells nothing. */
    @Override
    public long bytes() {
        long available = memAvailable();
        if (!inGroups) {
            return available;
        }
        try {
            for (String line : Files.readAllLines(root.resolve("proc/self/cgroup"))) {
                String[] parts = line.split(":", 3);
                if (parts.length == 3
                        && (parts[1].isEmpty() || List.of(parts[1].split(",")).contains("memory"))) {
                    available = Math.min(available, ofGroups(parts[1].isEmpty(), parts[2]));
                }
            }
        } catch (IOException e) {
            // The kernel has no control groups.
            return available;
        }
        return available;
    }

    private long memAvailable() {
        long kibibytes = number(root.resolve("proc/meminfo"), "MemAvailable:");
        return kibibytes < 0 ? Long.MAX_VALUE : kibibytes * KIB;
    }

    /** The smallest amount that the group, or a group around it, leaves. */
    private long ofGroups(boolean unified, String path) throws IOException {
        long available = Long.MAX_VALUE;
        for (String line : Files.readAllLines(root.resolve("proc/self/mountinfo"))) {
            // 36 35 98:0 /root /mount options … - type source super-options
            String[] ends = line.split(" - ", 2);
            String[] mount = ends[0].split(" ");
            String[] kind = ends.length < 2 ? new String[0] : ends[1].split(" ");
            if (mount.length < 5
                    || kind.length < 3
                    || !kind[0].equals(unified ? "cgroup2" : "cgroup")
                    || !unified && !List.of(kind[2].split(",")).contains("memory")) {
                continue;
            }
            Path top = root.resolve(mount[4].substring(1));
            String below =
                    mount[3].equals("/") ? path : path.startsWith(mount[3]) ? path.substring(mount[3].length()) : "";
            Path group = top.resolve(below.startsWith("/") ? below.substring(1) : below)
                    .normalize();
            // In a container, the path may be known to the host only.
            for (Path at = group.startsWith(top) && Files.isDirectory(group) ? group : top;
                    at.startsWith(top);
                    at = at.getParent()) {
                available = Math.min(available, unified ? ofGroup(at) : ofFirstVersionGroup(at));
            }
        }
        return available;
    }

    private static long ofGroup(Path group) {
        // Beyond memory.high the kernel slows a group down until the group hardly runs.
        long limit = Math.min(limit(group.resolve("memory.max")), limit(group.resolve("memory.high")));
        return left(limit, group.resolve("memory.current"), group.resolve("memory.stat"), "");
    }

    private static long ofFirstVersionGroup(Path group) {
        return left(
                limit(group.resolve("memory.limit_in_bytes")),
                group.resolve("memory.usage_in_bytes"),
                group.resolve("memory.stat"),
                "total_");
    }

    private static long left(long limit, Path usage, Path statistics, String prefix) {
        long used = number(usage, "");
        if (limit >= NO_LIMIT || used < 0) {
            return Long.MAX_VALUE;
        }
        long files = Math.max(0, number(statistics, prefix + "active_file "))
                + Math.max(0, number(statistics, prefix + "inactive_file "));
        return Math.max(0, limit - Math.max(0, used - files));
    }

    private static long limit(Path file) {
        long limit = number(file, "");
        return limit < 0 ? NO_LIMIT : limit;
    }

    /** The number that follows a word at the start of a line; -1 where there is none. */
    private static long number(Path file, String word) {
        try {
            for (String line : Files.readAllLines(file)) {
                if (line.startsWith(word)) {
                    return Long.parseLong(line.substring(word.length()).trim().split(" ", 2)[0]);
                }
            }
        } catch (IOException | NumberFormatException e) {
            // This may be "max", for no limit.
            return -1;
        }
        return -1;
    }
}
