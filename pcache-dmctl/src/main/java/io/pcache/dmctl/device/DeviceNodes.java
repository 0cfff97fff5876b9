package io.pcache.dmctl.device;

import io.pcache.control.ControlException;
import io.pcache.control.Device;
import io.pcache.control.DeviceInfo;
import io.pcache.control.Registry;
import io.pcache.dmctl.failure.CommandFailure;
import io.pcache.dmctl.options.Options;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

/**
 * Nodes of our devices, as people and scripts name them: {@code /dev/mapper/NAME} and {@code /dev/pcache/NAME}. These
 * are links to the block device nodes; the targets make the links. A device that is reached by NBD has none. A file
 * there that is no link to a ublk node belongs to others, and is left alone.
 */
public final class DeviceNodes {
    private static final String NODE_PREFIX = "ublkb";

    private final Path directory;

    /** @param directory the folder in the place of {@code /dev} */
    public DeviceNodes(Path directory) {
        this.directory = directory;
    }

    public Path deviceDirectory() {
        return directory;
    }

    private Path[] linkDirectories() {
        return new Path[] {directory.resolve("mapper"), directory.resolve("pcache")};
    }

    /** Where a device's node is, or would be, for people and for commands that are run on the node. */
    public String nodeText(String shownName) {
        return directory + "/mapper/" + shownName;
    }

    /** Whether a path that exists is the node of the device whose name is its last part. */
    boolean isNode(Path path, String last) {
        for (Path links : linkDirectories()) {
            try {
                Path node = links.resolve(last);
                if (Files.exists(node) && Files.isSameFile(path, node)) {
                    return true;
                }
            } catch (IOException e) {
                return false;
            }
        }
        return false;
    }

    /**
     * The device whose node the path would be, if devices that are reached by NBD had nodes; null where there is no
     * such device.
     */
    String nameOfMissingNode(Path path, Registry registry) {
        String last = path.getFileName() == null ? "" : path.getFileName().toString();
        Path parent = path.normalize().getParent();
        try {
            Device device = null;
            for (Path links : linkDirectories()) {
                if (links.equals(parent)) {
                    device = registry.byName(last);
                }
            }
            if (directory.equals(parent) && last.startsWith("dm-")) {
                device = registry.byMinor(Integer.parseInt(last.substring("dm-".length())));
            }
            // A device without a table never has a node.
            return device == null || !device.control().info(false).live() ? null : device.name();
        } catch (NumberFormatException | ControlException e) {
            return null;
        }
    }

    /**
     * Whether scripts find the device under its name. Where something else has the name, a target makes no link; a
     * script that writes to {@code /dev/mapper/NAME} then writes to another device.
     */
    public void check(DeviceInfo info) throws CommandFailure {
        for (Path links : linkDirectories()) {
            Path link = links.resolve(info.name());
            if (!info.path().isEmpty()
                    && Files.exists(link, LinkOption.NOFOLLOW_LINKS)
                    && !pointsTo(link, Path.of(info.path()))) {
                throw new CommandFailure(
                        "pcache: " + link + " is something else; it must not be taken for " + info.path());
            }
        }
    }

    /** Whether scripts would find a device under its name that is not there yet. Links of ours are made anew. */
    public void checkFree(String storedName) throws CommandFailure {
        for (Path links : linkDirectories()) {
            Path link = links.resolve(storedName);
            if (Files.exists(link, LinkOption.NOFOLLOW_LINKS) && !isOurs(link)) {
                throw new CommandFailure(
                        "pcache: " + link + " is something else; it must not be taken for the new device");
            }
        }
    }

    /** Takes away links to nodes that do not exist any more. */
    public void removeStale() throws CommandFailure {
        for (Path links : linkDirectories()) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(links)) {
                for (Path entry : entries) {
                    if (isOurs(entry) && !Files.exists(entry)) {
                        Files.deleteIfExists(entry);
                    }
                }
            } catch (NoSuchFileException | NotDirectoryException e) {
                continue;
            } catch (IOException e) {
                throw new CommandFailure("pcache: cannot bring " + links + " up to date: " + describe(e));
            }
        }
    }

    private static String describe(IOException e) {
        return e instanceof AccessDeniedException ? "Permission denied" : e.getMessage();
    }

    private static boolean isOurs(Path link) {
        try {
            return Files.isSymbolicLink(link)
                    && Files.readSymbolicLink(link).getFileName().toString().startsWith(NODE_PREFIX);
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean pointsTo(Path link, Path node) {
        try {
            return Files.isSymbolicLink(link)
                    && Files.readSymbolicLink(link).getFileName().equals(node.getFileName());
        } catch (IOException e) {
            return false;
        }
    }

    /** Sets owner, group and mode of the file that clients open: the block device node, or the NBD socket. */
    public void setOwner(DeviceInfo info, Path nbdSocket, Options options) throws CommandFailure {
        Path node = info.path().isEmpty() ? nbdSocket : Path.of(info.path());
        if (!Files.exists(node, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try {
            if (options.userId() != Options.UNSET) {
                Files.setAttribute(node, "unix:uid", options.userId());
            }
            if (options.groupId() != Options.UNSET) {
                Files.setAttribute(node, "unix:gid", options.groupId());
            }
            if (options.mode() != Options.UNSET) {
                Files.setPosixFilePermissions(node, permissions(options.mode()));
            }
        } catch (IOException e) {
            throw new CommandFailure("pcache: cannot set owner and mode of " + node + ": " + describe(e));
        }
    }

    private static Set<PosixFilePermission> permissions(int mode) {
        // The values stand in the order of the bits, from the owner's read permission down.
        PosixFilePermission[] all = PosixFilePermission.values();
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        for (int i = 0; i < all.length; i++) {
            if ((mode >> all.length - 1 - i & 1) != 0) {
                permissions.add(all[i]);
            }
        }
        return permissions;
    }
}
