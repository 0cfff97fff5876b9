package io.pcache.claim;

import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;

/** EBUSY, and who has it. */
public final class ClaimedException extends SystemCallException {
    private final String holder;

    /** @param holder by what it is in use and what to do, for people */
    ClaimedException(String path, String holder) {
        super(Errno.EBUSY, "claim", path + ", " + holder);
        this.holder = holder;
    }

    public String holder() {
        return holder;
    }
}
