package io.pcache.queue;

import io.pcache.invariant.Invariant;
import io.pcache.invariant.Stop;
import io.pcache.request.Request;
import io.pcache.request.RequestProgress;
import io.pcache.stats.Latency;
import io.pcache.stats.QueueStats;
import io.pcache.stats.RequestCounter;

/**
 * Where the parts of a request's work, its legs, come together. A request ends with the last of its legs, and with the
 * first error. Nothing else completes a request. Owned by a queue's thread; hot.
 *
 * <p>A request begins with one leg. The steering ends this leg when no other leg is going to be added. If a write asks
 * to be durable, its flush is one more leg, which begins when all others have ended well.
 */
final class Join {

    /** The flush of a write that asks to be durable. Ends the leg that was begun for it. */
    interface Durability {
        void flush(Request request);
    }

    private final QueueStats stats;
    private final Stop stop;
    private Durability durability;
    private int inFlight;

    Join(QueueStats stats, Stop stop) {
        this.stats = stats;
        this.stop = stop;
    }

    /** To be called once, before the first request. */
    void durableBy(Durability by) {
        this.durability = by;
    }

    /** Takes a request in, with one leg. */
    void begin(Request request) {
        RequestProgress progress = request.progress();
        if (progress.underWay) {
            throw new IllegalStateException("a request was submitted that is under way");
        }
        progress.underWay = true;
        progress.legs = 1;
        inFlight++;
        progress.startNanos = stats.start(progress.heldNanos());
        if (progress.heldNanos() != QueueStats.UNTIMED) {
            deferred(request);
        }
    }

    /** Number of requests that have not ended. */
    int inFlight() {
        return inFlight;
    }

    /** Notes that a request has to wait for something. */
    void deferred(Request request) {
        RequestProgress progress = request.progress();
        if (progress.waitNanos == QueueStats.UNTIMED) {
            stats.add(RequestCounter.DEFERRED_REQUESTS);
            progress.waitNanos =
                    progress.heldNanos() != QueueStats.UNTIMED ? progress.heldNanos() : stats.startWaiting();
        }
    }

    /** Begins one more leg. */
    void begins(Request request) {
        request.progress().legs++;
    }

    /**
     * Ends a leg. If this leg is the last, the request has ended, and its owner may use it again. So the request must
     * be in no list any more.
     *
     * @param error 0, or a negative errno
     */
    void ends(Request request, int error) {
        RequestProgress progress = request.progress();
        if (error != 0 && progress.error == 0) {
            progress.error = error;
        }
        if (progress.legs <= 0 || !progress.underWay) {
            stop.broken(
                    Invariant.COMPLETED_ONCE,
                    request.op() + " of bytes " + request.offset() + " + " + request.length()
                            + " has ended, and a leg of it ends");
            return;
        }
        if (progress.legs > 1) {
            progress.legs--;
        } else if (isToFlush(request)) {
            progress.flushing = true;
            durability.flush(request);
        } else {
            progress.legs = 0;
            finish(request);
        }
    }

    private static boolean isToFlush(Request request) {
        RequestProgress progress = request.progress();
        return request.fua()
                && progress.error == 0
                && !progress.flushing
                && (request.op() == Request.Op.WRITE || request.op() == Request.Op.WRITE_ZEROES);
    }

    private void finish(Request request) {
        RequestProgress progress = request.progress();
        progress.underWay = false;
        inFlight--;
        if (progress.error != 0) {
            stats.add(RequestCounter.FAILED_REQUESTS);
        }
        count(request, progress.error == 0 ? request.length() : 0);
        stats.endedWaiting(progress.waitNanos);
        request.end(progress.error);
    }

    private void count(Request request, long bytes) {
        long startNanos = request.progress().startNanos;
        switch (request.op()) {
            case READ -> {
                stats.add(RequestCounter.READS);
                stats.add(RequestCounter.READ_BYTES, bytes);
                stats.ended(Latency.READ, startNanos);
            }
            case WRITE -> {
                stats.add(RequestCounter.WRITES);
                stats.add(RequestCounter.WRITE_BYTES, bytes);
                if (request.fua()) {
                    stats.add(RequestCounter.FUA_WRITES);
                }
                stats.ended(Latency.WRITE, startNanos);
            }
            case WRITE_ZEROES -> {
                stats.add(RequestCounter.WRITE_ZEROES);
                stats.add(RequestCounter.ZEROED_BYTES, bytes);
                stats.ended(Latency.WRITE, startNanos);
            }
            case FLUSH -> {
                stats.add(RequestCounter.FLUSHES);
                stats.ended(Latency.FLUSH, startNanos);
            }
            default -> stats.add(RequestCounter.DISCARDS);
        }
    }
}
