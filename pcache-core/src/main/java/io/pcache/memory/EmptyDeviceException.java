package io.pcache.memory;

import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;

/** EINVAL, as mmap(2) answers for a device or file without a byte. */
public final class EmptyDeviceException extends SystemCallException {
    private final String path;

    EmptyDeviceException(String path) {
        super(Errno.EINVAL, "mmap", path + " (empty)");
        this.path = path;
    }

    public String path() {
        return path;
    }
}
