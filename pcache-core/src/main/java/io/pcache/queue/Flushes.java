package io.pcache.queue;

import io.pcache.backingleg.BackingLeg;
import io.pcache.flight.BackingFlushes;
import io.pcache.log.KeyLog;
import io.pcache.persist.Committer;
import io.pcache.request.Request;
import io.pcache.request.RequestProgress;
import io.pcache.route.CacheMode;
import io.pcache.route.Route;
import io.pcache.route.Router;
import io.pcache.sys.Errno;
import io.pcache.wake.SpaceWaiters;
import java.util.function.Predicate;

/**
 * Steers flushes. A flush ends when the log has committed every key that was accepted before the flush, and the backing
 * device has made durable what was written there before the flush. A write that asks to be durable comes here at its
 * end.
 */
final class Flushes {
    private final KeyLog log;
    private final Committer committer;
    private final BackingLeg backing;
    private final BackingFlushes backingFlushes;
    private final CacheMode mode;
    private final SpaceWaiters.Waiter waiter;
    private final Join join;
    private final RequestFifo waiting = new RequestFifo();

    Flushes(
            CacheMode mode,
            KeyLog log,
            Committer committer,
            BackingLeg backing,
            BackingFlushes backingFlushes,
            SpaceWaiters.Waiter waiter,
            Join join) {
        this.mode = mode;
        this.log = log;
        this.committer = committer;
        this.backing = backing;
        this.backingFlushes = backingFlushes;
        this.waiter = waiter;
        this.join = join;
    }

    void flush(Request request) {
        RequestProgress progress = request.progress();
        long written = backingFlushes.lastWritten();
        int facts = backingFlushes.isFlushed(written) && !backingFlushes.hasLost() ? 0 : Router.VOLATILE;
        progress.backingFailures = backingFlushes.failures();
        progress.backingTarget = Router.route(Request.Op.FLUSH, mode, facts) == Route.BOTH ? written : 0;
        if (progress.backingTarget > 0 && backingFlushes.hasLost()) {
            // Until write-back has written again what a failed flush may have lost.
            join.ends(request, -Errno.EIO);
            return;
        }
        progress.flushTarget = committer.flush();
        if (end(request)) {
            return;
        }
        join.deferred(request);
        waiting.add(request);
        waiter.setWaitingForCommit(true);
        // A commit that came before the flag was set has woken nobody.
        resume();
    }

    /**
     * Ends the request if log and backing device have both done their part, or if either has failed. Returns whether
     * the request has ended.
     */
    private boolean end(Request request) {
        RequestProgress progress = request.progress();
        if (progress.backingTarget > 0 && backingFlushes.hasLost(progress.backingFailures)) {
            join.ends(request, -Errno.EIO);
            return true;
        }
        boolean committed = committer.isCommitted(progress.flushTarget);
        boolean flushed = backingFlushes.isFlushed(progress.backingTarget);
        if (committed && flushed) {
            join.ends(request, 0);
            return true;
        }
        if (!committed && log.failure() != null) {
            join.ends(request, -Errno.EIO);
            return true;
        }
        if (!flushed) {
            backing.flush();
        }
        return false;
    }

    void giveUp(Predicate<Request> which) {
        for (RequestFifo given = waiting.removeIf(which); !given.isEmpty(); ) {
            join.ends(given.remove(), -Errno.EIO);
        }
        waiter.setWaitingForCommit(!waiting.isEmpty());
    }

    /** Ends the flushes that a commit has made durable; returns how many. */
    int resume() {
        int resumed = 0;
        while (!waiting.isEmpty()) {
            // The request leaves the list first: when it has ended, its owner may use it again.
            Request request = waiting.remove();
            if (!end(request)) {
                waiting.putBack(request);
                break;
            }
            resumed++;
        }
        if (resumed > 0) {
            waiter.setWaitingForCommit(!waiting.isEmpty());
        }
        return resumed;
    }
}
