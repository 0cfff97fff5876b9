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
 * Finds the users of a block device, as far as {@code /proc} and {@code /sys} tell: the kernel keeps no count that can
 * be read. Nothing is opened, because a server that opens its own device could wait for itself.
 *
 * <p>File descriptors of all processes, mounts in all mount namespaces, swap, and stacked devices are counted, on the
 * device and on its partitions.
 *
 * <p>Users without a name are not found in this way: a file system that was unmounted lazily and lives on, a node of
 * another name, a process of a PID namespace outside. But each open file of a ublk device holds a reference on the
 * module {@code ublk_drv}. References that no user accounts for count as opens of the device. If there are several ublk
 * devices, these references count for each, because nothing tells which device they belong to.
 */
final class OpenCount {
    private static final Pattern NODE = Pattern.compile("/dev/(ublk(?:[bc][0-9]+|-control))(p[0-9]+)?");

    private final String name;
    private final Path proc;
    private final Path sys;
    /** Opens by the name of the device; opens of a partition count for its device. */
    private final Map<String, Integer> opens = new HashMap<>();

    /** The named users of the device, for people, in the order in which the users were found. */
    private final Set<String> users = new LinkedHashSet<>();

    /** @param name {@code ublkb0} */
    static int of(String name) {
        return new OpenCount(name, Path.of("/proc"), Path.of("/sys")).count();
    }

    /**
     * The users of the device, for people.
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
        // The module's count is read twice: a user that opens the device only for a moment is not in both counts.
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

    /** The references to the module; 0 where there is no such module. */
    private int moduleReferences() {
        List<String> lines = lines(sys.resolve("module/ublk_drv/refcnt"));
        return lines.isEmpty() ? 0 : Integer.parseInt(lines.get(0).trim());
    }

    private int unexplained(int references) {
        for (Path server : children(sys.resolve("class/ublk-char"), "ublkc*")) {
            if (!opens.containsKey(server.getFileName().toString())) {
                // Some server has its own device open in a way that is not seen here: the sum means nothing.
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
        // A file system has its device open once, however many mount points the file system has.
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

    /** Names of devices by "major:minor", of the device or of a partition. */
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

    // Processes come and go meanwhile: what is gone has nothing open.

    private static List<Path> children(Path directory, String glob) {
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory, glob)) {
            return StreamSupport.stream(stream.spliterator(), false).toList();
        } catch (IOException | DirectoryIteratorException e) {
            return List.of();
        }
    }

    /** The target of a link; empty where there is no link. */
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
