package io.pcache.backingleg;

import io.pcache.backing.BackingQueue;
import io.pcache.flight.Flights;
import io.pcache.index.CacheIndex;
import io.pcache.request.Request;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A queue's way to the backing device. Whoever steers the queue's requests starts transfers here and is told of their
 * ends; the leg itself knows nothing of the cache device. Owned by one thread; hot.
 */
public final class BackingLeg {
    /** Reads in flight: with {@link Fill#MAX_BYTES} each, 4 MiB of buffers a queue. */
    private static final int FILLS = 32;

    /** Told of the ends of transfers, on the queue's thread, from within {@link BackingQueue#poll}. */
    public interface Steering {
        /**
         * A read has ended. The steering answers with the data, and may put the data into the cache; the fill and its
         * buffer are used again when this returns.
         *
         * @param result 0, or a negative errno
         */
        void filled(Fill fill, int result);
    }

    private final CacheIndex index;
    private final Flights flights;
    private final BackingQueue backing;
    private final int blockBytes;
    private Steering steering;
    private Fill free;
    /** Reads that have not ended. */
    private Fill underWay;

    /** @param blockBytes the backing device's logical block, at most 4096 */
    public BackingLeg(CacheIndex index, Flights flights, BackingQueue backing, int blockBytes) {
        this.index = index;
        this.flights = flights;
        this.backing = backing;
        this.blockBytes = blockBytes;
        for (int i = 0; i < FILLS; i++) {
            free(new Fill(this, Fill.MAX_BYTES));
        }
    }

    /** To be called once, before the first transfer. */
    public void steeredBy(Steering by) {
        this.steering = by;
    }

    // ---- reads

    /**
     * Prepares to read a range that the cache does not hold, and enters the fill among the flights. With the subtree's
     * lock held; {@link #read} without it.
     *
     * @param length bytes wanted; the fill may have fewer
     * @return null if too many are under way
     */
    public Fill take(Request request, int subtree, long offset, int length) {
        Fill fill = free;
        if (fill != null) {
            free = fill.next;
            fill.next = null;
            fill.describe(request, subtree, offset, Math.min(length, Fill.MAX_BYTES));
            fill.entered = true;
            flights.enter(subtree, fill, Flights.FILL, fill.offset, fill.length);
        }
        return fill;
    }

    /** Starts the transfer. */
    public void read(Fill fill) {
        fill.previous = null;
        fill.next = underWay;
        if (underWay != null) {
            underWay.previous = fill;
        }
        underWay = fill;
        backing.submit(fill.transfer(blockBytes));
    }

    /**
     * Reads a range that the cache held damaged. Off the hot path: with memory of its own, so that the read need not
     * wait for a free fill. The data answers, and does not go to the cache.
     */
    public void readAgain(Request request, int subtree, long offset, int length) {
        Fill fill = new Fill(this, length);
        fill.describe(request, subtree, offset, length);
        read(fill);
    }

    void ended(Fill fill) {
        if (fill.previous == null) {
            underWay = fill.next;
        } else {
            fill.previous.next = fill.next;
        }
        if (fill.next != null) {
            fill.next.previous = fill.previous;
        }
        steering.filled(fill, fill.io.result);
        fill.request = null;
        if (fill.entered) {
            synchronized (index.lock(fill.subtree)) {
                flights.leave(fill.subtree, fill);
            }
            free(fill);
        }
    }

    private void free(Fill fill) {
        fill.entered = false;
        fill.next = free;
        free = fill;
    }

    // ---- all transfers

    /**
     * Lets transfers go on without the requests that they were made for.
     *
     * @param given told of each request once for each of its transfers
     */
    public void giveUp(Predicate<Request> which, Consumer<Request> given) {
        for (Fill fill = underWay; fill != null; fill = fill.next) {
            Request request = fill.request;
            if (request != null && which.test(request)) {
                fill.request = null;
                given.accept(request);
            }
        }
    }

    /** Whether no transfer is under way. */
    public boolean isIdle() {
        return underWay == null;
    }
}
