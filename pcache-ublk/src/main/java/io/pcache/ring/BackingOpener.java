package io.pcache.ring;

import io.pcache.backing.BackingDevice;
import io.pcache.backing.BackingFile;
import io.pcache.backing.CacheDisk;
import io.pcache.backing.FileBacking;
import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;
import java.io.IOException;

/**
 * Opens a backing device with io_uring where that is allowed, and with threads elsewhere;
 * {@link BackingDevice#describe} says which of the two, and why.
 */
public final class BackingOpener {

    private BackingOpener() {}

    /** Opens for reading and writing; see {@link #open(String, boolean)}. */
    public static BackingDevice open(String path) throws IOException {
        return open(path, false);
    }

    /**
     * @param path a block device or a regular file
     * @param readOnly a device that refuses writes is accepted
     * @throws SystemCallException as {@link BackingFile#open(String, boolean)}
     */
    public static BackingDevice open(String path, boolean readOnly) throws IOException {
        return open(BackingFile.open(path, readOnly), UringBacking::new);
    }

    /**
     * Opens a cache device once more, whose memory this process has open, for transfers of its data past the page
     * cache.
     *
     * @return null where direct I/O does not work on the device, or on its file system
     * @throws SystemCallException what open(2) gives
     */
    public static CacheDisk openDirectly(String path) throws IOException {
        BackingFile file = BackingFile.openAgain(path);
        if (!file.direct()) {
            file.close();
            return null;
        }
        return open(file, UringBacking::new);
    }

    /**
     * As {@link #openDirectly}, and where direct I/O does not work, for transfers through the page cache: to try things
     * out.
     */
    public static CacheDisk openAgain(String path) throws IOException {
        return open(BackingFile.openAgain(path), UringBacking::new);
    }

    /** Drives a file by io_uring. */
    interface Uring {
        CacheDisk drive(BackingFile file) throws SystemCallException;
    }

    /** Takes the file over: where this method throws, the file has been closed. */
    static CacheDisk open(BackingFile file, Uring uring) {
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

    private static CacheDisk drive(BackingFile file, Uring uring) {
        try {
            return uring.drive(file);
        } catch (SystemCallException e) {
            // Whatever the refusal (io_uring is forbidden, too old, or no locked memory is left), the device works with
            // threads.
            return new FileBacking(file, "no io_uring: " + Errno.name(e.errno()));
        }
    }
}
