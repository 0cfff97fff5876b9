package io.pcache.wake;

import io.pcache.clock.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Request queues, and whether they wait for something that another thread brings about: a free segment, room in the log
 * or in the index, a committed key-set.
 *
 * <p>A queue that waits sets its flag, then checks once more whether it can go on. A thread that brings something about
 * does this first, then looks at the flags. One of the two sees the other, so no wake-up is lost.
 */
public final class SpaceWaiters {

    /** The flags of one queue. */
    public static final class Waiter {
        private final Runnable wake;
        private final String owner = Thread.currentThread().getName();
        private boolean forSpace;
        private boolean forCommit;
        private boolean forKeys;
        private volatile boolean waiting;
        /** The turn of the queue's first write that waits for room; 0 if none waits. */
        private volatile long turn;

        private volatile long sinceNanos;
        private volatile boolean yields;
        private final SpaceWaiters all;

        private Waiter(SpaceWaiters all, Runnable wake) {
            this.all = all;
            this.wake = wake;
        }

        /** Says whether a write waits for a segment, or for room in the log or the index. By the queue's thread. */
        public void setWaitingForSpace(boolean waits) {
            forSpace = waits;
            waiting = forSpace || forCommit || forKeys;
            if (!waits) {
                turn = 0;
                all.wakeYielding();
            }
        }

        /** Says whether a flush waits for a commit. By the queue's thread. */
        public void setWaitingForCommit(boolean waits) {
            forCommit = waits;
            waiting = forSpace || forCommit || forKeys;
        }

        /**
         * Says whether a write that is to go to the backing device waits for its keys to be durable. By the queue's
         * thread.
         */
        public void setWaitingForKeys(boolean waits) {
            forKeys = waits;
            waiting = forSpace || forCommit || forKeys;
        }

        /**
         * Says which write of the queue is the first that waits for room, and since when it has waited. By the queue's
         * thread.
         */
        public void showFirst(long firstTurn, long firstSinceNanos) {
            sinceNanos = firstSinceNanos;
            if (turn != firstTurn) {
                turn = firstTurn;
                all.wakeYielding();
            }
        }

        /**
         * Says whether the queue's first write waits for writes of other queues to have their turn. Returns whether
         * this is new. By the queue's thread.
         */
        public boolean setYielding(boolean yielding) {
            boolean begins = yielding && !yields;
            yields = yielding;
            return begins;
        }

        /** Makes the queue's thread poll again. */
        public void wakeOwner() {
            wake.run();
        }
    }

    private final Clock clock;
    private final AtomicLong turns = new AtomicLong();
    /** Copied for each change: a queue may be opened or closed while others are woken. */
    private volatile Waiter[] waiters = {};

    private volatile int wantingSpace;

    public SpaceWaiters(Clock clock) {
        this.clock = clock;
    }

    public synchronized Waiter add(Runnable wake) {
        Waiter waiter = new Waiter(this, wake);
        Waiter[] more = Arrays.copyOf(waiters, waiters.length + 1);
        more[more.length - 1] = waiter;
        waiters = more;
        return waiter;
    }

    public synchronized void remove(Waiter waiter) {
        waiters = Arrays.stream(waiters).filter(other -> other != waiter).toArray(Waiter[]::new);
        notifyAll();
    }

    /**
     * Waits until all queues are closed.
     *
     * @param endNanos when to stop waiting, by the clock
     * @return the threads whose queues are still open
     */
    public synchronized List<String> awaitNone(long endNanos) throws InterruptedException {
        for (long left = endNanos - clock.nanoTime();
                waiters.length > 0 && left > 0;
                left = endNanos - clock.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return Arrays.stream(waiters).map(waiter -> waiter.owner).toList();
    }

    /** A new place in the order of the writes that wait for room, behind all places before. */
    public long nextTurn() {
        return turns.incrementAndGet();
    }

    /** Whether a write of another queue waits for room, and its turn is before this one. */
    public boolean isAnyBefore(Waiter own, long turn) {
        for (Waiter waiter : waiters) {
            long other = waiter.turn;
            if (waiter != own && other != 0 && other < turn && !waiter.yields) {
                return true;
            }
        }
        return false;
    }

    private void wakeYielding() {
        for (Waiter waiter : waiters) {
            if (waiter.yields) {
                waiter.wake.run();
            }
        }
    }

    /**
     * How long a queue's first waiting write has waited for room: the longest time over all queues, 0 if none waits.
     * From any thread.
     */
    public long longestWaitNanos() {
        long longest = 0;
        long now = clock.nanoTime();
        for (Waiter waiter : waiters) {
            if (waiter.turn != 0) {
                longest = Math.max(longest, now - waiter.sinceNanos);
            }
        }
        return longest;
    }

    /** Something was brought about: wakes the queues that wait. From any thread. */
    public void wake() {
        for (Waiter waiter : waiters) {
            if (waiter.waiting) {
                waiter.wake.run();
            }
        }
    }

    /** Wakes all queues, so that a queue which does not need the rest of its segment lets go of it. From any thread. */
    public void wakeAll() {
        for (Waiter waiter : waiters) {
            waiter.wake.run();
        }
    }

    /** A queue begins to wait for space; returns whether it is the first to wait. */
    public synchronized boolean spaceWanted() {
        return wantingSpace++ == 0;
    }

    /** A queue that has waited for space goes on. */
    public synchronized void spaceFound() {
        wantingSpace--;
    }

    /** Whether a queue waits for space, so that space must be freed whatever the GC threshold says. */
    public boolean isSpaceWanted() {
        return wantingSpace > 0;
    }
}
