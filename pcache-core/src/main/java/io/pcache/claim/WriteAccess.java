package io.pcache.claim;

import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Tells whether a device could be opened for writing, without doing so: closing it again would be an event for udev.
 */
public final class WriteAccess {
    private WriteAccess() {}

    /**
     * Checks the path. A path that does not exist passes; opening it will report that.
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
            // This is not known, so the missing permission is taken for the reason.
            return false;
        }
    }
}
