package io.pcache.queue;

import io.pcache.backingleg.ThroughWrite;
import io.pcache.cacheleg.CacheLeg;
import io.pcache.cacheleg.Piece;
import io.pcache.health.CacheEvents;
import io.pcache.health.Health;
import io.pcache.log.KeyLog;
import io.pcache.request.Request;
import io.pcache.request.RequestProgress;
import io.pcache.route.CacheMode;
import io.pcache.route.Route;
import io.pcache.route.Router;
import io.pcache.stats.CacheCounter;
import io.pcache.stats.CacheStats;
import io.pcache.sys.Errno;
import io.pcache.wake.Doorbells;
import io.pcache.wake.SpaceWaiters;
import java.util.function.Predicate;

/**
 * Steers writes, piece by piece, into the cache leg. A write that finds no room waits, and so do all writes behind it,
 * until the thread that made room wakes the queue.
 *
 * <p>Where the {@link Router} says so, data that the cache has accepted goes on to the backing leg, by way of
 * {@link Throughs}.
 *
 * <p>A client chooses how long a WRITE_ZEROES is. So a write longer than {@link #STEP_BYTES} is made in steps. After
 * each step, this queue's other writes have their turn, and the thread looks at its clients. Where room is short,
 * writes of other queues that have waited for longer come first.
 */
final class Writes {
    /**
     * How many bytes a write makes before others have their turn: as many as a front end's largest request with data
     * has, and a fraction of a millisecond's work.
     */
    static final int STEP_BYTES = 1 << 20;

    private enum Progress {
        ENDED,
        BLOCKED,
        STEPPED
    }

    private final CacheMode mode;
    private final CacheLeg cache;
    private final Throughs throughs;
    private final KeyLog log;
    private final Doorbells doorbells;
    private final SpaceWaiters waiters;
    private final SpaceWaiters.Waiter waiter;
    private final Join join;
    private final Health health;
    private final CacheStats stats;
    /** A piece of the write at hand, or of the first write that waits. */
    private final Piece piece = new Piece();
    /** The write to which the piece belongs; null if the piece is free. */
    private Request pieceOwner;
    /** Writes that wait for room, in the order in which they came. */
    private final RequestFifo waiting = new RequestFifo();
    /** Long writes between two steps. */
    private final RequestFifo between = new RequestFifo();
    /** Whether the waiter's flag is set. */
    private boolean flagged;
    /** Whether the first waiting write waits for its turn, or for a buffer of the backing leg, and not for room. */
    private boolean yields;
    /** Whether the first waiting write waits for a buffer of the backing leg. */
    private boolean busy;
    /** Whether data is stored that waits for room in the log or the index, in front of all writes. */
    private boolean stuck;
    /** Whether the first waiting write waits for a segment or for index memory, and not only for a commit. */
    private boolean demandsSpace;

    Writes(
            CacheMode mode,
            CacheLeg cache,
            Throughs throughs,
            KeyLog log,
            Doorbells doorbells,
            SpaceWaiters.Waiter waiter,
            Join join,
            Health health,
            CacheStats stats) {
        this.mode = mode;
        this.cache = cache;
        this.throughs = throughs;
        this.log = log;
        this.doorbells = doorbells;
        this.waiters = doorbells.queues();
        this.waiter = waiter;
        this.join = join;
        this.health = health;
        this.stats = stats;
    }

    void write(Request request) {
        Progress progress = waiting.isEmpty() && !stuck ? goOn(request) : Progress.BLOCKED;
        if (progress == Progress.ENDED) {
            return;
        }
        join.deferred(request);
        if (progress == Progress.STEPPED) {
            between.add(request);
            return;
        }
        request.progress().turn = waiters.nextTurn();
        waiting.add(request);
        if (!flagged) {
            raiseFlag();
            // Space that was freed before the flag was set has woken nobody.
            resume();
        }
    }

    /** Whether the next space is for a write of this queue. */
    boolean needsSpace() {
        return stuck || !waiting.isEmpty() && !yields;
    }

    /** Whether a write waits for room, or for its turn to get room. */
    boolean isWaiting() {
        return stuck || !waiting.isEmpty() && !busy;
    }

