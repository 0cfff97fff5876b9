package io.pcache.request;

import io.pcache.log.KeyLog;
import io.pcache.persist.Committer;
import io.pcache.sys.Errno;
import io.pcache.wake.SpaceWaiters;
import java.util.function.Predicate;

/**
 * A flush's way: it ends when the log has committed every key that was accepted before it. FUA writes come here with
 * their last piece.
 */
final class FlushPath {
    private final KeyLog log;
    private final Committer committer;
    private final SpaceWaiters.Waiter waiter;
    private final Completion completion;
    private final RequestFifo waiting = new RequestFifo();

    FlushPath(KeyLog log, Committer committer, SpaceWaiters.Waiter waiter, Completion completion) {
        this.log = log;
        this.committer = committer;
        this.waiter = waiter;
        this.completion = completion;
    }

    void flush(Request request) {
        request.flushTarget = committer.flush();
        if (finish(request)) {
            return;
        }
        completion.deferred(request);
        waiting.add(request);
        waiter.setWaitingForCommit(true);
        // What was committed before the flag went up woke nobody.
        resume();
    }

    private boolean finish(Request request) {
        if (committer.isCommitted(request.flushTarget)) {
            completion.finish(request, 0);
        } else if (log.failure() != null) {
            completion.finish(request, -Errno.EIO);
        } else {
            return false;
        }
        return true;
    }

    void giveUp(Predicate<Request> which) {
        for (RequestFifo given = waiting.removeIf(which); !given.isEmpty(); ) {
            completion.finish(given.remove(), -Errno.EIO);
        }
        waiter.setWaitingForCommit(!waiting.isEmpty());
    }

    /** Ends what a commit made durable; returns how many. */
    int resume() {
        int resumed = 0;
        while (!waiting.isEmpty()) {
            // Out of the list first: when it has ended, its owner may use it again.
            Request request = waiting.remove();
            if (!finish(request)) {
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
