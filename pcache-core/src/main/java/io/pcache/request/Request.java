package io.pcache.request;

import io.pcache.stats.QueueStats;

/**
 * One block request. Front ends make as many as can be in flight, once, and use them again and again: {@link #prepare},
 * {@link RequestQueue#submit}, and after {@link #completed} the object is free for the next.
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

    // How far the engine has got with it. Bytes from the start that are accepted (write) or answered or under way
    // (read).
    long done;
    // Reads of the backing device under way for it.
    int pending;
    // 0, or the negative errno that it will end with.
    int error;
    // A read whose last part is under way.
    boolean issued;
    // Of a write that waits for room, or is between two steps: those with a lower one come first.
    long turn;
    // What the log must have committed before it ends.
    long flushTarget;
    // Since when it had waited when it was submitted; UNTIMED if it had not.
    long heldNanos;
    // When it came, if it is one that is timed, and when it began to wait.
    long startNanos;
    long waitNanos;
    // A piece of a write that has its place and its data, but is not in the log yet; 0 bytes if there is none.
    int pieceBytes;
    int pieceSegment;
    int piecePlace;
    int pieceChecksum;
    Request next;

    /**
     * Describes the request.
     *
     * @param offset bytes from the start of the device, a multiple of 512; ignored for FLUSH
     * @param length bytes, a multiple of 512; at most 32 MiB for READ and WRITE, up to the device's size for the others
     * @param fua a WRITE or WRITE_ZEROES completes only when it is durable
     * @param data the bytes of a READ or WRITE; null otherwise
     */
    public final Request prepare(Op op, long offset, long length, boolean fua, RequestData data) {
        this.op = op;
        this.offset = offset;
        this.length = length;
        this.fua = fua;
        this.data = data;
        this.done = 0;
        this.pending = 0;
        this.error = 0;
        this.issued = false;
        this.flushTarget = 0;
        this.pieceBytes = 0;
        this.waitNanos = QueueStats.UNTIMED;
        this.heldNanos = QueueStats.UNTIMED;
        this.next = null;
        return this;
    }

    /**
     * For a request that had to wait before it could be submitted, to be called after {@link #prepare}: its wait counts
     * from then on.
     *
     * @param nanos by {@link System#nanoTime}
     */
    public final void heldSince(long nanos) {
        if (heldNanos == QueueStats.UNTIMED) {
            heldNanos = nanos == QueueStats.UNTIMED ? 1 : nanos;
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

    /** For queue implementations: the bytes of a READ or WRITE. */
    public final RequestData data() {
        return data;
    }

    /** For queue implementations: ends the request. */
    public final void end(int result) {
        completed(result);
    }

    /** Whether it completes only when durable. */
    public final boolean fua() {
        return fua;
    }

    /**
     * The request has ended, on the queue's thread, from within {@link RequestQueue#submit} or
     * {@link RequestQueue#poll}.
     *
     * @param result 0, or a negative errno (-EIO, -EINVAL for a range outside the device, -EROFS, -ENOSPC)
     */
    protected abstract void completed(int result);
}
