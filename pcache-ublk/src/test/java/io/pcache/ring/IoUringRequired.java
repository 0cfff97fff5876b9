package io.pcache.ring;

import static org.junit.jupiter.api.Assumptions.abort;

import io.pcache.sys.Errno;
import io.pcache.sys.SystemCallException;

/** Skips a test where io_uring is forbidden. */
public final class IoUringRequired {

    private IoUringRequired() {}

    public static void check() throws SystemCallException {
        try {
            Ring.open(RingConfig.forThread(1, 2)).close();
        } catch (SystemCallException e) {
            if (e.errno() == Errno.EPERM || e.errno() == Errno.ENOSYS) {
                abort("io_uring is not available: " + e.getMessage());
            }
            throw e;
        }
    }
}
