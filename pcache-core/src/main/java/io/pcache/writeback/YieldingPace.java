package io.pcache.writeback;

import io.pcache.clock.Clock;
import io.pcache.policy.CleaningPace;
import io.pcache.policy.WriteRate;
import java.util.function.LongSupplier;

/**
 * Lets clients go first where write-back reads from the disk that clients read from and write to. While clients are at
 * work, batches are short, and write-back rests between two batches. The more of the cache is dirty, the shorter are
 * the rests: from {@link #LEAST_SHARE} of the time at {@link #LITTLE_DIRTY} of the cache up to all of the time at
 * {@link #MUCH_DIRTY}. Without clients, or where room is short, write-back works as {@link BatchPace} says.
 *
 * <p>Data that waits costs less to write back: more of it has been replaced, and more of it can be merged. Owned by
 * write-back's thread.
 */
public final class YieldingPace implements CleaningPace {
    /** The share of the time that write-back takes, at least, beside clients. */
    static final double LEAST_SHARE = 1.0 / 8;
    /** Shares of the cache that are dirty. */
    static final double LITTLE_DIRTY = 1.0 / 8;

    static final double MUCH_DIRTY = 1.0 / 2;
    /** Where less than this share of the cache is free for writes, write-back does not yield. */
    static final double LITTLE_ROOM = 1.0 / 16;
    /** About how long a batch takes beside clients. */
    static final long BATCH_NANOS = 40_000_000L;

    static final long MOST_REST_NANOS = 1_000_000_000L;
    /** Clients with fewer requests a second hardly notice write-back. */
    static final long BUSY_REQUESTS_A_SECOND = 100;
    /** A shorter time says little about the rate of requests. */
    private static final long SAMPLE_NANOS = 20_000_000L;

    private static final double NANOS_A_SECOND = 1e9;

    private final CleaningPace whole;
    private final WriteRate rate;
    private final LongSupplier requests;
    private final LongSupplier dirtyBytes;
    private final double cacheBytes;
    private final Clock clock;
    private final LearntSize besideClients = new LearntSize(BATCH_NANOS);
    private long sampledNanos;
    private long sampledRequests;
    private boolean busy;
    private long batchNanos;
    private long batchEndNanos;

    /**
     * @param whole the pace without clients
     * @param requests number of requests that have come since activation
     * @param dirtyBytes bytes that are not written back
     * @param cacheBytes of all segments
     */
    public YieldingPace(
            CleaningPace whole,
            WriteRate rate,
            LongSupplier requests,
            LongSupplier dirtyBytes,
            long cacheBytes,
            Clock clock) {
        this.whole = whole;
        this.rate = rate;
        this.requests = requests;
        this.dirtyBytes = dirtyBytes;
        this.cacheBytes = cacheBytes;
        this.clock = clock;
        this.sampledNanos = clock.nanoTime();
        this.batchEndNanos = sampledNanos;
    }

    @Override
    public long limitBytes() {
        return isYielding() ? Math.min(whole.limitBytes(), besideClients.bytes()) : whole.limitBytes();
    }

    @Override
    public long restNanos() {
        if (batchNanos == 0 || !isYielding()) {
            return 0;
        }
        double share = share();
        long rest = (long) Math.min(MOST_REST_NANOS, batchNanos * (1 / share - 1));
        return Math.max(0, rest - (clock.nanoTime() - batchEndNanos));
    }

    /** The share of the time that write-back takes beside clients. */
    private double share() {
        double dirty = dirtyBytes.getAsLong() / cacheBytes;
        double urgency = Math.max(0, Math.min(1, (dirty - LITTLE_DIRTY) / (MUCH_DIRTY - LITTLE_DIRTY)));
        return LEAST_SHARE + urgency * (1 - LEAST_SHARE);
    }

    private boolean isYielding() {
        long now = clock.nanoTime();
        long passed = now - sampledNanos;
        if (passed >= SAMPLE_NANOS) {
            long all = requests.getAsLong();
            busy = (all - sampledRequests) * NANOS_A_SECOND >= (double) BUSY_REQUESTS_A_SECOND * passed;
            sampledNanos = now;
            sampledRequests = all;
        }
        return busy && rate.roomBytes() >= LITTLE_ROOM * cacheBytes;
    }

    @Override
    public void done(long bytes, long nanos, long flushNanos) {
        whole.done(bytes, nanos, flushNanos);
        besideClients.done(bytes, nanos, flushNanos);
        batchNanos = nanos;
        batchEndNanos = clock.nanoTime();
    }
}
