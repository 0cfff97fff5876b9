package io.pcache.ring;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.backing.BackingDevice;
import io.pcache.backing.BackingDeviceSuite;
import io.pcache.backing.BackingFile;
import io.pcache.backing.BackingIo;
import io.pcache.backing.BackingQueue;
import io.pcache.sys.SystemCallException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Transfers run on the test's own ring. The depth is less than what the suite has in flight, so that some wait. */
@ExtendWith(OneThread.class)
class RingBackingQueueTest extends BackingDeviceSuite {
    private Ring ring;

    @Override
    protected BackingDevice openDevice(String path) throws IOException {
        IoUringRequired.check();
        return new UringBacking(BackingFile.open(path));
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

    @Test
    void threadThatSharesItsRingGetsItsQueueThere() throws Exception {
        device = openDevice(file(1 << 16).toString());
        ring = Ring.open(RingConfig.forThread(8, 32));
        ring.shareOnThread();
        for (int i = 0; i < 300; i++) {
            device.openQueue(() -> {}).close();
        }
        queue = device.openQueue(() -> {});
        assertThat(queue).isInstanceOf(RingBackingQueue.class);
        Io io = new Io();
        io.prepare(BackingIo.Kind.READ, 0, buffer(BLOCK), 0, BLOCK);
        assertThat(transfer(io)).isZero();
        closeRing();
        ring = null;
        assertThat(Ring.ofThread()).isNull();
        queue = device.openQueue(() -> {});
        assertThat(queue).isInstanceOf(HandOverQueue.class);
    }

    /** A ring has slots for a few pieces of memory; they come free again. */
    @Test
    void transfersOfMemoryThatWasAnnouncedAreOfThatMemory() throws Exception {
        device = openDevice(file(1 << 16).toString());
        queue = openQueue(device);
        for (int i = 0; i < 20; i++) {
            ByteBuffer memory = buffer(4 * BLOCK);
            queue.register(memory);
            memory.putLong(BLOCK, i + 1);
            Io io = new Io();
            io.prepare(BackingIo.Kind.WRITE, BLOCK, memory, BLOCK, BLOCK);
            assertThat(transfer(io)).isZero();
            io.prepare(BackingIo.Kind.READ, BLOCK, memory, 3 * BLOCK, BLOCK);
            assertThat(transfer(io)).isZero();
            assertThat(memory.getLong(3 * BLOCK)).isEqualTo(i + 1);
            queue.unregister(memory);
            memory.putLong(3 * BLOCK, 0);
            io.prepare(BackingIo.Kind.READ, BLOCK, memory, 3 * BLOCK, BLOCK);
            assertThat(transfer(io)).isZero();
            assertThat(memory.getLong(3 * BLOCK)).isEqualTo(i + 1);
        }
    }

    // Runs before the suite's own, which closes the queue: closing the ring earlier would leave its registered file
    // behind.
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
