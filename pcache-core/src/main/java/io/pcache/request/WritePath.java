package io.pcache.request;

import io.pcache.flight.PendingFills;
import io.pcache.health.Health;
import io.pcache.index.CacheIndex;
import io.pcache.log.KeyLog;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.CacheMemoryException;
import io.pcache.persist.Committer;
import io.pcache.placement.Placement;
import io.pcache.placement.WriteThrottle;
import io.pcache.segment.SegmentTable;
import io.pcache.stats.CacheCounter;
import io.pcache.stats.CacheStats;
import io.pcache.sys.Errno;
import io.pcache.wake.SpaceWaiters;
import java.io.UncheckedIOException;
import java.util.function.Predicate;

/**
 * A write's way, piece by piece: a place and the data in it ({@link Placement}); then, under the subtree's lock, a key
 * in the log and an extent in the index. A write that finds no room waits, all behind it too, until someone who made
 * room wakes the queue.
 *
 * <p>A client chooses how long a WRITE_ZEROES is. So a write longer than {@link #STEP_BYTES} is made in steps: after
 * each, this queue's other writes have their turn, the thread looks at its clients, and where room is short, writes of
 * other queues that have waited for longer come first.
 */
final class WritePath {
    /** A write does not begin the last free segment: the log may need it, and without it nothing can be freed. */
    private static final int SPARE_SEGMENTS = 1;
    /**
     * When so many stores of a queue have failed in a row, each in another segment, it is not a place of the cache
     * device that is bad.
     */
    private static final int MOST_FAILURES = 4;
    /**
     * What a write does before others have their turn: as much as the largest request with data of a front end has, and
     * a fraction of a millisecond's work.
     */
    static final int STEP_BYTES = 1 << 20;

    private enum Progress {
        ENDED,
        BLOCKED,
        STEPPED
    }

    private final CacheIndex index;
    private final KeyLog log;
    private final SegmentTable segments;
    private final PendingFills fills;
    private final WriteThrottle throttle;
    private final Committer committer;
    private final SpaceWanted spaceWanted;
    private final SpaceWaiters waiters;
    private final Health health;
    private final CacheStats stats;
    private final SpaceWaiters.Waiter waiter;
    private final Placement placement;
    private final FlushPath flushes;
    private final Completion completion;
    /** For room, in the order in which they came. */
    private final RequestFifo waiting = new RequestFifo();
    /** Long ones between two steps. */
    private final RequestFifo between = new RequestFifo();
    /** Whether the waiter's flag is up. */
    private boolean flagged;
    /** Whether the first waiting write waits for its turn, not for room. */
    private boolean yields;
    /** Whether the first waiting write waits for a segment or for index memory, not only for a commit. */
    private boolean demandsSpace;

    WritePath(
            SegmentTable segments,
            CacheIndex index,
            KeyLog log,
            PendingFills fills,
            WriteThrottle throttle,
            Committer committer,
            SpaceWanted spaceWanted,
            SpaceWaiters waiters,
            SpaceWaiters.Waiter waiter,
            Placement placement,
            FlushPath flushes,
            Completion completion,
            Health health,
            CacheStats stats) {
        this.index = index;
        this.log = log;
        this.segments = segments;
        this.fills = fills;
        this.throttle = throttle;
        this.committer = committer;
        this.spaceWanted = spaceWanted;
        this.waiters = waiters;
        this.waiter = waiter;
        this.placement = placement;
        this.flushes = flushes;
        this.completion = completion;
        this.health = health;
        this.stats = stats;
    }

    void write(Request request) {
        Progress progress = waiting.isEmpty() ? goOn(request) : Progress.BLOCKED;
        if (progress == Progress.ENDED) {
            return;
        }
        completion.deferred(request);
        if (progress == Progress.STEPPED) {
            between.add(request);
            return;
        }
        request.turn = waiters.nextTurn();
        waiting.add(request);
        if (!flagged) {
            raiseFlag();
            // What was freed before the flag went up woke nobody.
            resume();
        }
    }

    /** Whether a write is to get the next space. */
    boolean needsSpace() {
        return !waiting.isEmpty() && !yields;
    }

    boolean isWaiting() {
        return !waiting.isEmpty();
    }

    /** Goes on with writes that waited and makes at most one step of a long one; returns how many ended. */
    int resume() {
        int resumed = 0;
        boolean stepped = false;
        while (true) {
            RequestFifo from = waiting.isEmpty() ? between : waiting;
            if (from.isEmpty()) {
                break;
            }
            if (stepped) {
                waiter.wakeOwner();
                break;
            }
            // Out of the list first: when it has ended, its owner may use it again.
            Request request = from.remove();
            Progress progress = goOn(request);
            if (progress == Progress.ENDED) {
                resumed++;
            } else if (progress == Progress.STEPPED) {
                stepped = true;
                (waiting.isEmpty() ? between : waiting).add(request);
            } else {
                waiting.putBack(request);
                if (!mustRetry()) {
                    break;
                }
            }
        }
        showFirst();
        return resumed;
    }

    /** Between the attempt and the flag or the demand, room may have been made without anybody telling us to go on. */
    private boolean mustRetry() {
        if (!flagged) {
            raiseFlag();
            return true;
        }
        return waiter.setYielding(yields) || demandSpace(!yields && !log.isBacklogged());
    }

