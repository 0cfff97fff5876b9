package io.pcache.writeback;

import io.pcache.policy.CleaningPace;
import io.pcache.policy.WriteRate;

/**
 * How large a batch may be. A large one leaves more superseded data out, merges more, and needs fewer flushes; but a
 * write that finds the cache full waits for its end. So batches are as large as the room that is left allows, and in a
 * full cache last for about {@link #TARGET_NANOS}, or several times as long as the backing device's flush, as measured
 * on those before. Owned by write-back's thread.
 */
public final class BatchPace implements CleaningPace {
    static final long MAX_BYTES = 64L << 20;
    static final long MIN_BYTES = 1L << 20;
    static final long TARGET_NANOS = 10_000_000L;
    /** From less no rate is to be learnt. */
    private static final long MIN_SAMPLE_BYTES = 256 << 10;
    /** A flush may take a fifth of the time. */
    private static final int FLUSH_TIMES = 4;
    /** New writes come in while a batch is under way, perhaps several times as fast. */
    private static final int SHARE_OF_ROOM = 4;

    private final WriteRate rate;
    private long fullCacheBytes = MIN_BYTES;

    public BatchPace(WriteRate rate) {
        this.rate = rate;
    }

    @Override
    public long limitBytes() {
        return Math.min(MAX_BYTES, Math.max(fullCacheBytes, rate.roomBytes() / SHARE_OF_ROOM));
    }

    @Override
    public void done(long bytes, long nanos, long flushNanos) {
        if (bytes < MIN_SAMPLE_BYTES) {
            return;
        }
        double bytesPerNano = bytes / (double) Math.max(1, nanos - flushNanos);
        long next = (long) (bytesPerNano * (TARGET_NANOS + FLUSH_TIMES * flushNanos));
        // Half of the old value: one batch that was lucky, or had the processor to itself, does not decide.
        fullCacheBytes = Math.max(MIN_BYTES, Math.min(MAX_BYTES, (fullCacheBytes + next) / 2));
    }
}
