package io.pcache.writeback;

/** What has become of a flush that {@link Batch} wanted. */
public enum FlushOutcome {
    DONE,
    FAILED,
    /**
     * A queue's flush is under way, and its end raises the batch's signal. The batch's flush is to be tried again then.
     */
    PUT_OFF
}
