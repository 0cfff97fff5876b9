package io.pcache.request;

import java.util.function.Predicate;

/**
 * The way of requests into a block device, for one thread. A front end opens one for each of its threads; only that
 * thread calls it.
 *
 * <p>The thread's loop is: submit what has arrived, {@link #poll} until it returns 0, send the answers, then wait for a
 * client or for the wake-up given to {@link BlockDevice#openQueue}. Neither method blocks on a slow device.
 */
public interface RequestQueue extends AutoCloseable {

    /**
     * Takes a request. It ends with {@link Request#completed}, possibly from within this call; {@code completed} must
     * not submit. Requests in flight at once are in no order to each other; a FLUSH covers the requests that had
     * completed, on any queue, when it was submitted.
     */
    void submit(Request request);

    /**
     * Goes on with requests that wait (for the backing device, a free segment, a durable key-set); returns how many
     * steps were made. A long request is carried out in steps: after some of them this calls the wake-up and returns,
     * so that the thread looks at its clients in between.
     */
    int poll();

    /**
     * Ends requests with -EIO, from within this call, wherever they wait. None of them touches its data afterwards: a
     * transfer of the backing device that was under way for a read goes on without it, in memory of the queue's own;
     * see {@link #isIdle}. Not to be called from within {@link #submit} or {@link #poll}.
     *
     * <p>For clients that have gone, and for a table that goes by force. Queues in which nothing waits have nothing to
     * do.
     */
    default void giveUp(Predicate<Request> which) {}

    /**
     * Whether the queue can be closed: nothing is in flight, nor a transfer that was made for a request that was given
     * up.
     */
    default boolean isIdle() {
        return inFlight() == 0;
    }

    /** Requests submitted and not yet completed. */
    int inFlight();

    /** Frees the queue, which must be {@linkplain #isIdle idle}. */
    @Override
    void close();
}
