package io.pcache.request;

import io.pcache.stats.QueueStats;

/**
 * How far a queue has got with a request. For implementations of {@link RequestQueue}. A queue owns this object from
 * {@link RequestQueue#submit} until the request's end. All fields belong to the queue's thread.
 */
public final class RequestProgress {
    /** Whether a queue has taken the request and has not ended it yet. */
    public boolean underWay;
    /** Bytes from the request's start that are accepted (write), or answered or under way (read). */
    public long done;
    /** Number of legs, the parts of the work, that have not ended. The request ends with the last one. */
    public int legs;
    /** 0, or the negative errno with which the request will end. */
    public int error;
    /** Whether a write that asks to be durable has begun its flush. */
    public boolean flushing;
    /** How far the log must be committed before a flush ends. */
    public long flushTarget;
    /** Up to which write the backing device must be flushed before a flush ends. */
    public long backingTarget;
    /** How many flushes of the backing device had failed when this one was wanted. */
    public long backingFailures;
    /**
     * The place of a write among the writes that wait for room, or are between two steps. The lower number comes first.
     */
    public long turn;
    /** When the request came, by the queue's clock; {@link QueueStats#UNTIMED} if the request is not timed. */
    public long startNanos;
    /** When the request began to wait; UNTIMED if it has not waited. */
    public long waitNanos;
    /** The link of the list in which the request waits. */
    public Request next;

    long heldNanos;

    /** The time since which the request had waited when it was submitted; UNTIMED if it had not waited. */
    public long heldNanos() {
        return heldNanos;
    }

    void reset() {
        done = 0;
        legs = 0;
        error = 0;
        flushing = false;
        flushTarget = 0;
        waitNanos = QueueStats.UNTIMED;
        heldNanos = QueueStats.UNTIMED;
        next = null;
    }
}
