package io.pcache.ring;

import io.pcache.backing.BackingDevice;
import io.pcache.backing.BackingFile;
import io.pcache.backing.FileBacking;
import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;
import java.io.IOException;

/**
 * Opens a backing device with io_uring where that is allowed, and with threads where it is not;
 * {@link BackingDevice#describe} says which and why.
 */
public final class BackingOpener {

    private BackingOpener() {}

    /** Opens for reading and writing; see {@link #open(String, boolean)}. */
    public static BackingDevice open(String path) throws IOException {
        return open(path, false);
    }

    /**
     * @param path a block device or a regular file
     * @param readOnly a device that refuses writes will do
     * @throws SystemCallException as {@link BackingFile#open(String, boolean)}
     */
    public static BackingDevice open(String path, boolean readOnly) throws IOException {
        return open(BackingFile.open(path, readOnly), UringBacking::new);
    }

    /** Drives a file by io_uring. */
    interface Uring {
        BackingDevice drive(BackingFile file) throws SystemCallException;
    }

    /** Takes the file over: closes it where this throws. */
    static BackingDevice open(BackingFile file, Uring uring) {
        try {
            return drive(file, uring);
        } catch (RuntimeException | Error e) {
            try {
                file.close();
            } catch (RuntimeException closing) {
                e.addSuppressed(closing);
            }
            throw e;
        }
    }

    private static BackingDevice drive(BackingFile file, Uring uring) {
        try {
            return uring.drive(file);
        } catch (SystemCallException e) {
            // Any refusal will do: forbidden, too old, or no locked memory left. The device works all the same.
            return new FileBacking(file, "no io_uring: " + Errno.name(e.errno()));
        }
    }
}
