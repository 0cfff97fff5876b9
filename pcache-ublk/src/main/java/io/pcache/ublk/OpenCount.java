package io.pcache.ublk;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;

/**
 * Who has a block device open, as far as {@code /proc} and {@code /sys} tell: the kernel keeps no count that can be
 * read. Nothing is opened, since opening the device from its own server could wait for the server.
 *
 * <p>Counted are file descriptors of all processes, mounts in all mount namespaces, swap, and devices stacked on top;
 * on the device and on its partitions.
 *
 * <p>That misses what has no name: a file system that was unmounted lazily and lives on, a node of another name, a
 * process of a PID namespace outside. But each open file of a ublk device holds a reference on the module
 * {@code ublk_drv}: references that nothing found accounts for count as opens of the device (of each, if there are
 * several: whose they are cannot be told).
 */
final class OpenCount {
    private static final Pattern NODE = Pattern.compile("/dev/(ublk(?:[bc][0-9]+|-control))(p[0-9]+)?");

    private final String name;
    private final Path proc;
    private final Path sys;
    /** By name of the device, not of its partition. */
    private final Map<String, Integer> opens = new HashMap<>();

    /** The users of the device that have a name, for people; in the order in which they were found. */
    private final Set<String> users = new LinkedHashSet<>();

    /** @param name {@code ublkb0} */
    static int of(String name) {
        return new OpenCount(name, Path.of("/proc"), Path.of("/sys")).count();
    }

    /**
     * Who has the device open, for people.
     *
     * @param name {@code ublkb0}
     */
    static List<String> usersOf(String name) {
        return new OpenCount(name, Path.of("/proc"), Path.of("/sys")).users();
    }

    OpenCount(String name, Path proc, Path sys) {
        this.name = name;
        this.proc = proc;
        this.sys = sys;
    }

    int count() {
        // Someone who opens the device for a moment is not in both.
        int references = moduleReferences();
        findStacked();
        findSwaps();
        findDescriptorsAndMounts();
        references = Math.min(references, moduleReferences());
        return opens.getOrDefault(name, 0) + Math.max(0, unexplained(references));
    }

    List<String> users() {
        int count = count();
        List<String> all = new ArrayList<>(users);
        if (all.isEmpty() && count > 0) {
            all.add("something without a name, such as a file system that was unmounted lazily, or a process of "
                    + "a container outside");
        }
        return all;
    }

    /** 0 where there is no such module. */
    private int moduleReferences() {
        List<String> lines = lines(sys.resolve("module/ublk_drv/refcnt"));
        return lines.isEmpty() ? 0 : Integer.parseInt(lines.get(0).trim());
    }

    private int unexplained(int references) {
        for (Path server : children(sys.resolve("class/ublk-char"), "ublkc*")) {
            if (!opens.containsKey(server.getFileName().toString())) {
                // A server that has its device open in a way that is not seen here: the sum means nothing.
                return 0;
            }
        }
        return references - opens.values().stream().mapToInt(Integer::intValue).sum();
    }

    private void found(String device, Supplier<String> user) {
        opens.merge(device, 1, Integer::sum);
        if (device.equals(name)) {
            users.add(user.get());
        }
    }

    private void foundNode(String path, Supplier<String> user) {
        Matcher node = NODE.matcher(path);
        if (node.matches()) {
            found(node.group(1), user);
        }
    }

    private void findStacked() {
        for (Path device : blockDevices()) {
            String base = device.getFileName().toString();
            findHolders(base, device);
            children(device, base + "p*").forEach(partition -> findHolders(base, partition));
        }
        for (Path loop : children(sys.resolve("block"), "loop*")) {
            lines(loop.resolve("loop/backing_file"))
                    .forEach(file -> foundNode(file, () -> "device " + loop.getFileName() + " on it"));
        }
    }

    private void findHolders(String base, Path device) {
        children(device.resolve("holders"), "*")
                .forEach(holder -> found(base, () -> "device " + holder.getFileName() + " on it"));
    }

    private void findSwaps() {
        lines(proc.resolve("swaps")).forEach(line -> foundNode(line.split(" ")[0], () -> "swap"));
    }

    private void findDescriptorsAndMounts() {
        Map<String, String> names = namesByNumber();
        Set<String> mountNamespaces = new HashSet<>();
        // A file system has its device open once, in however many places it is mounted.
        Set<String> fileSystems = new HashSet<>();
        for (Path process : children(proc, "[0-9]*")) {
            for (Path descriptor : children(process.resolve("fd"), "*")) {
                foundNode(
                        link(descriptor),
                        () -> "process " + process.getFileName() + " ("
                                + String.join("", lines(process.resolve("comm"))) + ")");
            }
            if (mountNamespaces.add(link(process.resolve("ns/mnt")))) {
                for (String line : lines(process.resolve("mountinfo"))) {
                    String[] fields = line.split(" ");
                    if (fields.length > 4 && fileSystems.add(fields[2])) {
                        foundMount(names.get(fields[2]), fields[fields.length - 2], fields[4]);
                    }
                }
            }
        }
    }

    private void foundMount(String device, String source, String mountPoint) {
        Supplier<String> user = () -> "mounted on " + mountPoint.replace("\\040", " ");
        if (device != null) {
            found(device, user);
        } else {
            foundNode(source, user);
        }
    }

    /** Devices by "major:minor", of their own or of a partition. */
    private Map<String, String> namesByNumber() {
        Map<String, String> names = new HashMap<>();
        for (Path device : blockDevices()) {
            String base = device.getFileName().toString();
            lines(device.resolve("dev")).forEach(number -> names.put(number, base));
            for (Path partition : children(device, base + "p*")) {
                lines(partition.resolve("dev")).forEach(number -> names.put(number, base));
            }
        }
        return names;
    }

    private List<Path> blockDevices() {
        return children(sys.resolve("block"), "ublkb*");
    }

    // Processes come and go while we look: what is gone has nothing open.

    private static List<Path> children(Path directory, String glob) {
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory, glob)) {
            return StreamSupport.stream(stream.spliterator(), false).toList();
        } catch (IOException | DirectoryIteratorException e) {
            return List.of();
        }
    }

    /** Empty where there is none. */
    private static String link(Path path) {
        try {
            return Files.readSymbolicLink(path).toString();
        } catch (IOException e) {
            return "";
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return List.of();
        }
    }
}
