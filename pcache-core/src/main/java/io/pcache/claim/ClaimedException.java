package io.pcache.claim;

import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;

/** EBUSY, and who has it. */
public final class ClaimedException extends SystemCallException {
    private final String path;
    private final String holder;

    /** @param holder by what it is in use and what to do, for people */
    ClaimedException(String path, String holder) {
        super(Errno.EBUSY, "claim", path + ", " + holder);
        this.path = path;
        this.holder = holder;
    }

    /** Of a device that the kernel says is in use. */
    public static ClaimedException busy(String path) {
        return new ClaimedException(path, DeviceHolder.describe(path));
    }

    public String path() {
        return path;
    }

    public String holder() {
        return holder;
    }
}
