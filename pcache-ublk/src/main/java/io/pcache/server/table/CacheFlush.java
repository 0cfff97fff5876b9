package io.pcache.server.table;

import io.pcache.request.BlockDevice;
import io.pcache.request.Request;
import io.pcache.request.RequestQueue;
import io.pcache.sys.Errno;
import java.io.IOException;
import java.util.concurrent.Semaphore;

/** A FLUSH request of this process's own. For the thread that makes the request. */
final class CacheFlush extends Request {
    private static final int UNDER_WAY = 1;

    private final BlockDevice device;
    private final Semaphore wake = new Semaphore(0);
    private int result = UNDER_WAY;

    CacheFlush(BlockDevice device) {
        this.device = device;
    }

    /** Returns when all that was acknowledged before is durable. */
    void await() throws IOException {
        try (RequestQueue queue = device.openQueue(null, wake::release)) {
            queue.submit(prepare(Op.FLUSH, 0, 0, false, null));
            while (result == UNDER_WAY) {
                if (queue.poll() == 0 && result == UNDER_WAY) {
                    wake.acquireUninterruptibly();
                }
            }
        }
        if (result < 0) {
            throw new IOException("flush failed: " + Errno.message(-result));
        }
    }

    @Override
    protected void completed(int outcome) {
        result = outcome;
    }
}
