package io.pcache.request;

import io.pcache.backing.BackingQueue;
import io.pcache.media.DeviceLayout;
import io.pcache.placement.Placement;
import io.pcache.stats.QueueStats;
import io.pcache.sys.Errno;
import io.pcache.wake.SpaceWaiters;
import java.util.function.Predicate;

/**
 * A thread's queue into the cache: takes requests in and sends each its way. See the package's map.
 *
 * <p>What cannot go on waits in the order in which it came: writes for a free segment or room in the log, reads for a
 * free {@link Fill}, flushes for the committer. Whoever makes that possible wakes the queue's thread, which goes on in
 * {@link #poll}. Nothing is retried on a timer.
 *
 * <p>All methods are hot, for the owning thread only, and allocate nothing in steady state.
 */
public final class CacheQueue implements RequestQueue {
    private final SpaceWaiters waiters;
    private final BackingQueue backing;
    private final boolean ownsBacking;
    private final long sizeBytes;
    private final Placement placement;
    private final SpaceWaiters.Waiter waiter;
    private final QueueStats stats;
    private final Completion completion;
    private final FlushPath flushes;
    private final WritePath writes;
    private final ReadPath reads;
    private final FillPath fills;

    /**
     * @param sizeBytes of the device
     * @param backing this thread's way to the backing device
     * @param ownsBacking whether {@link #poll} and {@link #close} are to be passed on to it
     * @param waiter this queue's place among those that wait
     */
    CacheQueue(
            long sizeBytes,
            BackingQueue backing,
            boolean ownsBacking,
            SpaceWaiters waiters,
            SpaceWaiters.Waiter waiter,
            QueueStats stats,
            Completion completion,
            Placement placement,
            FlushPath flushes,
            WritePath writes,
            ReadPath reads,
            FillPath fills) {
        this.sizeBytes = sizeBytes;
        this.backing = backing;
        this.ownsBacking = ownsBacking;
        this.waiters = waiters;
        this.waiter = waiter;
        this.stats = stats;
        this.completion = completion;
        this.placement = placement;
        this.flushes = flushes;
        this.writes = writes;
        this.reads = reads;
        this.fills = fills;
    }

    @Override
    public void submit(Request request) {
        completion.begin(request);
        int error = check(request);
        if (error != 0) {
            completion.finish(request, error);
            return;
        }
        switch (request.op) {
            case READ -> reads.read(request);
            case WRITE, WRITE_ZEROES -> writes.write(request);
            case FLUSH -> flushes.flush(request);
            default -> completion.finish(request, -Errno.EOPNOTSUPP);
        }
    }

    private int check(Request request) {
        if (request.op == Request.Op.FLUSH) {
            return 0;
        }
        long offset = request.offset;
        long length = request.length;
        boolean inside = offset >= 0 && length > 0 && offset <= sizeBytes - length;
        return inside && (offset | length) % DeviceLayout.SECTOR_BYTES == 0 ? 0 : -Errno.EINVAL;
    }

    @Override
    public int poll() {
        int steps = ownsBacking ? backing.poll() : 0;
        steps += flushes.resume();
        steps += writes.resume();
        steps += reads.resume();
        shareSpace();
        backing.kick();
        return steps;
    }

    /**
     * Another queue waits for space, and this one does not use its own: what is left of its segment may keep the other
     * waiting for good.
     */
    private void shareSpace() {
        if (placement.isOpen() && !writes.needsSpace() && waiters.isSpaceWanted()) {
            placement.close();
        }
    }

    @Override
    public int inFlight() {
        return completion.inFlight();
    }

    @Override
    public void giveUp(Predicate<Request> which) {
        flushes.giveUp(which);
        writes.giveUp(which);
        reads.giveUp(which);
    }

    @Override
    public boolean isIdle() {
        return inFlight() == 0 && fills.isIdle();
    }

    @Override
    public void close() {
        if (!isIdle()) {
            throw new IllegalStateException("closed with requests or transfers under way");
        }
        waiters.remove(waiter);
        placement.close();
        stats.close();
        if (ownsBacking) {
            backing.close();
        }
    }
}
