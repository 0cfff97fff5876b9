package io.pcache.request;

import io.pcache.stats.QueueStats;

/**
 * A block request. A front end makes as many objects as there can be requests in flight, once, and uses them again and
 * again: {@link #prepare}, {@link RequestQueue#submit}, and after {@link #completed} the object is free for the next
 * request.
 *
 * <p>Owned by the queue's thread.
 */
public abstract class Request {

    public enum Op {
        READ,
        WRITE,
        FLUSH,
        WRITE_ZEROES,
        DISCARD
    }

    Op op;
    long offset;
    long length;
    boolean fua;
    RequestData data;

    private final RequestProgress progress = new RequestProgress();

    /**
     * Describes the request.
     *
     * @param offset bytes from the start of the device, a multiple of 512; ignored for FLUSH
     * @param length bytes, a multiple of 512; at most 32 MiB for READ and WRITE, up to the device's size for the others
     * @param fua whether a WRITE or WRITE_ZEROES completes only when the data is durable
     * @param data the bytes of a READ or WRITE; null otherwise
     */
    public final Request prepare(Op op, long offset, long length, boolean fua, RequestData data) {
        this.op = op;
        this.offset = offset;
        this.length = length;
        this.fua = fua;
        this.data = data;
        progress.reset();
        return this;
    }

    /**
     * Says that the request had to wait before it could be submitted. The request's wait counts from that time on. To
     * be called after {@link #prepare}.
     *
     * @param nanos when the wait began, by {@link System#nanoTime}
     */
    public final void heldSince(long nanos) {
        if (progress.heldNanos == QueueStats.UNTIMED) {
            progress.heldNanos = nanos == QueueStats.UNTIMED ? 1 : nanos;
        }
    }

    public final Op op() {
        return op;
    }

    public final long offset() {
        return offset;
    }

    public final long length() {
        return length;
    }

    /** The bytes of a READ or WRITE; for implementations of queues. */
    public final RequestData data() {
        return data;
    }

    /** How far the queue has got with the request; for implementations of queues. */
    public final RequestProgress progress() {
        return progress;
    }

    /** Ends the request; for implementations of queues. */
    public final void end(int result) {
        completed(result);
    }

    /** Whether the request completes only when its data is durable. */
    public final boolean fua() {
        return fua;
    }

    /**
     * The request has ended. Called on the queue's thread, from within {@link RequestQueue#submit} or
     * {@link RequestQueue#poll}.
     *
     * @param result 0, or a negative errno (-EIO, -EINVAL for a range outside the device, -EROFS, -ENOSPC)
     */
    protected abstract void completed(int result);
}
