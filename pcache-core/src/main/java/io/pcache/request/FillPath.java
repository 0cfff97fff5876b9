package io.pcache.request;

import io.pcache.backing.BackingQueue;
import io.pcache.flight.PendingFills;
import io.pcache.health.Health;
import io.pcache.index.CacheIndex;
import io.pcache.log.KeyLog;
import io.pcache.media.DeviceLayout;
import io.pcache.media.KeyLayout;
import io.pcache.memory.CacheMemoryException;
import io.pcache.persist.Committer;
import io.pcache.placement.Placement;
import io.pcache.segment.SegmentTable;
import io.pcache.stats.QueueStats;
import io.pcache.stats.RequestCounter;
import io.pcache.sys.Errno;
import java.io.UncheckedIOException;
import java.util.function.Predicate;

/**
 * The way of what the cache does not hold: read from the backing device, answered, and made a clean key unless a write
 * came first or space is short.
 */
final class FillPath {
    /** Reads of the backing device in flight: with {@link Fill#MAX_BYTES} each, 4 MiB of buffers a queue. */
    private static final int FILLS = 32;
    /** A fill does not begin a new segment when fewer are free: space that is left is for writes. */
    private static final int SPARE_SEGMENTS = 4;

    /** Told when part of a read has been answered. */
    interface Answered {
        void answered(Request request);
    }

    private final CacheIndex index;
    private final KeyLog log;
    private final SegmentTable segments;
    private final PendingFills pending;
    private final Committer committer;
    private final Placement placement;
    private final WritePath writes;
    private final BackingQueue backing;
    private final int backingBlock;
    private final Health health;
    private final QueueStats stats;
    private final Answered answered;
    private final long[] anyExtent = new long[1];
    private Fill free;
    /** Transfers of the backing device. */
    private Fill underWay;

    FillPath(
            SegmentTable segments,
            CacheIndex index,
            KeyLog log,
            PendingFills pending,
            Committer committer,
            Placement placement,
            WritePath writes,
            BackingQueue backing,
            int backingBlock,
            Health health,
            QueueStats stats,
            Answered answered) {
        this.index = index;
        this.log = log;
        this.segments = segments;
        this.pending = pending;
        this.health = health;
        this.committer = committer;
        this.placement = placement;
        this.writes = writes;
        this.backing = backing;
        this.backingBlock = backingBlock;
        this.stats = stats;
        this.answered = answered;
        for (int i = 0; i < FILLS; i++) {
            free(new Fill(this, Fill.MAX_BYTES));
        }
    }

    /**
     * Prepares to read a missing range, from now on watched for writes. With the subtree's lock held; {@link #submit}
     * without it.
     *
     * @param length bytes wanted; the fill may have fewer
     * @return null if too many are under way
     */
    Fill take(Request request, int subtree, long offset, int length) {
        Fill fill = free;
        if (fill != null) {
            free = fill.next;
            fill.next = null;
            fill.describe(request, subtree, offset, Math.min(length, Fill.MAX_BYTES));
            fill.watched = true;
            pending.add(subtree, fill, fill.offset, fill.length);
        }
        return fill;
    }

    /** Starts the transfer. */
    void submit(Fill fill) {
        fill.request.pending++;
        fill.previous = null;
        fill.next = underWay;
        if (underWay != null) {
            underWay.previous = fill;
        }
        underWay = fill;
        backing.submit(fill.transfer(backingBlock));
    }

    /**
     * Reads a range that the cache held damaged. Off the hot path: with memory of its own, so that it need not wait for
     * a free fill. Answered, not cached.
     */
    void readAgain(Request request, int subtree, long offset, int length) {
        Fill fill = new Fill(this, length);
        fill.describe(request, subtree, offset, length);
        submit(fill);
    }

    /** Whether no transfer is under way. */
    boolean isIdle() {
        return underWay == null;
    }

