package io.pcache.policy;

/** How much write-back takes on at a time, and how long it rests in between. Owned by write-back's thread. */
public interface CleaningPace {
    /** When the keys of a batch have this many bytes of data, the batch takes no further key-set. */
    long limitBytes();

    /** Nanoseconds until the next batch may begin; 0 for now. A write that waits for room ends the rest. */
    long restNanos();

    /**
     * A batch is done.
     *
     * @param bytes of data that the batch's keys had
     * @param nanos time of the whole batch, including the flush
     * @param flushNanos time of the flush
     */
    void done(long bytes, long nanos, long flushNanos);
}
