package io.pcache.ring;

import io.pcache.backing.BackingFile;
import io.pcache.backing.BackingIo;
import io.pcache.sys.Halt;
import io.pcache.sys.SystemCallException;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * The thread that makes the transfers of all {@link HandOverQueue}s of a device, on a ring of its own. If the thread
 * fails, the process ends, because transfers would never complete.
 */
final class BackingThread implements Runnable {
    private static final HandOverQueue[] NONE = {};

    private final BackingFile file;
    private final int depth;
    private final Thread thread;
    private final CompletableFuture<Void> started = new CompletableFuture<>();
    private volatile HandOverQueue[] queues = NONE;
    private volatile boolean closing;
    private Wakeup wakeup;
    private RingTransfers<HandOverQueue> transfers;

    private BackingThread(BackingFile file, int depth) {
        this.file = file;
        this.depth = depth;
        this.thread = new Thread(this, "pcache-backing-ring");
        thread.setDaemon(true);
    }

    /** Returns when the ring works. */
    static BackingThread start(BackingFile file, int depth) throws SystemCallException {
        BackingThread backing = new BackingThread(file, depth);
        backing.thread.start();
        try {
            backing.started.join();
            return backing;
        } catch (CompletionException e) {
            if (e.getCause() instanceof SystemCallException refused) {
                throw refused;
            }
            throw e;
        }
    }

    @Override
    public void run() {
        // Room for all transfers, for the wake-up, and for the wake-up's removal from the ring.
        try (Ring ring = Ring.open(RingConfig.forThread(Math.min(depth, 256), depth + 2))) {
            transfers = new RingTransfers<>(ring, file, depth, HandOverQueue::ended);
            try (Wakeup ownWakeup = new Wakeup(ring)) {
                wakeup = ownWakeup;
                started.complete(null);
                serve(ring);
            }
            transfers.close();
        } catch (Throwable e) {
            if (!started.completeExceptionally(e)) {
                Halt.process(thread.getName() + " of " + file.path(), e);
            }
        }
    }

    private void serve(Ring ring) {
        while (!closing || transfers.inFlight() > 0) {
            admit();
            boolean sleep = wakeup.beginSleep();
            ring.submitAndWait(sleep ? 1 : 0);
            wakeup.endSleep();
            ring.dispatch();
            for (HandOverQueue queue : queues) {
                queue.wakeOwner();
            }
        }
    }

    // Takes one transfer from each queue in turn, so that a long row in one queue does not delay the others.
    private void admit() {
        final HandOverQueue[] all = queues;
        boolean more = true;
        while (more && transfers.hasRoom()) {
            more = false;
            for (HandOverQueue queue : all) {
                BackingIo io = transfers.hasRoom() ? queue.next() : null;
                if (io != null) {
                    transfers.submit(queue, io);
                    more = true;
                }
            }
        }
    }

    HandOverQueue openQueue(Runnable wake) {
        HandOverQueue queue = new HandOverQueue(this, wake);
        synchronized (this) {
            HandOverQueue[] all = Arrays.copyOf(queues, queues.length + 1);
            all[queues.length] = queue;
            queues = all;
        }
        return queue;
    }

    synchronized void closeQueue(HandOverQueue queue) {
        queues = Arrays.stream(queues).filter(other -> other != queue).toArray(HandOverQueue[]::new);
    }

    /** Tells the thread that there are transfers to fetch. From any thread. */
    void wake() {
        wakeup.wake();
    }

    /** Ends the thread. All queues must have been closed. */
    void close() {
        closing = true;
        wakeup.wake();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
