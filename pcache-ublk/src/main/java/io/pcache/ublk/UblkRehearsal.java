package io.pcache.ublk;

import io.pcache.engine.Rehearsal;
import io.pcache.request.BlockDevice;
import io.pcache.ring.Ring;
import io.pcache.ring.RingConfig;
import io.pcache.ring.Wakeup;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Sends requests to a scratch device from a thread with a ring of its own, as a queue of the front end does, so that
 * the JIT compiles the transfers on a ring. The commands of the ublk driver are not rehearsed: they need a device.
 */
public final class UblkRehearsal implements Rehearsal.Player {
    private static final int ENTRIES = 256;
    /** For transfers of the cache device and of the backing device, as on a queue's ring, and for the wake-up. */
    private static final int COMPLETIONS = 512 + ENTRIES;

    /** Rings with transfers that did not end. The kernel may still write to the buffers that these rings keep. */
    private static final List<Ring> ABANDONED = new CopyOnWriteArrayList<>();

    private final int mostRounds;

    public UblkRehearsal() {
        this(Rehearsal.MAX_ROUNDS);
    }

    UblkRehearsal(int mostRounds) {
        this.mostRounds = mostRounds;
    }

    @Override
    public int play(BlockDevice device, long endNanos) throws IOException {
        // The thread that makes a cache must have no ring: queues that are opened there would take this ring.
        FutureTask<Integer> rounds = new FutureTask<>(() -> playHere(device, endNanos));
        Thread thread = new Thread(rounds, "pcache-rehearsal");
        thread.setDaemon(true);
        thread.start();
        try {
            return rounds.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted").initCause(e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
        }
    }

    private int playHere(BlockDevice device, long endNanos) throws IOException {
        Ring ring = Ring.open(RingConfig.forThread(ENTRIES, COMPLETIONS));
        ring.shareOnThread();
        boolean idle = true;
        try (Wakeup wakeup = new Wakeup(ring)) {
            idle = false;
            int rounds = Rehearsal.requests(device, mostRounds, endNanos, new RingRest(ring, wakeup));
            idle = true;
            return rounds;
        } catch (IOException e) {
            // A request has failed; the queue has been closed all the same.
            idle = true;
            throw e;
        } finally {
            if (idle) {
                ring.close();
            } else {
                ABANDONED.add(ring);
            }
        }
    }

    /** Waits in the ring. */
    private record RingRest(Ring ring, Wakeup wakeup) implements Rehearsal.Rest {
        @Override
        public void wake() {
            wakeup.wake();
        }

        @Override
        public boolean await(long endNanos) {
            // A queue of the front end makes this call, which has no limit of time. Most transfers of a file in memory
            // end within the call.
            ring.submitAndWait(0);
            if (ring.dispatch() == 0 && wakeup.beginSleep()) {
                long left = endNanos - System.nanoTime();
                boolean inTime = left > 0 && ring.submitAndWait(1, left);
                wakeup.endSleep();
                ring.dispatch();
                return inTime;
            }
            return true;
        }
    }
}
