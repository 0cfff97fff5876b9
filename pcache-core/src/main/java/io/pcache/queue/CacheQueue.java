package io.pcache.queue;

import io.pcache.backing.BackingQueue;
import io.pcache.backingleg.BackingLeg;
import io.pcache.backingleg.Fill;
import io.pcache.cacheleg.CacheLeg;
import io.pcache.health.Health;
import io.pcache.media.DeviceLayout;
import io.pcache.request.Request;
import io.pcache.request.RequestQueue;
import io.pcache.stats.QueueStats;
import io.pcache.sys.Errno;
import io.pcache.wake.SpaceWaiters;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A thread's queue into the cache: takes requests in and sends each on its way. See the package's map.
 *
 * <p>Requests that cannot go on wait in the order in which they came: writes for a free segment or room in the log,
 * reads for a free {@link Fill}, flushes for the committer. When they can go on, the thread that has made this possible
 * wakes the queue's thread, which goes on in {@link #poll}. Nothing is retried on a timer.
 *
 * <p>All methods are hot, for the owning thread only, and allocate nothing in steady state.
 */
public final class CacheQueue implements RequestQueue {
    private final Health health;
    private final SpaceWaiters waiters;
    private final BackingQueue backing;
    private final boolean ownsBacking;
    private final long sizeBytes;
    private final SpaceWaiters.Waiter waiter;
    private final QueueStats stats;
    private final Join join;
    private final CacheLeg cacheLeg;
    private final BackingLeg backingLeg;
    private final Flushes flushes;
    private final Writes writes;
    private final Reads reads;
    private final Throughs throughs;
    private final Consumer<Request> given;

    /**
     * @param sizeBytes of the device
     * @param backing this thread's way to the backing device
     * @param ownsBacking whether {@link #poll} and {@link #close} are passed on to {@code backing}
     * @param waiter this queue's flags, among those of all queues
     */
    CacheQueue(
            long sizeBytes,
            BackingQueue backing,
            boolean ownsBacking,
            Health health,
            SpaceWaiters waiters,
            SpaceWaiters.Waiter waiter,
            QueueStats stats,
            Join join,
            CacheLeg cacheLeg,
            BackingLeg backingLeg,
            Flushes flushes,
            Writes writes,
            Reads reads,
            Throughs throughs) {
        this.sizeBytes = sizeBytes;
        this.backing = backing;
        this.ownsBacking = ownsBacking;
        this.health = health;
        this.waiters = waiters;
        this.waiter = waiter;
        this.stats = stats;
        this.join = join;
        this.cacheLeg = cacheLeg;
        this.backingLeg = backingLeg;
        this.flushes = flushes;
        this.writes = writes;
        this.reads = reads;
        this.throughs = throughs;
        this.given = request -> join.ends(request, -Errno.EIO);
    }

    @Override
    public void submit(Request request) {
        join.begin(request);
        int error = check(request);
        if (error != 0) {
            join.ends(request, error);
            return;
        }
        switch (request.op()) {
            case READ -> reads.read(request);
            case WRITE, WRITE_ZEROES -> writes.write(request);
            case FLUSH -> flushes.flush(request);
            default -> join.ends(request, -Errno.EOPNOTSUPP);
        }
    }

    private int check(Request request) {
        if (health.isStopped()) {
            return -Errno.EIO;
        }
        if (request.op() == Request.Op.FLUSH) {
            return 0;
        }
        long offset = request.offset();
        long length = request.length();
        boolean inside = offset >= 0 && length > 0 && offset <= sizeBytes - length;
        return inside && (offset | length) % DeviceLayout.SECTOR_BYTES == 0 ? 0 : -Errno.EINVAL;
    }

    @Override
    public int poll() {
        int steps = ownsBacking ? backing.poll() : 0;
        steps += cacheLeg.poll();
        steps += flushes.resume();
        steps += writes.resume();
        steps += reads.resume();
        steps += throughs.resume();
        shareSpace();
        if (steps == 0) {
            cacheLeg.endRound();
        }
        cacheLeg.kick();
        backing.kick();
        return steps;
    }

    @Override
    public boolean holdsBack() {
        return cacheLeg.holdsBack();
    }

    /**
     * Gives up the rest of this queue's segment if another queue waits for space and this one does not need it.
     * Otherwise the rest may keep the other queue waiting for good.
     */
    private void shareSpace() {
        if (cacheLeg.hasOpenSegment() && !writes.needsSpace() && waiters.isSpaceWanted()) {
            cacheLeg.closeSegment();
        }
    }

    @Override
    public int inFlight() {
        return join.inFlight();
    }

    @Override
    public void giveUp(Predicate<Request> which) {
        flushes.giveUp(which);
        writes.giveUp(which);
        reads.giveUp(which);
        cacheLeg.giveUp(which, given);
        backingLeg.giveUp(which, given);
    }

    @Override
    public boolean isIdle() {
        return inFlight() == 0 && cacheLeg.isIdle() && backingLeg.isIdle();
    }

    @Override
    public void close() {
        if (!isIdle()) {
            throw new IllegalStateException("closed with requests or transfers under way");
        }
        waiters.remove(waiter);
        cacheLeg.closeSegment();
        cacheLeg.close();
        backingLeg.close();
        stats.close();
        if (ownsBacking) {
            backing.close();
        }
    }
}
