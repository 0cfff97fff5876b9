package io.pcache.state;

import java.util.Arrays;

/**
 * Request queues, and whether they wait for something that another thread brings about: a free segment, room in the log or in the index, a
 * committed key-set.
 *
 * <p>The waiting queue sets its flag, then looks once more whether it can go on; who brings something about does so, then looks at the flags. One of
 * the two sees the other, so no wake-up is lost.
 */
public final class SpaceWaiters {

    /** One queue's flag. */
    public static final class Waiter {
        private final Runnable wake;
        private boolean forSpace;
        private boolean forCommit;
        private volatile boolean waiting;

        private Waiter(Runnable wake) {
            this.wake = wake;
        }

        /** Whether a write waits for a segment, or for room in the log or the index. By the queue's thread. */
        public void setWaitingForSpace(boolean waits) {
            forSpace = waits;
            waiting = forSpace || forCommit;
        }

        /** Whether a flush waits for a commit. By the queue's thread. */
        public void setWaitingForCommit(boolean waits) {
            forCommit = waits;
            waiting = forSpace || forCommit;
        }
    }

    /** Copied on each change: a queue may be opened or closed while others are woken. */
    private volatile Waiter[] waiters = {};
    private volatile int wantingSpace;

    public synchronized Waiter add(Runnable wake) {
        Waiter waiter = new Waiter(wake);
        Waiter[] more = Arrays.copyOf(waiters, waiters.length + 1);
        more[more.length - 1] = waiter;
        waiters = more;
        return waiter;
    }

    public synchronized void remove(Waiter waiter) {
        waiters = Arrays.stream(waiters).filter(other -> other != waiter).toArray(Waiter[]::new);
    }

    /** Something was brought about: wakes the queues that wait. From any thread. */
    public void wake() {
        for (Waiter waiter : waiters) {
            if (waiter.waiting) {
                waiter.wake.run();
            }
        }
    }

    /** Wakes all queues, so that those which do not need the rest of their segment let go of it. From any thread. */
    public void wakeAll() {
        for (Waiter waiter : waiters) {
            waiter.wake.run();
        }
    }

    /** A queue has begun to wait for space; returns whether it is the first. */
    public synchronized boolean spaceWanted() {
        return wantingSpace++ == 0;
    }

    /** A queue that waited for space goes on. */
    public synchronized void spaceFound() {
        wantingSpace--;
    }

    /** Whether a queue waits for space, so that space must be freed whatever the GC threshold says. */
    public boolean isSpaceWanted() {
        return wantingSpace > 0;
    }
}
