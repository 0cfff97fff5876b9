package io.pcache.wake;

import java.util.concurrent.locks.LockSupport;

/** Wakes one thread. A raise that comes before the wait is not lost. Several raises count as one. */
public final class Signal {
    private volatile boolean raised;
    private volatile Thread waiter;

    /**
     * Wakes the waiting thread, or lets its next wait return at once. From any thread. Cheap when the signal is raised
     * already.
     */
    public void raise() {
        if (raised) {
            return;
        }
        raised = true;
        Thread thread = waiter;
        if (thread != null) {
            LockSupport.unpark(thread);
        }
    }

    /** Waits until the signal is raised, and takes it down. */
    public void await() {
        awaitNanos(Long.MAX_VALUE);
    }

    /**
     * Waits until the signal is raised, and takes it down, or until the time is over.
     *
     * @return whether the signal was raised
     */
    public boolean awaitNanos(long nanos) {
        // The machine's clock wakes a parked thread, whatever clock the agent goes by.
        long deadline = System.nanoTime() + nanos;
        waiter = Thread.currentThread();
        while (!raised) {
            if (nanos == Long.MAX_VALUE) {
                LockSupport.park(this);
            } else {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    break;
                }
                LockSupport.parkNanos(this, left);
            }
        }
        waiter = null;
        boolean wasRaised = raised;
        raised = false;
        return wasRaised;
    }
}
