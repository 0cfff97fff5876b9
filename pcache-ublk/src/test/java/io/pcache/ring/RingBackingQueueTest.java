package io.pcache.ring;

import io.pcache.backing.BackingDevice;
import io.pcache.backing.BackingDeviceSuite;
import io.pcache.backing.BackingQueue;
import io.pcache.sys.SystemCallException;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.AfterEach;

/** Transfers run on the test's own ring. The depth is less than what the suite has in flight, so that some wait. */
class RingBackingQueueTest extends BackingDeviceSuite {
    private Ring ring;

    @Override
    protected BackingDevice openDevice(String path) throws IOException {
        IoUringRequired.check();
        return UringBacking.open(path);
    }

    @Override
    protected BackingQueue openQueue(BackingDevice device) {
        try {
            if (ring == null) {
                ring = Ring.open(RingConfig.forThread(64, 256));
            }
            return ((UringBacking) device).openQueue(ring, 100);
        } catch (SystemCallException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    protected void awaitEnds() {
        ring.submitAndWait(1);
        ring.dispatch();
    }

    @Override
    protected boolean allocationFree() {
        return true;
    }

    // Runs before the suite's own, which closes the queue: closing the ring earlier would leave its registered file behind.
    @AfterEach
    void closeRing() throws Exception {
        if (queue != null) {
            queue.close();
            queue = null;
        }
        if (ring != null) {
            ring.close();
        }
    }
}
