package io.pcache.policy;

/** How much write-back takes on at a time. Owned by write-back's thread. */
public interface CleaningPace {
    /** Bytes of keys after which no further key-set is to be taken into a batch. */
    long limitBytes();

    /**
     * A batch is done.
     *
     * @param bytes that its keys had
     * @param nanos it took in all, the flush included
     * @param flushNanos the flush took
     */
    void done(long bytes, long nanos, long flushNanos);
}
