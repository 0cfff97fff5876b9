package io.pcache.wake;

/**
 * Who wakes whom, in one place. Code that has brought an event about rings here by the name of the event. The method of
 * that name says which agents and queues the event concerns.
 *
 * <pre>
 *  event                         commit  write-back  gc  memory  prepare  discard  queues that wait  all queues
 *  keySetOpened (timer is off)     x
 *  commitWanted                    x
 *  committed                               x         x                                   x
 *  dirtyTailAdvanced                                 x
 *  segmentRetired                                    x
 *  segmentsShort                                                    x
 *  segmentFreed                                                              x           x
 *  spaceMade                                                                             x
 *  memoryShort                                             x
 *  spaceWanted                     x       x         x     x                                               x
 *  logRefused                                                                                              x
 *  flightEnded                             x                                                               x
 *  retryWanted                             x         x
 *  gcThresholdChanged                                x
 * </pre>
 *
 * Safe for use by any thread. No method blocks. A ring that comes before its agent waits is not lost.
 */
public final class Doorbells {
    private final Signal commit = new Signal();
    private final Signal writeBack = new Signal();
    private final Signal gc = new Signal();
    private final Signal memory = new Signal();
    private final Signal prepare = new Signal();
    private final Signal discard = new Signal();
    private final SpaceWaiters queues;
    private volatile boolean commitTimerArmed;

    /** @param queues the request queues of the cache */
    public Doorbells(SpaceWaiters queues) {
        this.queues = queues;
    }

    // ---- the agents' own signals, each awaited by one agent

    public Signal commit() {
        return commit;
    }

    public Signal writeBack() {
        return writeBack;
    }

    public Signal gc() {
        return gc;
    }

    public Signal memory() {
        return memory;
    }

    public Signal prepare() {
        return prepare;
    }

    public Signal discard() {
        return discard;
    }

    public SpaceWaiters queues() {
        return queues;
    }

    // ---- events

    /** The open key-set has got its first key, and its time to wait begins. Hot. */
    public void keySetOpened() {
        if (!commitTimerArmed || queues.isSpaceWanted()) {
            commit.raise();
        }
    }

    /**
     * Says whether the commit agent looks at the open key-set by itself after a time. If so, {@link #keySetOpened} need
     * not wake the agent. Called by that agent.
     */
    public void armCommitTimer(boolean armed) {
        commitTimerArmed = armed;
    }

    public boolean isCommitTimerArmed() {
        return commitTimerArmed;
    }

    /** A key-set is sealed, and the commit agent is to write it. Hot. */
    public void commitWanted() {
        commit.raise();
    }

    /** Key-sets have become durable: flushes end, and write-back has work. The log may have begun a segment. */
    public void committed() {
        queues.wake();
        writeBack.raise();
        gc.raise();
    }

    /** Write-back has passed key-sets; now the collector may pass them, too. */
    public void dirtyTailAdvanced() {
        gc.raise();
    }

    /** The last reference to a segment has gone: the collector frees the segment. */
    public void segmentRetired() {
        gc.raise();
    }

    /** Fewer free segments are prepared than should be. */
    public void segmentsShort() {
        prepare.raise();
    }

    /** A segment is free. Where segments are discarded, this is one to be discarded. */
    public void segmentFreed() {
        discard.raise();
        spaceMade();
    }

    /** A segment can be taken, or the log or the index has room. */
    public void spaceMade() {
        queues.wake();
    }

    /** The index or the checksums want memory from the system. */
    public void memoryShort() {
        memory.raise();
    }

    /**
     * A write found no room. There are several reasons: keys in memory, and segments that other queues have begun, keep
     * space in use; dirty data keeps the collector back; the collector may not be running.
     */
    public void spaceWanted() {
        commit.raise();
        writeBack.raise();
        gc.raise();
        memory.raise();
        queues.wakeAll();
    }

    /** The log accepts nothing any more: requests that wait for room have to fail. */
    public void logRefused() {
        queues.wakeAll();
    }

    /** A transfer, or a flush of the backing device, has ended for which others wait. */
    public void flightEnded() {
        queues.wakeAll();
        writeBack.raise();
    }

    /** An operator wants work that has failed to be tried again at once. */
    public void retryWanted() {
        writeBack.raise();
        gc.raise();
    }

    /** The collector's threshold, the share of used segments from which on it runs, has changed. */
    public void gcThresholdChanged() {
        gc.raise();
    }
}
