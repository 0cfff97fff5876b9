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
 * <p>A value must not change without a write, whatever crashes. Suppose the backing device got new data before the
 * data's key is durable. A crash could then bring the cache's older copy back for a while, and when that copy goes, the
 * new data would be back. So a write's keys, which say dirty, are made durable first. From then on the cache answers
 * for the range, until the backing device has the data, too. A write waits here for its keys, and then for writes of
 * other queues, or of write-back, to the same range.
 */
final class Throughs {

    /** Writes through in the order in which they came, linked through the objects themselves. */
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
    /** Writes whose data is in the cache, and whose keys the log was not yet told to commit. */
    private final Fifo stored = new Fifo();
    /** Writes that wait for the log to be committed. */
    private final Fifo committing = new Fifo();
    /** Writes that wait for other writes to the backing device. */
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

    /** Whether the backing leg has a free buffer. */
    boolean hasFree() {
        return backing.hasFreeWrite();
    }

    /** Begins a part of a write, in front of the first piece of the part; {@link #close} ends it. */
    ThroughWrite open(Request request) {
        long done = request.progress().done;
        return backing.takeWrite(request, request.offset() + done, request.length() - done);
    }

    /** Takes a piece that the cache has accepted, or is about to store and accept. */
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

    /** Ends a part: no more pieces come for now, and the part goes on its way. */
    void close(ThroughWrite write) {
        if (write.isEmpty()) {
            backing.drop(write);
            return;
        }
        join.begins(write.request());
        write.isClosed = true;
        if (write.stores == 0) {
            stored.add(write);
        }
    }

    /** A store of a piece of this part has begun, and ends later. */
    void storeBegun(ThroughWrite write) {
        write.stores++;
    }

    /** A store of a piece of this part has ended. */
    void storeEnded(ThroughWrite write, int error) {
        write.stores--;
        write.hasFailed |= error != 0;
        if (write.stores > 0 || !write.isClosed) {
            return;
        }
        if (write.hasFailed) {
            fail(write);
        } else {
            stored.add(write);
        }
    }

    /** Goes on with the writes that wait; returns how many steps were made. */
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
            // Set before the check below: a commit that came before the flag was set has woken nobody.
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

    /** The backing leg has ended a part. */
    void written(ThroughWrite write, int result) {
        if (write.request() != null) {
            join.ends(write.request(), result < 0 ? -Errno.EIO : 0);
        }
    }
}
