package io.pcache.stats;

/** What is timed, in nanoseconds from the submission of a request to its end. */
public enum Latency {
    READ,
    /** Also writes that asked to be durable, and requests to write zeroes. */
    WRITE,
    FLUSH,
    /**
     * Requests of any kind that had to wait, from when they began to wait. Timed whether the sampling chose them or
     * not, and not weighted: a stall must show.
     */
    DEFERRED
}
