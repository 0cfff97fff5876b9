package io.pcache.backing;

/**
 * Transfers in flight between one thread and a backing device. All methods are called by the owning thread only.
 *
 * <p>A transfer is submitted whole and completes once: short counts are continued and EINTR/EAGAIN retried inside.
 * Transfers complete in any order. A {@link BackingIo.Kind#FLUSH} covers the writes that had completed when it was
 * submitted.
 */
public interface BackingQueue extends AutoCloseable {

    /**
     * Takes a transfer; it ends with {@link BackingIo#completed} from within {@link #poll}, never from within this
     * call.
     */
    void submit(BackingIo io);

    /** Hands what was submitted to the device. Implementations may have done so earlier. */
    void kick();

    /** Completes what has ended; returns how many. Does not block. */
    int poll();

    /** Transfers submitted and not yet completed. */
    int inFlight();

    /** Frees the queue. Nothing may be in flight. */
    @Override
    void close();
}
