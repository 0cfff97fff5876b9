package io.pcache.queue;

import io.pcache.backingleg.BackingLeg;
import io.pcache.backingleg.ThroughWrite;
import io.pcache.cacheleg.CacheLeg;
import io.pcache.cacheleg.Piece;
import io.pcache.health.Health;
import io.pcache.log.KeyLog;
import io.pcache.memory.CacheMemoryException;
import io.pcache.persist.Committer;
import io.pcache.request.Request;
import io.pcache.sys.Errno;
import io.pcache.wake.SpaceWaiters;

/**
 * Steers writes on to the backing device once the cache has them.
 *
 * <p>A value must not change without a write, whatever crashes. Were the backing device to get new data before the key
 * of that data is durable, a crash could bring the cache's older copy back for a while, and the new data again when the
 * copy goes. So a write's keys, which say dirty, are durable first: the cache then answers for the range until the
 * backing device has the data too. What waits here waits for that, and then for writes of other queues, or of
 * write-back, to the same range.
 */
final class Throughs {

    /** Writes through in the order in which they came, linked through themselves. */
    private static final class Fifo {
        private ThroughWrite first;
        private ThroughWrite last;

        boolean isEmpty() {
            return first == null;
        }

        void add(ThroughWrite write) {
            write.next = null;
            if (first == null) {
                first = write;
            } else {
                last.next = write;
            }
            last = write;
        }

        ThroughWrite remove() {
            ThroughWrite write = first;
            first = write.next;
            write.next = null;
            return write;
        }
    }

    private final CacheLeg cache;
    private final BackingLeg backing;
    private final KeyLog log;
    private final Committer committer;
    private final SpaceWaiters.Waiter waiter;
    private final Health health;
    private final Join join;
    /** In the cache, and not flushed to the log yet. */
    private final Fifo stored = new Fifo();
    /** For the log to be committed. */
    private final Fifo committing = new Fifo();
    /** For other writes to the backing device. */
    private final Fifo blocked = new Fifo();

    Throughs(
            CacheLeg cache,
            BackingLeg backing,
            KeyLog log,
            Committer committer,
            SpaceWaiters.Waiter waiter,
            Health health,
            Join join) {
        this.cache = cache;
        this.backing = backing;
        this.log = log;
        this.committer = committer;
        this.waiter = waiter;
        this.health = health;
        this.join = join;
    }

    /** Whether the backing leg has a buffer free. */
    boolean hasFree() {
        return backing.hasFreeWrite();
    }

    /** Begins a part of a write, in front of the first piece of that part; {@link #close} ends it. */
    ThroughWrite open(Request request) {
        long done = request.progress().done;
        return backing.takeWrite(request, request.offset() + done, request.length() - done);
    }

    /** Takes a piece that the cache has accepted. */
    void add(ThroughWrite write, Piece piece) {
        try {
            cache.copyOut(piece, write.buffer(), write.bufferIndex());
            write.add(piece.extent());
        } catch (CacheMemoryException e) {
            write.request().progress().error = -Errno.EIO;
            health.cacheReadFailed(
                    "data of a write could not be loaded from the cache, to be written through: " + e.getMessage());
        }
    }

    /** No more pieces come for now: what there is goes on its way. */
    void close(ThroughWrite write) {
        if (write.isEmpty()) {
            backing.drop(write);
        } else {
            join.begins(write.request());
            stored.add(write);
        }
    }

    /** Goes on with what waits; returns how many steps were made. */
    int resume() {
        int steps = 0;
        for (int left = count(blocked); left > 0; left--) {
            steps += start(blocked.remove());
        }
        if (!stored.isEmpty()) {
            long target = committer.flush();
            while (!stored.isEmpty()) {
                ThroughWrite write = stored.remove();
                write.keyTarget = target;
                committing.add(write);
                steps++;
            }
            // Before the look below: what was committed before the flag went up woke nobody.
            waiter.setWaitingForKeys(true);
        }
        if (committing.isEmpty()) {
            return steps;
        }
        while (!committing.isEmpty() && committer.isCommitted(committing.first.keyTarget)) {
            start(committing.remove());
            steps++;
        }
        while (!committing.isEmpty() && log.failure() != null) {
            fail(committing.remove());
            steps++;
        }
        waiter.setWaitingForKeys(!committing.isEmpty());
        return steps;
    }

    private static int count(Fifo fifo) {
        int count = 0;
        for (ThroughWrite write = fifo.first; write != null; write = write.next) {
            count++;
        }
        return count;
    }

    /** Returns 1 if the write has begun. */
    private int start(ThroughWrite write) {
        if (backing.start(write)) {
            return 1;
        }
        blocked.add(write);
        return 0;
    }

    private void fail(ThroughWrite write) {
        Request request = write.request();
        backing.drop(write);
        if (request != null) {
            join.ends(request, -Errno.EIO);
        }
    }

    /** The backing leg is done with a part. */
    void written(ThroughWrite write, int result) {
        if (write.request() != null) {
            join.ends(write.request(), result < 0 ? -Errno.EIO : 0);
        }
    }
}
