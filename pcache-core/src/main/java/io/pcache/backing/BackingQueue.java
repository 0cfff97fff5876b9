package io.pcache.backing;

import java.nio.ByteBuffer;

/**
 * Transfers in flight between one thread and a backing device. Only the owning thread calls the methods.
 *
 * <p>A transfer is submitted whole and completes once: the queue itself continues after short counts, and tries again
 * after EINTR and EAGAIN. Transfers complete in any order. A {@link BackingIo.Kind#FLUSH} covers the writes that had
 * completed when the flush was submitted.
 */
public interface BackingQueue extends AutoCloseable {

    /**
     * Announces memory that transfers will use until {@link #unregister} or the queue's end, so that a queue which can
     * prepare memory does that once, and not for each transfer. Other memory may be used all the same.
     *
     * @param memory direct
     */
    default void register(ByteBuffer memory) {}

    /** Takes back what {@link #register} has announced, if that was announced. No transfer may use the memory. */
    default void unregister(ByteBuffer memory) {}

    /**
     * Takes a transfer. The transfer ends with {@link BackingIo#completed} from within {@link #poll}, never from within
     * this call.
     */
    void submit(BackingIo io);

    /** Hands what was submitted to the device. An implementation may have done so earlier. */
    void kick();

    /** Completes the transfers that have ended; returns how many. Does not block. */
    int poll();

    /** Number of transfers that were submitted and have not completed. */
    int inFlight();

    /** Frees the queue. Nothing may be in flight. */
    @Override
    void close();
}