    private void raiseFlag() {
        flagged = true;
        showFirst();
        waiter.setWaitingForSpace(true);
    }

    /** Tells other queues, and whoever asks, what the first waiting write is like. */
    private void showFirst() {
        if (!flagged) {
            return;
        }
        if (!waiting.isEmpty()) {
            waiter.showFirst(waiting.first().turn, waiting.first().waitNanos);
            return;
        }
        flagged = false;
        yields = false;
        demandSpace(false);
        waiter.setYielding(false);
        waiter.setWaitingForSpace(false);
    }

    void giveUp(Predicate<Request> which) {
        giveUp(waiting.removeIf(which));
        giveUp(between.removeIf(which));
        showFirst();
    }

    private void giveUp(RequestFifo given) {
        while (!given.isEmpty()) {
            Request request = given.remove();
            if (request.pieceBytes > 0) {
                request.pieceBytes = 0;
                segments.release(request.pieceSegment);
            }
            completion.finish(request, -Errno.EIO);
        }
    }

    /** Tells GC and write-back that a write waits for them, or no longer does; returns whether the demand is new. */
    private boolean demandSpace(boolean demand) {
        if (demand && !demandsSpace) {
            demandsSpace = true;
            stats.add(CacheCounter.CACHE_FULL_WAITS);
            spaceWanted.ring(waiters.spaceWanted());
            return true;
        }
        if (!demand && demandsSpace) {
            demandsSpace = false;
            waiters.spaceFound();
        }
        return false;
    }

    /** Goes on with a write, to its end or to that of a step. */
    private Progress goOn(Request request) {
        boolean later = request.done > 0 && request.length > STEP_BYTES;
        yields = later && request.pieceBytes == 0 && waiters.isAnyBefore(waiter, request.turn);
        if (yields) {
            return Progress.BLOCKED;
        }
        long stepEnd = request.done + STEP_BYTES;
        while (request.done < request.length && request.error == 0) {
            if (request.done >= stepEnd) {
                request.turn = waiters.nextTurn();
                return Progress.STEPPED;
            }
            if (request.pieceBytes == 0 && !place(request, stepEnd - request.done)) {
                return Progress.BLOCKED;
            }
            if (request.pieceBytes > 0 && !accept(request)) {
                return Progress.BLOCKED;
            }
        }
        if (request.error != 0 || !request.fua) {
            completion.finish(request, request.error);
        } else {
            flushes.flush(request);
        }
        return Progress.ENDED;
    }

    /**
     * Gives the next piece of a write, of at most {@code limit} bytes, its place and its data. The piece holds a
     * reference on its segment.
     */
    private boolean place(Request request, long limit) {
        long offset = request.offset + request.done;
        int toSubtreeEnd = DeviceLayout.SUBTREE_BYTES - ((int) offset & DeviceLayout.SUBTREE_BYTES - 1);
        if (log.refusal() != null) {
            request.error = -Errno.EIO;
            return true;
        }
        if (!throttle.admits() || !placement.hasRoom(SPARE_SEGMENTS)) {
            return false;
        }
        int given = placement.take(Math.min(Math.min(request.length - request.done, limit), toSubtreeEnd));
        int segment = placement.segment();
        try {
            request.pieceChecksum = request.op == Request.Op.WRITE
                    ? placement.store(request.data, (int) request.done, given)
                    : placement.storeZeros(given);
        } catch (UncheckedIOException e) {
            segments.release(segment);
            request.error = -Errno.EIO;
            health.requestDataFailed("the data of a write could not be had: " + e.getMessage());
            return true;
        } catch (CacheMemoryException e) {
            setAside(e);
            request.error = -Errno.EIO;
            return true;
        }
        health.requestDataCopied();
        request.pieceSegment = segment;
        request.piecePlace = placement.place();
        request.pieceBytes = given;
        return true;
    }

    /**
     * A store failed. Were a device that is gone to cost a segment with each write, the last of them would wait for a
     * free one, and not fail.
     */
    void setAside(CacheMemoryException e) {
        if (placement.setAside(e) >= MOST_FAILURES && log.refuse(e)) {
            health.cacheFailed(e);
            waiters.wakeAll();
        }
    }

    /**
     * Puts a piece into the log and the index; its reference becomes the key's. Room is made sure of first, so that
     * nothing is hidden by a key that then finds none.
     */
    private boolean accept(Request request) {
        long offset = request.offset + request.done;
        int length = request.pieceBytes;
        int segment = request.pieceSegment;
        int place = request.piecePlace;
        int subtree = CacheIndex.subtree(offset);
        synchronized (index.lock(subtree)) {
            if (!index.reserve(subtree)
                    || !log.append(
                            offset, length, 0, segment, place, segments.generation(segment), request.pieceChecksum)) {
                return rejected(request);
            }
            index.insert(subtree, CacheIndex.extent(offset, length, false, segment, place));
            fills.cancel(subtree, offset, length);
        }
        request.pieceBytes = 0;
        request.done += length;
        committer.appended();
        return true;
    }

    /** Whether a write that the log did not take is over, because the log takes nothing any more. */
    private boolean rejected(Request request) {
        if (log.refusal() == null) {
            return false;
        }
        request.pieceBytes = 0;
        request.error = -Errno.EIO;
        segments.release(request.pieceSegment);
        return true;
    }
}
