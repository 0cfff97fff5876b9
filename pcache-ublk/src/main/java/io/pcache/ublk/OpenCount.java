package io.pcache.ublk;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Who has a block device open, as far as {@code /proc} and {@code /sys} tell: the kernel keeps no count that can be read. Nothing is opened, since
 * opening the device from its own server could wait for the server. Counts file descriptors of all processes, mounts in all mount namespaces, devices stacked on top, and
 * swap; on the device and on its partitions.
 */
final class OpenCount {
    private static final Path PROC = Path.of("/proc");
    private final String name;
    private final Pattern node;

    /** @param name {@code ublkb0} */
    OpenCount(String name) {
        this.name = name;
        this.node = Pattern.compile("/dev/" + name + "(p[0-9]+)?");
    }

    int count() {
        int count = holders() + swaps();
        Set<Object> mountNamespaces = new HashSet<>();
        for (Path process : children(PROC, "[0-9]*")) {
            count += descriptors(process);
            Object namespace = link(process.resolve("ns/mnt"));
            if (namespace != null && mountNamespaces.add(namespace)) {
                count += mounts(process.resolve("mountinfo"));
            }
        }
        return count;
    }

    private int descriptors(Path process) {
        int count = 0;
        for (Path descriptor : children(process.resolve("fd"), "*")) {
            String target = link(descriptor);
            if (target != null && node.matcher(target).matches()) {
                count++;
            }
        }
        return count;
    }

    private int mounts(Path mountinfo) {
        Set<String> devices = numbers();
        int count = 0;
        // A file system that is mounted in several places has the device open once.
        Set<String> seen = new HashSet<>();
        for (String line : lines(mountinfo)) {
            String[] fields = line.split(" ");
            String source = fields[fields.length - 2];
            if (fields.length > 3 && (devices.contains(fields[2]) || node.matcher(source).matches()) && seen.add(fields[2])) {
                count++;
            }
        }
        return count;
    }

    // major:minor of the device and its partitions.
    private Set<String> numbers() {
        Set<String> numbers = new HashSet<>();
        Path device = Path.of("/sys/block", name);
        numbers.addAll(lines(device.resolve("dev")));
        for (Path partition : children(device, name + "p*")) {
            numbers.addAll(lines(partition.resolve("dev")));
        }
        return numbers;
    }

    private int holders() {
        Path device = Path.of("/sys/block", name);
        int count = children(device.resolve("holders"), "*").size();
        for (Path partition : children(device, name + "p*")) {
            count += children(partition.resolve("holders"), "*").size();
        }
        return count;
    }

    private int swaps() {
        return (int) lines(PROC.resolve("swaps")).stream().filter(line -> node.matcher(line.split(" ")[0]).matches()).count();
    }

    // Processes come and go while we look: what is gone has nothing open.

    private static List<Path> children(Path directory, String glob) {
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory, glob)) {
            return java.util.stream.StreamSupport.stream(stream.spliterator(), false).toList();
        } catch (IOException | DirectoryIteratorException e) {
            return List.of();
        }
    }

    private static String link(Path path) {
        try {
            return Files.readSymbolicLink(path).toString();
        } catch (IOException e) {
            return null;
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file, java.nio.charset.StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return List.of();
        }
    }
}
