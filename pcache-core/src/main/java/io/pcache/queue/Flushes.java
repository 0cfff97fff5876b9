package io.pcache.queue;

import io.pcache.log.KeyLog;
import io.pcache.persist.Committer;
import io.pcache.request.Request;
import io.pcache.sys.Errno;
import io.pcache.wake.SpaceWaiters;
import java.util.function.Predicate;

/**
 * Steers flushes: one ends when the log has committed every key that was accepted before it. Writes that ask to be
 * durable come here at their end.
 */
final class Flushes {
    private final KeyLog log;
    private final Committer committer;
    private final SpaceWaiters.Waiter waiter;
    private final Join join;
    private final RequestFifo waiting = new RequestFifo();

    Flushes(KeyLog log, Committer committer, SpaceWaiters.Waiter waiter, Join join) {
        this.log = log;
        this.committer = committer;
        this.waiter = waiter;
        this.join = join;
    }

    void flush(Request request) {
        request.progress().flushTarget = committer.flush();
        if (end(request)) {
            return;
        }
        join.deferred(request);
        waiting.add(request);
        waiter.setWaitingForCommit(true);
        // What was committed before the flag went up woke nobody.
        resume();
    }

    private boolean end(Request request) {
        if (committer.isCommitted(request.progress().flushTarget)) {
            join.ends(request, 0);
        } else if (log.failure() != null) {
            join.ends(request, -Errno.EIO);
        } else {
            return false;
        }
        return true;
    }

    void giveUp(Predicate<Request> which) {
        for (RequestFifo given = waiting.removeIf(which); !given.isEmpty(); ) {
            join.ends(given.remove(), -Errno.EIO);
        }
        waiter.setWaitingForCommit(!waiting.isEmpty());
    }

    /** Ends what a commit made durable; returns how many. */
    int resume() {
        int resumed = 0;
        while (!waiting.isEmpty()) {
            // Out of the list first: when the request has ended, its owner may use it again.
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
