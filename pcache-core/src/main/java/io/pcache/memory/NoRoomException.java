package io.pcache.memory;

import io.pcache.sys.Errno;
import java.io.IOException;

/**
 * A cache file has holes, and there is no room to fill them. The message is one line for people, and ends with the
 * errno's name.
 */
public final class NoRoomException extends IOException {
    private final int errno;

    NoRoomException(String path, long missingBytes, int errno) {
        super("the cache file " + path + " has holes, and its file system has no room to fill them (needs "
                + missingBytes + " bytes) (-" + Errno.name(errno) + ")");
        this.errno = errno;
    }

    /** ENOSPC, or EDQUOT; positive. */
    public int errno() {
        return errno;
    }
}
