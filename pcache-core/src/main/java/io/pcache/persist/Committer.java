package io.pcache.persist;

import io.pcache.agent.Agent;
import io.pcache.clock.Clock;
import io.pcache.health.Health;
import io.pcache.log.KeyLog;
import io.pcache.memory.CacheMemoryException;
import io.pcache.wake.Doorbells;
import io.pcache.wake.Signal;

/**
 * Commits the log. There are four occasions: key-sets are full; a flush wants its keys durable; a queue waits for space
 * (keys that are not committed keep segments from being freed); the oldest key has waited for a second.
 *
 * <p>On persistent memory the calling thread commits each full key-set; a key-set costs two store fences. Elsewhere a
 * commit costs system calls, and flushes of the device. There this agent's thread commits for all that wait, so that
 * one flush of the device serves every FLUSH that came before it. Full key-sets that nobody waits for are committed
 * {@value #GATHERED} at a time.
 */
public final class Committer implements Agent {
    /** How long a key may wait in an open key-set. The kernel's target has the same limit. */
    static final long MAX_WAIT_NANOS = 1_000_000_000L;

    /**
     * How many full key-sets are committed together when nobody waits: a quarter of those that can be on their way, so
     * that writes go on during the commit.
     */
    static final int GATHERED = 16;

    private final KeyLog log;
    private final boolean inline;
    private final Health health;
    private final Doorbells doorbells;
    private final Clock clock;
    /** @param inline whether a thread that fills a key-set, or flushes, commits the key-set itself */
    public Committer(KeyLog log, boolean inline, Health health, Doorbells doorbells, Clock clock) {
        this.log = log;
        this.inline = inline;
        this.health = health;
        this.doorbells = doorbells;
        this.clock = clock;
    }

    /** To be called after a key was appended: takes care of a key-set that the key has filled. Hot. */
    public void appended() {
        if (log.sealed() >= (inline ? 1 : GATHERED)) {
            commitOrWake();
        }
    }

    /**
     * Makes every key accepted so far durable, or has the agent do so.
     *
     * @return the number to ask {@link #isCommitted} for
     */
    public long flush() {
        long target = log.seal();
        if (!log.isCommitted(target)) {
            commitOrWake();
        }
        return target;
    }

    /** Whether the flush that returned this number is done. */
    public boolean isCommitted(long target) {
        return log.isCommitted(target);
    }

    private void commitOrWake() {
        if (inline) {
            commit();
        } else {
            doorbells.commitWanted();
        }
    }

    private boolean commit() {
        if (log.failure() != null || log.sealed() == 0) {
            return false;
        }
        try {
            log.commit();
        } catch (CacheMemoryException e) {
            health.cacheFailed(e);
        }
        doorbells.committed();
        return true;
    }

    @Override
    public boolean doWork() {
        boolean worked = commit();
        doorbells.armCommitTimer(true);
        long since = log.waitingSinceNanos();
        if (since == 0) {
            // A key that came just before this store has found the timer armed, and has not woken this thread. So the
            // log is looked at again.
            doorbells.armCommitTimer(false);
            since = log.waitingSinceNanos();
            doorbells.armCommitTimer(since != 0);
        }
        if (since != 0 && (doorbells.queues().isSpaceWanted() || clock.nanoTime() - since >= MAX_WAIT_NANOS)) {
            log.seal();
            return commit() || worked;
        }
        return worked;
    }

    @Override
    public long idleNanos() {
        if (log.failure() != null) {
            return NEVER;
        }
        long since = log.waitingSinceNanos();
        if (since == 0) {
            // Other threads have committed the key-set meanwhile. One more round disarms the timer.
            return doorbells.isCommitTimerArmed() ? 0 : NEVER;
        }
        return Math.max(0, MAX_WAIT_NANOS - (clock.nanoTime() - since));
    }

    /** Flushes wait for this agent. */
    @Override
    public boolean inBackground() {
        return false;
    }

    @Override
    public Signal signal() {
        return doorbells.commit();
    }

    @Override
    public String waitsFor() {
        return "the cache device";
    }

    @Override
    public String name() {
        return "commit";
    }
}
