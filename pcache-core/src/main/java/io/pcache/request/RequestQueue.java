package io.pcache.request;

import java.util.function.Predicate;

/**
 * The way of requests into a block device, for one thread. A front end opens a queue for each of its threads, and only
 * that thread calls the queue.
 *
 * <p>The thread's loop is: submit what has arrived, {@link #poll} until poll returns 0, send the answers, then wait for
 * a client or for the wake-up given to {@link BlockDevice#openQueue}. Neither method blocks on a slow device.
 */
public interface RequestQueue extends AutoCloseable {

    /**
     * Takes a request. The request ends with {@link Request#completed}, possibly from within this call;
     * {@code completed} must not submit. Requests that are in flight at the same time have no order. A FLUSH covers the
     * requests that had completed, on any queue, when the FLUSH was submitted.
     */
    void submit(Request request);

    /**
     * Goes on with requests that wait (for the backing device, a free segment, a durable key-set); returns how many
     * steps were made. A long request is made in steps. After some of the steps, this method calls the wake-up and
     * returns, so that the thread looks at its clients in between.
     */
    int poll();

    /**
     * Whether the queue holds back what it has for a device, so that requests which a client sends at once go there
     * together. The thread then looks at its clients without a wait, and calls {@link #poll} again. To be asked when
     * {@code poll} has returned 0.
     */
    default boolean holdsBack() {
        return false;
    }

    /**
     * Ends requests with -EIO, from within this call, wherever they wait. No data of these requests is touched
     * afterwards. If the backing device was transferring data for a read, the transfer goes on without the request, in
     * memory of the queue; see {@link #isIdle}. Not to be called from within {@link #submit} or {@link #poll}.
     *
     * <p>For clients that have gone, and for a table that is removed by force. A queue in which nothing waits has
     * nothing to do here.
     */
    default void giveUp(Predicate<Request> which) {}

    /** Whether the queue can be closed: no request is in flight, and no transfer for a request that was given up. */
    default boolean isIdle() {
        return inFlight() == 0;
    }

    /** Number of requests that were submitted and have not completed. */
    int inFlight();

    /** Frees the queue, which must be {@linkplain #isIdle idle}. */
    @Override
    void close();
}
