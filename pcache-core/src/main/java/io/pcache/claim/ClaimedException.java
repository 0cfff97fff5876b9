package io.pcache.claim;

import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;

/** EBUSY, and who has it. */
public final class ClaimedException extends SystemCallException {
    private final String path;
    private final String holder;
    private final boolean holderKnown;

    /** @param holder by what it is in use and what to do, for people */
    ClaimedException(String path, String holder) {
        this(path, holder, true);
    }

    private ClaimedException(String path, String holder, boolean holderKnown) {
        super(Errno.EBUSY, "claim", path + ", " + holder);
        this.path = path;
        this.holder = holder;
        this.holderKnown = holderKnown;
    }

    /** Of a device that the kernel says is in use. */
    public static ClaimedException busy(String path) {
        String holder = DeviceHolder.describe(path);
        return holder != null
                ? new ClaimedException(path, holder)
                : new ClaimedException(path, "in use: unmount it, or remove the device that uses it", false);
    }

    public String path() {
        return path;
    }

    public String holder() {
        return holder;
    }

    /**
     * Whether somebody was found who has it. Otherwise it may be the kernel, for good (a mount) or for a moment: a
     * process that was killed is gone before its claims are.
     */
    public boolean isHolderKnown() {
        return holderKnown;
    }
}
