package io.pcache.ring;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.backing.BackingDevice;
import io.pcache.backing.BackingDeviceSuite;
import io.pcache.backing.BackingFile;
import io.pcache.backing.BackingIo;
import io.pcache.backing.BackingQueue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** The device's own thread makes the transfers. */
class UringBackingTest extends BackingDeviceSuite {
    // Not a semaphore, whose waiting allocates: this suite measures that.
    private volatile boolean woken;

    @Override
    protected BackingDevice openDevice(String path) throws IOException {
        IoUringRequired.check();
        return new UringBacking(BackingFile.open(path));
    }

    @Override
    protected BackingQueue openQueue(BackingDevice device) {
        Thread thread = Thread.currentThread();
        return device.openQueue(() -> {
            woken = true;
            LockSupport.unpark(thread);
        });
    }

    @Override
    protected void awaitEnds() {
        while (!woken) {
            LockSupport.park();
        }
        woken = false;
    }

    @Override
    protected boolean allocationFree() {
        return true;
    }

    @Test
    void openerPrefersTheRing() throws Exception {
        IoUringRequired.check();
        device = BackingOpener.open(file(1 << 16).toString());
        assertThat(device).isInstanceOf(UringBacking.class);
        assertThat(device.describe()).endsWith("by io_uring");
    }

    @Test
    void servesManyQueuesAtOnce() throws Exception {
        IoUringRequired.check();
        device = openDevice(file(1 << 20).toString());
        AtomicInteger wrong = new AtomicInteger();
        Thread[] threads = new Thread[6];
        for (int t = 0; t < threads.length; t++) {
            int index = t;
            threads[t] = new Thread(() -> {
                Semaphore own = new Semaphore(0);
                ByteBuffer buffer = buffer(BLOCK);
                try (BackingQueue mine = device.openQueue(own::release)) {
                    for (int i = 1; i <= 500; i++) {
                        Io io = new Io();
                        buffer.putInt(0, i);
                        mine.submit(io.prepare(BackingIo.Kind.WRITE, (long) index * BLOCK, buffer, 0, BLOCK));
                        finish(mine, own);
                        buffer.putInt(0, 0);
                        mine.submit(io.prepare(BackingIo.Kind.READ, (long) index * BLOCK, buffer, 0, BLOCK));
                        finish(mine, own);
                        if (io.result != 0 || buffer.getInt(0) != i) {
                            wrong.incrementAndGet();
                        }
                    }
                } catch (InterruptedException e) {
                    wrong.incrementAndGet();
                }
            });
            threads[t].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(wrong).hasValue(0);
    }

    private static void finish(BackingQueue queue, Semaphore woken) throws InterruptedException {
        queue.kick();
        while (queue.inFlight() > 0) {
            woken.acquire();
            queue.poll();
        }
    }
}
