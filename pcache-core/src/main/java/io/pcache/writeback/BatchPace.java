package io.pcache.writeback;

import io.pcache.policy.CleaningPace;
import io.pcache.policy.WriteRate;

/**
 * Decides how large a batch may be, and lets no time pass between batches. A large batch leaves out more superseded
 * data, merges more writes, and needs fewer flushes. But if a write finds the cache full, the write waits for the end
 * of the batch. So batches are as large as the room that is left allows. In a full cache they last for about
 * {@link #TARGET_NANOS}, or several times as long as a flush of the backing device. Owned by write-back's thread.
 */
public final class BatchPace implements CleaningPace {
    static final long TARGET_NANOS = 10_000_000L;
    /** While a batch is under way, new writes come in, perhaps several times as fast. */
    private static final int SHARE_OF_ROOM = 4;

    private final WriteRate rate;
    private final LearntSize inFullCache = new LearntSize(TARGET_NANOS);

    public BatchPace(WriteRate rate) {
        this.rate = rate;
    }

    @Override
    public long limitBytes() {
        return Math.min(LearntSize.MAX_BYTES, Math.max(inFullCache.bytes(), rate.roomBytes() / SHARE_OF_ROOM));
    }

    @Override
    public long restNanos() {
        return 0;
    }

    @Override
    public void done(long bytes, long nanos, long flushNanos) {
        inFullCache.done(bytes, nanos, flushNanos);
    }
}
