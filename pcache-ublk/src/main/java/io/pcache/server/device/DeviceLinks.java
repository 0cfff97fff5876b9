package io.pcache.server.device;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;

/**
 * The names of a block device node that do not change with the node's number: {@code /dev/mapper/NAME} and
 * {@code /dev/pcache/NAME}. What somebody else has under such a name stays. A link that cannot be made is told in the
 * log; the device works without the link.
 */
public final class DeviceLinks {
    private static final Logger LOG = System.getLogger(DeviceLinks.class.getName());

    private final List<Path> folders;

    /** @param devices usually {@code /dev} */
    public DeviceLinks(Path devices) {
        this.folders = List.of(devices.resolve("mapper"), devices.resolve("pcache"));
    }

    /**
     * @param storedName of the device
     * @param node {@code /dev/ublkb0}
     */
    public void make(String storedName, Path node) {
        for (Path folder : folders) {
            Path link = folder.resolve(storedName);
            Path target = folder.relativize(node);
            try {
                Files.createDirectories(folder);
                if (isOurs(link, target) || isDangling(link)) {
                    Files.delete(link);
                }
                Files.createSymbolicLink(link, target);
            } catch (FileAlreadyExistsException e) {
                LOG.log(Level.WARNING, link + " is something else's already");
            } catch (IOException e) {
                LOG.log(Level.WARNING, "cannot make " + link + ": " + e.getMessage());
            }
        }
    }

    /** Removes the links that lead to the node. */
    public void remove(String storedName, Path node) {
        for (Path folder : folders) {
            Path link = folder.resolve(storedName);
            try {
                if (isOurs(link, folder.relativize(node))) {
                    Files.delete(link);
                }
            } catch (IOException e) {
                LOG.log(Level.WARNING, "cannot remove " + link + ": " + e.getMessage());
            }
        }
    }

    private static boolean isOurs(Path link, Path target) throws IOException {
        return Files.isSymbolicLink(link) && Files.readSymbolicLink(link).equals(target);
    }

    /** Whether a link leads nowhere: left by a target that was killed together with its device. */
    private static boolean isDangling(Path link) {
        return Files.exists(link, LinkOption.NOFOLLOW_LINKS) && !Files.exists(link);
    }
}
