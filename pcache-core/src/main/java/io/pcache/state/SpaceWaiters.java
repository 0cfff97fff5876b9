package io.pcache.state;

import java.util.concurrent.CopyOnWriteArrayList;

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
        private volatile boolean waiting;

        private Waiter(Runnable wake) {
            this.wake = wake;
        }

        /** By the queue's thread. */
        public void setWaiting(boolean waiting) {
            this.waiting = waiting;
        }
    }

    private final CopyOnWriteArrayList<Waiter> waiters = new CopyOnWriteArrayList<>();
    private volatile int wantingSpace;

    public Waiter add(Runnable wake) {
        Waiter waiter = new Waiter(wake);
        waiters.add(waiter);
        return waiter;
    }

    public void remove(Waiter waiter) {
        waiters.remove(waiter);
    }

    /** Something was brought about: wakes the queues that wait. From any thread. */
    public void wake() {
        for (int i = 0; i < waiters.size(); i++) {
            Waiter waiter = waiters.get(i);
            if (waiter.waiting) {
                waiter.wake.run();
            }
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
