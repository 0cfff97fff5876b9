package io.pcache.queue;

import io.pcache.backing.BackingDevice;
import io.pcache.backing.BackingQueue;
import io.pcache.backingleg.BackingLeg;
import io.pcache.backingleg.Fill;
import io.pcache.backingleg.ThroughWrite;
import io.pcache.cache.TransferBuffers;
import io.pcache.cacheleg.CacheLeg;
import io.pcache.cacheleg.DeviceLeg;
import io.pcache.cacheleg.MemoryLeg;
import io.pcache.flight.BackingFlushes;
import io.pcache.flight.Flights;
import io.pcache.health.Health;
import io.pcache.index.CacheIndex;
import io.pcache.log.KeyLog;
import io.pcache.persist.Committer;
import io.pcache.policy.Admission;
import io.pcache.policy.WriteRate;
import io.pcache.request.BlockDevice;
import io.pcache.request.Request;
import io.pcache.request.RequestQueue;
import io.pcache.route.CacheMode;
import io.pcache.route.Router;
import io.pcache.segment.CachedData;
import io.pcache.stats.CacheStats;
import io.pcache.stats.QueueStats;
import io.pcache.wake.Doorbells;
import io.pcache.wake.SpaceWaiters;

/**
 * Opens the queues of a cache: puts together what all queues share and what each queue has for itself. Safe for use by
 * any thread.
 */
public final class CacheQueues {
    private final CacheMode mode;
    private final long sizeBytes;
    private final int backingBlock;
    private final CachedData data;
    private final BackingDevice device;
    private final TransferBuffers transferBuffers;
    private final CacheIndex index;
    private final KeyLog log;
    private final Flights flights;
    private final BackingFlushes backingFlushes;
    private final WriteRate rate;
    private final Admission admission;
    private final Committer committer;
    private final Doorbells doorbells;
    private final Health health;
    private final CacheStats stats;

    /**
     * @param sizeBytes of the device
     * @param device the cache device, for transfers of data; null where data goes by the device's memory
     * @param backingBlock the backing device's logical block in bytes, at most 4096
     */
    public CacheQueues(
            CacheMode mode,
            long sizeBytes,
            int backingBlock,
            CachedData data,
            BackingDevice device,
            TransferBuffers transferBuffers,
            CacheIndex index,
            KeyLog log,
            Flights flights,
            BackingFlushes backingFlushes,
            WriteRate rate,
            Admission admission,
            Committer committer,
            Doorbells doorbells,
            Health health,
            CacheStats stats) {
        this.mode = mode;
        this.sizeBytes = sizeBytes;
        this.backingBlock = backingBlock;
        this.data = data;
        this.device = device;
        this.transferBuffers = transferBuffers;
        this.index = index;
        this.log = log;
        this.flights = flights;
        this.backingFlushes = backingFlushes;
        this.rate = rate;
        this.admission = admission;
        this.committer = committer;
        this.doorbells = doorbells;
        this.health = health;
        this.stats = stats;
    }

    /** Whether no transfer is entered among the flights any more. For the time when all queues are closed. */
    public boolean areIdle() {
        return flights.isEmpty();
    }

    /**
     * @param backing the thread's way to the backing device
     * @param ownsBacking whether {@link RequestQueue#poll} and {@link RequestQueue#close} are passed on to
     *     {@code backing}
     * @param wake see {@link BlockDevice#openQueue}
     */
    public RequestQueue open(BackingQueue backing, boolean ownsBacking, Runnable wake) {
        SpaceWaiters waiters = doorbells.queues();
        SpaceWaiters.Waiter waiter = waiters.add(wake);
        QueueStats queueStats = stats.openQueue();
        Join join = new Join(queueStats, health);
        CacheLeg cacheLeg = device == null
                ? new MemoryLeg(data, index, log, flights, rate, committer, doorbells, health, queueStats)
                : new DeviceLeg(
                        data,
                        device.openQueue(wake),
                        transferBuffers,
                        index,
                        log,
                        flights,
                        rate,
                        committer,
                        doorbells,
                        health,
                        queueStats);
        BackingLeg backingLeg = new BackingLeg(
                index,
                flights,
                backingFlushes,
                backing,
                backingBlock,
                Router.writesThrough(mode),
                doorbells,
                health,
                stats);
        Flushes flushes = new Flushes(mode, log, committer, backingLeg, backingFlushes, waiter, join);
        Throughs throughs = new Throughs(cacheLeg, backingLeg, log, committer, waiter, health, join);
        Writes writes = new Writes(mode, cacheLeg, throughs, log, doorbells, waiter, join, health, stats);
        Reads reads = new Reads(
                mode, index, data.segments(), cacheLeg, backingLeg, writes, admission, health, queueStats, join);
        join.durableBy(flushes::flush);
        cacheLeg.steeredBy(new CacheLeg.Steering() {
            @Override
            public void loadBegun(Request request) {
                join.begins(request);
            }

            @Override
            public void loaded(Request request, int error) {
                join.ends(request, error);
            }

            @Override
            public void damaged(Request request, int subtree, long extent) {
                reads.damaged(request, subtree, extent);
            }

            @Override
            public void storeBegun(Request request, Object attachment) {
                join.begins(request);
                if (attachment != null) {
                    throughs.storeBegun((ThroughWrite) attachment);
                }
            }

            @Override
            public void stored(Request request, Object attachment, int error) {
                if (attachment != null) {
                    throughs.storeEnded((ThroughWrite) attachment, error);
                }
                if (request != null) {
                    join.ends(request, error);
                }
            }
        });
        backingLeg.steeredBy(new BackingLeg.Steering() {
            @Override
            public void filled(Fill fill, int result) {
                reads.filled(fill, result);
            }

            @Override
            public void written(ThroughWrite write, int result) {
                throughs.written(write, result);
            }
        });
        return new CacheQueue(
                sizeBytes,
                backing,
                ownsBacking,
                health,
                waiters,
                waiter,
                queueStats,
                join,
                cacheLeg,
                backingLeg,
                flushes,
                writes,
                reads,
                throughs);
    }
}
