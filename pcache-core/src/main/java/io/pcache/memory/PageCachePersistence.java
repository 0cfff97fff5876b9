package io.pcache.memory;

import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;

/**
 * fdatasync of the whole file. The kernel writes a page's error back to one caller only and then takes the page for clean, so a
 * later fdatasync can succeed although bytes were lost: after the first failure every sync fails, until the device is opened anew.
 */
final class PageCachePersistence extends Persistence {
    private final SystemCalls calls;
    private final int fd;
    private final String path;
    private volatile SystemCallException failure;

    PageCachePersistence(SystemCalls calls, int fd, String path) {
        this.calls = calls;
        this.fd = fd;
        this.path = path;
    }

    @Override
    String describe() {
        return "fdatasync makes stores durable";
    }

    @Override
    void sync() {
        SystemCallException earlier = failure;
        if (earlier == null) {
            earlier = fdatasync();
        }
        // A sync that succeeds beside one that fails may owe its success to the other having taken the error.
        if (earlier == null) {
            earlier = failure;
        }
        if (earlier != null) {
            throw new CacheMemoryException("cache device " + path + ": cannot make stores durable: " + Errno.message(earlier.errno())
                + " (" + earlier.errnoName() + "); what was stored since the last sync may be lost", earlier);
        }
    }

    private SystemCallException fdatasync() {
        while (true) {
            try {
                calls.fdatasync(fd);
                return null;
            } catch (SystemCallException e) {
                if (e.errno() != Errno.EINTR) {
                    failure = e;
                    return e;
                }
            }
        }
    }

    @Override
    boolean syncIsSlow() {
        return true;
    }
}
