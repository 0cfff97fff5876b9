package io.pcache.claim;

import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether a device could be opened for writing, without opening it so: closing it again would be an event for udev. */
public final class WriteAccess {
    private WriteAccess() {}

    /**
     * Passes over a path that is not there, of which opening it will tell.
     *
     * @throws SystemCallException EROFS on a file system that is read-only, else EACCES
     */
    public static void require(String path) throws SystemCallException {
        Path file = Path.of(path);
        if (Files.exists(file) && !Files.isWritable(file)) {
            throw new SystemCallException(isOnReadOnlyFileSystem(file) ? Errno.EROFS : Errno.EACCES, "open", path);
        }
    }

    private static boolean isOnReadOnlyFileSystem(Path file) {
        try {
            return Files.getFileStore(file).isReadOnly();
        } catch (IOException e) {
            // Not to be told: then it is the permission that is missing.
            return false;
        }
    }
}