    /** Lets transfers go on without the requests that they were made for. */
    void giveUp(Predicate<Request> which) {
        for (Fill fill = underWay; fill != null; fill = fill.next) {
            Request request = fill.request;
            if (request != null && which.test(request)) {
                fill.request = null;
                request.error = -Errno.EIO;
                request.pending--;
                answered.answered(request);
            }
        }
    }

    private void ended(Fill fill) {
        if (fill.previous == null) {
            underWay = fill.next;
        } else {
            fill.previous.next = fill.next;
        }
        if (fill.next != null) {
            fill.next.previous = fill.previous;
        }
    }

    /** A transfer has ended. */
    void filled(Fill fill) {
        ended(fill);
        Request request = fill.request;
        int result = fill.io.result;
        stats.add(RequestCounter.READ_MISS_SECTORS, fill.length >>> DeviceLayout.SECTOR_SHIFT);
        if (result < 0) {
            health.backingReadFailed("read of backing device bytes " + fill.offset + " + " + fill.length + " failed: "
                    + Errno.name(-result));
        } else {
            health.backingRead();
        }
        if (request != null) {
            answer(request, fill, result);
        }
        if (fill.watched) {
            cache(fill, result >= 0 && request != null);
            free(fill);
        }
    }

    private void answer(Request request, Fill fill, int result) {
        if (result < 0) {
            request.error = -Errno.EIO;
        } else {
            try {
                request.data.fromBuffer(fill.buffer, fill.skip, (int) (fill.offset - request.offset), fill.length);
            } catch (UncheckedIOException e) {
                request.error = -Errno.EIO;
                health.requestDataFailed("an answer from the backing device was not taken: " + e.getMessage());
            }
        }
        fill.request = null;
        request.pending--;
        answered.answered(request);
    }

    private void free(Fill fill) {
        fill.watched = false;
        fill.next = free;
        free = fill;
    }

    /**
     * Makes clean keys of a fill, if nothing was written there meanwhile and there is space to spare; ends the watching
     * in any case.
     */
    private void cache(Fill fill, boolean valid) {
        int done = 0;
        boolean going = valid && !writes.isWaiting() && log.refusal() == null;
        while (going && done < fill.length) {
            int stored = cachePiece(fill, done);
            going = stored > 0;
            done += stored;
        }
        synchronized (index.lock(fill.subtree)) {
            pending.remove(fill.subtree, fill);
        }
        if (done > 0) {
            stats.add(RequestCounter.FILLED_SECTORS, done >>> DeviceLayout.SECTOR_SHIFT);
            committer.appended();
        }
    }

    /** Returns the bytes cached, 0 if there is no room or the range is not missing any more. */
    private int cachePiece(Fill fill, int done) {
        if (!placement.hasRoom(SPARE_SEGMENTS)) {
            return 0;
        }
        int length = placement.take(fill.length - done);
        int segment = placement.segment();
        boolean accepted;
        try {
            int checksum = placement.storeFill(fill.buffer, fill.skip + done, length);
            accepted = accept(fill, fill.offset + done, length, segment, placement.place(), checksum);
        } catch (CacheMemoryException e) {
            writes.setAside(e);
            return 0;
        }
        if (!accepted) {
            segments.release(segment);
        }
        return accepted ? length : 0;
    }

    private boolean accept(Fill fill, long offset, int length, int segment, int place, int checksum) {
        int subtree = fill.subtree;
        synchronized (index.lock(subtree)) {
            boolean missing = !fill.isCancelled()
                    && index.find(subtree, CacheIndex.sector(offset), length >>> DeviceLayout.SECTOR_SHIFT, anyExtent)
                            == 0;
            if (!missing
                    || !index.reserve(subtree)
                    || !log.append(
                            offset,
                            length,
                            KeyLayout.FLAG_CLEAN,
                            segment,
                            place,
                            segments.generation(segment),
                            checksum)) {
                return false;
            }
            index.insert(subtree, CacheIndex.extent(offset, length, true, segment, place));
            return true;
        }
    }
}
