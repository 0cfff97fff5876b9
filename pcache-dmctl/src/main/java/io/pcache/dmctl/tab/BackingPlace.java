package io.pcache.dmctl.tab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Finds a backing device that the tab names by its content. The links {@code by-uuid} and {@code by-label} belong to
 * the cached device, which has the same content. Our udev rules put the links of the backing device into another
 * folder, {@code /dev/disk/pcache-backing}.
 */
final class BackingPlace {
    private static final List<String> OF_CONTENT = List.of("by-uuid", "by-label");
    private static final String HIDDEN = "pcache-backing";
    /** How the kernel's names begin, of devices that pcache or another ublk server serves. */
    private static final String SERVED = "ublkb";

    private final Path disk;

    /** @param disk the folder of links; {@code /dev/disk} on a real machine */
    BackingPlace(Path disk) {
        this.disk = disk;
    }

    /** The path to open for a path of the tab. */
    String of(String path) {
        Path given = Path.of(path);
        if (!isOfContent(given)) {
            return path;
        }
        Path hidden = hidden(given);
        // The link in the usual folder may lead to the cached device. Before udev knows of the tab's line, there is
        // only this link.
        return Files.exists(hidden) || isServed(given) ? hidden.toString() : path;
    }

    boolean isThere(String path) {
        return Files.exists(Path.of(of(path)));
    }

    private boolean isOfContent(Path path) {
        return path.startsWith(disk)
                && path.getNameCount() == disk.getNameCount() + 2
                && OF_CONTENT.contains(path.getParent().getFileName().toString());
    }

    private Path hidden(Path path) {
        return disk.resolve(HIDDEN).resolve(disk.relativize(path));
    }

    private static boolean isServed(Path path) {
        try {
            return path.toRealPath().getFileName().toString().startsWith(SERVED);
        } catch (IOException e) {
            return false;
        }
    }
}
