package io.pcache.claim;

import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;

/** EBUSY, and what has claimed the device. */
public final class ClaimedException extends SystemCallException {
    private final String path;
    private final String holder;
    private final boolean holderKnown;

    /** @param holder what uses the device, and what to do, for people */
    ClaimedException(String path, String holder) {
        this(path, holder, true);
    }

    private ClaimedException(String path, String holder, boolean holderKnown) {
        super(Errno.EBUSY, "claim", path + ", " + holder);
        this.path = path;
        this.holder = holder;
        this.holderKnown = holderKnown;
    }

    /** For a device that the kernel says is in use. */
    public static ClaimedException busy(String path) {
        String holder = DeviceHolder.describe(path);
        return holder != null
                ? new ClaimedException(path, holder)
                : new ClaimedException(path, "in use: unmount it, or remove the device that uses it", false);
    }

    /** For a device that still works for a process that has ended. */
    static ClaimedException transfers(String path) {
        return new ClaimedException(
                path,
                "in use: the device still works on transfers of a target that has ended; try again when these are done",
                false);
    }

    public String path() {
        return path;
    }

    public String holder() {
        return holder;
    }

    /**
     * Whether a process that uses the device was found. If not, the kernel may have the device: for good (a mount), or
     * for a moment, because a killed process is gone before its claims are.
     */
    public boolean isHolderKnown() {
        return holderKnown;
    }
}
