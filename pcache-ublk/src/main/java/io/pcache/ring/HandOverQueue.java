package io.pcache.ring;

import io.pcache.backing.BackingIo;
import io.pcache.backing.BackingIoList;
import io.pcache.backing.BackingIoStack;
import io.pcache.backing.BackingQueue;

/**
 * A queue that has its transfers made by a {@link BackingThread}. The owner and the backing thread have a half each,
 * and share nothing but two stacks. Allocates nothing.
 */
final class HandOverQueue implements BackingQueue {
    private final BackingThread backing;
    private final Runnable wake;
    private final BackingIoStack submitted = new BackingIoStack();
    private final BackingIoStack ended = new BackingIoStack();

    // The owner's half.
    private final BackingIoList completed = new BackingIoList();
    private int inFlight;
    private boolean unkicked;

    // The backing thread's half.
    private final BackingIoList waiting = new BackingIoList();
    private boolean wakeNeeded;

    HandOverQueue(BackingThread backing, Runnable wake) {
        this.backing = backing;
        this.wake = wake;
    }

    @Override
    public void submit(BackingIo io) {
        inFlight++;
        submitted.push(io);
        unkicked = true;
    }

    @Override
    public void kick() {
        if (unkicked) {
            unkicked = false;
            backing.wake();
        }
    }

    @Override
    public int poll() {
        ended.moveTo(completed);
        int count = 0;
        for (BackingIo io = completed.poll(); io != null; io = completed.poll()) {
            inFlight--;
            count++;
            io.end(io.result);
        }
        return count;
    }

    @Override
    public int inFlight() {
        return inFlight;
    }

    @Override
    public void close() {
        if (inFlight != 0) {
            throw new IllegalStateException(inFlight + " transfers in flight");
        }
        backing.closeQueue(this);
    }

    /** On the backing thread: the next transfer to make, or null. */
    BackingIo next() {
        if (waiting.isEmpty()) {
            submitted.moveTo(waiting);
        }
        return waiting.poll();
    }

    /** On the backing thread: takes a transfer that has ended. */
    void ended(BackingIo io) {
        // If the stack was not empty, the owner has been woken for the stack already, and has not looked yet.
        wakeNeeded |= ended.push(io);
    }

    /** On the backing thread, once a round: many ends, but one wake-up. */
    void wakeOwner() {
        if (wakeNeeded) {
            wakeNeeded = false;
            wake.run();
        }
    }
}
