package io.pcache.request;

/**
 * The way of requests into a block device, for one thread. A front end opens one for each of its threads; only that
 * thread calls it.
 *
 * <p>The thread's loop is: submit what has arrived, {@link #poll} until it returns 0, send the answers, then wait for a client or for the
 * wake-up given to {@link BlockDevice#openQueue}. Neither method blocks on a slow device.
 */
public interface RequestQueue extends AutoCloseable {

    /**
     * Takes a request. It ends with {@link Request#completed}, possibly from within this call; {@code completed} must not submit. Requests in flight at
     * once are in no order to each other; a FLUSH covers the requests that had completed, on any queue, when it was submitted.
     */
    void submit(Request request);

    /** Goes on with requests that wait (for the backing device, a free segment, a durable key-set); returns how many steps were made. */
    int poll();

    /** Requests submitted and not yet completed. */
    int inFlight();

    /** Frees the queue. Nothing may be in flight. */
    @Override
    void close();
}
