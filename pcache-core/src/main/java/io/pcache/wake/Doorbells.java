package io.pcache.wake;

/**
 * Who wakes whom, in one place. A part that has brought something about rings here by the name of the event; which
 * agents and queues the event concerns stands in the method of that name.
 *
 * <pre>
 *  event                         commit  write-back  gc  memory  prepare  queues that wait  all queues
 *  keySetOpened (timer is off)     x
 *  commitWanted                    x
 *  committed                               x         x                          x
 *  dirtyTailAdvanced                                 x
 *  segmentRetired                                    x
 *  segmentsShort                                                    x
 *  spaceMade                                                                    x
 *  memoryShort                                             x
 *  spaceWanted                     x       x         x     x                                      x
 *  logRefused                                                                                     x
 *  flightEnded                             x                                                      x
 *  retryWanted                             x         x
 *  gcThresholdChanged                                x
 * </pre>
 *
 * Safe for use by any thread. No method blocks; a ring that comes before its agent waits is not lost.
 */
public final class Doorbells {
    private final Signal commit = new Signal();
    private final Signal writeBack = new Signal();
    private final Signal gc = new Signal();
    private final Signal memory = new Signal();
    private final Signal prepare = new Signal();
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

    public SpaceWaiters queues() {
        return queues;
    }

    // ---- events

    /** A first key has come into an open key-set, whose time to wait begins. Hot. */
    public void keySetOpened() {
        if (!commitTimerArmed || queues.isSpaceWanted()) {
            commit.raise();
        }
    }

    /**
     * Says whether the commit agent looks at the open key-set by itself after a time, so that {@link #keySetOpened}
     * need not wake the agent. By that agent.
     */
    public void armCommitTimer(boolean armed) {
        commitTimerArmed = armed;
    }

    public boolean isCommitTimerArmed() {
        return commitTimerArmed;
    }

    /** A key-set is sealed that the commit agent is to write. Hot. */
    public void commitWanted() {
        commit.raise();
    }

    /** Key-sets have become durable: flushes end, write-back has work; the log may have begun a segment. */
    public void committed() {
        queues.wake();
        writeBack.raise();
        gc.raise();
    }

    /** Write-back has passed key-sets, which the collector may pass now. */
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

    /** A segment is free, or the log or the index has room. */
    public void spaceMade() {
        queues.wake();
    }

    /** The index or the checksums want memory from the system. */
    public void memoryShort() {
        memory.raise();
    }

    /**
     * A write found no room: keys in memory and segments that other queues have begun keep space in use, dirty data
     * keeps the collector back, the collector may not be running.
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

    /** A transfer has ended, or a flush of the backing device, for which others wait. */
    public void flightEnded() {
        queues.wakeAll();
        writeBack.raise();
    }

    /** An operator wants what failed to be tried again at once. */
    public void retryWanted() {
        writeBack.raise();
        gc.raise();
    }

    /** The share of used segments from which on the collector runs has changed. */
    public void gcThresholdChanged() {
        gc.raise();
    }
}
