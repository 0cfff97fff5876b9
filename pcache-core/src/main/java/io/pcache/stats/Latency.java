package io.pcache.stats;

/** What is timed, in nanoseconds from the submission of a request to its end. */
public enum Latency {
    READ,
    /** Includes writes that asked to be durable, and requests to write zeroes. */
    WRITE,
    FLUSH,
    /**
     * Requests of any kind that had to wait, from the time when they began to wait. All of them are timed, whether the
     * sampling has chosen them or not, and none is weighted: a stall must show.
     */
    DEFERRED
}
