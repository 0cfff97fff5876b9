package io.pcache.ring;

import io.pcache.backing.BackingDevice;
import io.pcache.backing.BackingFile;
import io.pcache.backing.FileBacking;
import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;
import java.io.IOException;

/** Opens a backing device with io_uring where that is allowed, and with threads where it is not; {@link BackingDevice#describe} says which and why. */
public final class BackingOpener {

    private BackingOpener() {
    }

    /** Opens for reading and writing; see {@link #open(String, boolean)}. */
    public static BackingDevice open(String path) throws IOException {
        return open(path, false);
    }

    /**
     * @param path     a block device or a regular file
     * @param readOnly a device that refuses writes will do
     * @throws SystemCallException as {@link BackingFile#open(String, boolean)}
     */
    public static BackingDevice open(String path, boolean readOnly) throws IOException {
        BackingFile file = BackingFile.open(path, readOnly);
        try {
            return new UringBacking(file);
        } catch (SystemCallException e) {
            // Any refusal will do: forbidden, too old, or no locked memory left. The device works all the same.
            return new FileBacking(file, "no io_uring: " + Errno.name(e.errno()));
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }
}
