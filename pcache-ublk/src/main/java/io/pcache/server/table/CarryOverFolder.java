package io.pcache.server.table;

import io.pcache.log.KeySetRing;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * The folder of the acknowledged writes that killed targets have left, a file for each cache device.
 *
 * <pre>
 *   file-8-1-1234          by the cache device's identity: the key-sets
 *   file-8-1-1234.device   a link to the cache device, by which one can tell later whether the device is still there
 * </pre>
 *
 * Files of cache devices that are gone belong to nobody: {@link #sweep} deletes them. Any number of processes may use
 * the folder at once.
 */
public final class CarryOverFolder {
    private static final Logger LOG = System.getLogger(CarryOverFolder.class.getName());
    private static final String LINK = ".device";
    private static final String BLOCK = "block-";

    private final Path folder;
    private final boolean unchanged;

    public CarryOverFolder(Path folder) {
        this(folder, false);
    }

    private CarryOverFolder(Path folder, boolean unchanged) {
        this.folder = folder;
        this.unchanged = unchanged;
    }

    /** The folder for looking at: nothing is noted, made or deleted there. */
    public static CarryOverFolder unchanged(Path folder) {
        return new CarryOverFolder(folder, true);
    }

    /** The file of a cache device that is about to be used. Notes the place of the device. */
    Path of(LowerDevice cache) {
        if (!unchanged) {
            note(cache);
        }
        return folder.resolve(cache.identity());
    }

    private void note(LowerDevice cache) {
        Path link = folder.resolve(cache.identity() + LINK);
        try {
            Files.deleteIfExists(link);
            Files.createSymbolicLink(link, Path.of(cache.path()));
        } catch (FileAlreadyExistsException e) {
            // Another process has just noted the same.
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "the place of a cache device cannot be noted: " + e);
        }
    }

    /**
     * The cache device is not in use any more. If a failure has left writes of the device, these stay, and with them
     * the note of the device's place.
     */
    void release(LowerDevice cache) {
        try {
            if (!unchanged && Files.notExists(folder.resolve(cache.identity()))) {
                Files.deleteIfExists(folder.resolve(cache.identity() + LINK));
            }
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "the place of a cache device stays noted: " + e);
        }
    }

    /** Deletes the files of cache devices that are gone, and of the time before the machine was booted. */
    public void sweep() {
        if (unchanged) {
            return;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                String identity = entry.getFileName().toString();
                if (!identity.endsWith(LINK) && isGone(identity)) {
                    Files.deleteIfExists(entry);
                    Files.deleteIfExists(folder.resolve(identity + LINK));
                    LOG.log(Level.INFO, "deleted " + entry + ": its cache device is gone");
                }
            }
        } catch (NoSuchFileException e) {
            // No target of this user's has ever used a cache.
        } catch (IOException e) {
            LOG.log(Level.WARNING, folder + " cannot be tidied: " + e);
        }
    }

    private boolean isGone(String identity) throws IOException {
        if (!KeySetRing.isOfThisBoot(folder.resolve(identity))) {
            return true;
        }
        if (identity.startsWith(BLOCK)) {
            return Files.notExists(
                    Path.of("/sys/dev/block", identity.substring(BLOCK.length()).replace('-', ':')));
        }
        Path link = folder.resolve(identity + LINK);
        return Files.isSymbolicLink(link) && isGone(identity, Files.readSymbolicLink(link));
    }

    /**
     * Whether a file is gone can only be told where its file system is there. A file that was renamed is still in its
     * folder.
     */
    private static boolean isGone(String identity, Path device) throws IOException {
        if (identity.equals(identityOf(device))) {
            return false;
        }
        Path parent = device.getParent();
        if (parent == null || !isOnFileSystem(parent, identity)) {
            return false;
        }
        try (DirectoryStream<Path> neighbours = Files.newDirectoryStream(parent)) {
            for (Path neighbour : neighbours) {
                if (identity.equals(identityOf(neighbour))) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean isOnFileSystem(Path parent, String identity) {
        try {
            var status = SystemCalls.linux().status(parent.toString());
            return identity.startsWith("file-" + status.deviceMajor() + "-" + status.deviceMinor() + "-");
        } catch (SystemCallException e) {
            return false;
        }
    }

    /** Null where the path leads to nothing. */
    private static String identityOf(Path path) {
        try {
            return SystemCalls.linux().status(path.toString()).identity();
        } catch (SystemCallException e) {
            return null;
        }
    }
}
