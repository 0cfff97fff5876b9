package io.pcache.writeback;

import io.pcache.policy.CleaningPace;
import io.pcache.policy.WriteRate;

/**
 * Decides how large a batch may be. A large batch leaves out more superseded data, merges more writes, and needs fewer
 * flushes. But if a write finds the cache full, the write waits for the end of the batch. So batches are as large as
 * the room that is left allows. In a full cache they last for about {@link #TARGET_NANOS}, or several times as long as
 * a flush of the backing device; the earlier batches tell the rate and the time of a flush. Owned by write-back's
 * thread.
 */
public final class BatchPace implements CleaningPace {
    static final long MAX_BYTES = 64L << 20;
    static final long MIN_BYTES = 1L << 20;
    static final long TARGET_NANOS = 10_000_000L;
    /** A smaller batch tells no rate. */
    private static final long MIN_SAMPLE_BYTES = 256 << 10;
    /** A flush may take a fifth of a batch's time. */
    private static final int FLUSH_TIMES = 4;
    /** While a batch is under way, new writes come in, perhaps several times as fast. */
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
        // Half of the old value stays, so that one batch that was lucky, or had the processor to itself, does not
        // decide.
        fullCacheBytes = Math.max(MIN_BYTES, Math.min(MAX_BYTES, (fullCacheBytes + next) / 2));
    }
}
