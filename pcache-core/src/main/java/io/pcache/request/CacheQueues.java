package io.pcache.request;

import io.pcache.backing.BackingQueue;
import io.pcache.flight.PendingFills;
import io.pcache.health.Health;
import io.pcache.index.CacheIndex;
import io.pcache.log.KeyLog;
import io.pcache.persist.Committer;
import io.pcache.placement.Placement;
import io.pcache.placement.WriteThrottle;
import io.pcache.segment.CachedData;
import io.pcache.stats.CacheStats;
import io.pcache.stats.QueueStats;
import io.pcache.wake.SpaceWaiters;

/**
 * Opens the queues of one cache: puts together what all queues share and what each has for itself. Safe for use by any
 * thread.
 */
public final class CacheQueues {
    private final long sizeBytes;
    private final int backingBlock;
    private final CachedData data;
    private final CacheIndex index;
    private final KeyLog log;
    private final WriteThrottle throttle;
    private final Committer committer;
    private final SpaceWaiters waiters;
    private final SpaceWanted spaceWanted;
    private final Health health;
    private final CacheStats stats;
    private final PendingFills pending = new PendingFills();

    /**
     * @param sizeBytes of the device
     * @param backingBlock the backing device's logical block in bytes, at most 4096
     * @param spaceWanted called when a write finds no room
     */
    public CacheQueues(
            long sizeBytes,
            int backingBlock,
            CachedData data,
            CacheIndex index,
            KeyLog log,
            WriteThrottle throttle,
            Committer committer,
            SpaceWaiters waiters,
            SpaceWanted spaceWanted,
            Health health,
            CacheStats stats) {
        this.sizeBytes = sizeBytes;
        this.backingBlock = backingBlock;
        this.data = data;
        this.index = index;
        this.log = log;
        this.throttle = throttle;
        this.committer = committer;
        this.waiters = waiters;
        this.spaceWanted = spaceWanted;
        this.health = health;
        this.stats = stats;
    }

    /**
     * @param backing the thread's way to the backing device
     * @param ownsBacking whether {@link RequestQueue#poll} and {@link RequestQueue#close} are to be passed on to it
     * @param wake see {@link BlockDevice#openQueue}
     */
    public RequestQueue open(BackingQueue backing, boolean ownsBacking, Runnable wake) {
        SpaceWaiters.Waiter waiter = waiters.add(wake);
        QueueStats queueStats = stats.openQueue();
        Completion completion = new Completion(queueStats);
        Placement placement = new Placement(data);
        FlushPath flushes = new FlushPath(log, committer, waiter, completion);
        WritePath writes = new WritePath(
                data.segments(),
                index,
                log,
                pending,
                throttle,
                committer,
                spaceWanted,
                waiters,
                waiter,
                placement,
                flushes,
                completion,
                health,
                stats);
        ReadPath reads = new ReadPath(data, index, health, queueStats, completion);
        FillPath fills = new FillPath(
                data.segments(),
                index,
                log,
                pending,
                committer,
                placement,
                writes,
                backing,
                backingBlock,
                health,
                queueStats,
                reads);
        reads.missesGoTo(fills);
        return new CacheQueue(
                sizeBytes,
                backing,
                ownsBacking,
                waiters,
                waiter,
                queueStats,
                completion,
                placement,
                flushes,
                writes,
                reads,
                fills);
    }
}