    /**
     * Goes on with writes that have waited, and makes at most one step of a long write. Returns how many have ended.
     */
    int resume() {
        int resumed = 0;
        boolean stepped = false;
        // What is stored comes before what is to be stored, and takes the same room.
        stuck = !cache.acceptStored();
        while (stuck && mustRetry()) {
            stuck = !cache.acceptStored();
        }
        while (!stuck) {
            RequestFifo from = waiting.isEmpty() ? between : waiting;
            if (from.isEmpty()) {
                break;
            }
            if (stepped) {
                waiter.wakeOwner();
                break;
            }
            // The request leaves the list first: when it has ended, its owner may use it again.
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

    /**
     * Whether to try again. Between the attempt and the flag, or the demand, room may have been made, and nobody has
     * woken this queue.
     */
    private boolean mustRetry() {
        if (!flagged) {
            raiseFlag();
            return true;
        }
        boolean waits = stuck || !yields;
        return waiter.setYielding(!waits) || demandSpace(waits && !log.isBacklogged());
    }

    private void raiseFlag() {
        flagged = true;
        showFirst();
        waiter.setWaitingForSpace(true);
    }

    /** Shows the first waiting write to other queues, and to callers that ask how long writes have waited. */
    private void showFirst() {
        if (!flagged) {
            return;
        }
        if (!waiting.isEmpty()) {
            waiter.showFirst(waiting.first().progress().turn, waiting.first().progress().waitNanos);
            return;
        }
        if (stuck) {
            return;
        }
        flagged = false;
        yields = false;
        busy = false;
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
            if (request == pieceOwner) {
                dropPiece();
            }
            join.ends(request, -Errno.EIO);
        }
    }

    /**
     * Tells the collector and write-back that a write waits for them, or no longer does. Returns whether the demand is
     * new.
     */
    private boolean demandSpace(boolean demand) {
        if (demand && !demandsSpace) {
            demandsSpace = true;
            stats.add(CacheCounter.CACHE_FULL_WAITS);
            boolean first = waiters.spaceWanted();
            doorbells.spaceWanted();
            if (first) {
                health.events().event(CacheEvents.Kind.CACHE_FULL, "writes wait for a free segment");
            }
            return true;
        }
        if (!demand && demandsSpace) {
            demandsSpace = false;
            waiters.spaceFound();
        }
        return false;
    }

    /** Goes on with a write, to its end or to the end of a step. */
    private Progress goOn(Request request) {
        RequestProgress progress = request.progress();
        boolean later = progress.done > 0 && request.length() > STEP_BYTES;
        busy = false;
        yields = later && pieceOwner == null && waiters.isAnyBefore(waiter, progress.turn);
        if (yields) {
            return Progress.BLOCKED;
        }
        long stepEnd = progress.done + STEP_BYTES;
        ThroughWrite through = null;
        Progress outcome = Progress.ENDED;
        while (progress.done < request.length() && progress.error == 0) {
            if (progress.done >= stepEnd) {
                progress.turn = waiters.nextTurn();
                outcome = Progress.STEPPED;
                break;
            }
            boolean free = cache.canStore() && (through != null || !Router.writesThrough(mode) || throughs.hasFree());
            Route route = Router.route(request.op(), mode, free ? 0 : Router.BUSY);
            if (route == Route.WAIT) {
                busy = true;
                yields = true;
                outcome = Progress.BLOCKED;
                break;
            }
            if (through == null && route == Route.BOTH) {
                through = throughs.open(request);
            }
            long limit = Math.min(request.length(), stepEnd) - progress.done;
            if (!goOn(request, through == null ? limit : Math.min(limit, through.room()), through)) {
                outcome = Progress.BLOCKED;
                break;
            }
            if (through != null && through.room() == 0) {
                throughs.close(through);
                through = null;
            }
        }
        if (through != null) {
            // Also in front of a wait: write-back may have to make the room, and leaves the range of an open part
            // alone.
            throughs.close(through);
        }
        if (outcome == Progress.ENDED) {
            if (request == pieceOwner) {
                // A part of the write has failed on the backing device meanwhile.
                dropPiece();
            }
            join.ends(request, 0);
        }
        return outcome;
    }

    private void dropPiece() {
        pieceOwner = null;
        cache.drop(piece);
    }

    /** Goes on with a piece of at most {@code limit} bytes. Returns false if the piece has to wait. */
    private boolean goOn(Request request, long limit, ThroughWrite through) {
        RequestProgress progress = request.progress();
        if (pieceOwner == null) {
            if (log.refusal() != null) {
                progress.error = -Errno.EIO;
                return true;
            }
            if (!cache.place(piece, request.offset() + progress.done, limit)) {
                return false;
            }
            pieceOwner = request;
        }
        cache.store(piece, request, through);
        if (piece.isPlaced() && !cache.accept(piece)) {
            return false;
        }
        pieceOwner = null;
        progress.error = piece.error();
        if (progress.error == 0) {
            progress.done += piece.length();
            if (through != null) {
                throughs.add(through, piece);
            }
        }
        return true;
    }
}
