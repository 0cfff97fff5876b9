package io.pcache.placement;

import io.pcache.log.KeyLog;
import io.pcache.media.DeviceLayout;
import io.pcache.policy.WriteRate;
import io.pcache.segment.SegmentTable;

/**
 * When few segments are free, holds writes back to the pace at which garbage collection passes the log.
 *
 * <p>A segment becomes free as a whole, after all of its 16 MiB were written back. If writes went on until no segment
 * is left, all of them would stand still for that long, again and again. So once only {@link #low} segments are free,
 * the log may hold no more data than at that moment. Each step of garbage collection then lets in as much data as the
 * step lets go of. So a write waits for one batch of write-back, and not for all the batches of a segment.
 *
 * <p>Safe for use by any thread; {@link #passed} is for the collector's.
 */
public final class WriteThrottle implements WriteRate {
    private static final long OPEN = Long.MAX_VALUE;
    private static final int MIN_LOW_SEGMENTS = 2;
    private static final int MAX_LOW_SEGMENTS = 4;

    private final KeyLog log;
    private final SegmentTable segments;
    private final int low;
    /** Most bytes of data that the keys in the log may name. */
    private volatile long ceiling = OPEN;

    private volatile long passedBytes;

    public WriteThrottle(KeyLog log, SegmentTable segments) {
        this.log = log;
        this.segments = segments;
        this.low = Math.max(MIN_LOW_SEGMENTS, Math.min(MAX_LOW_SEGMENTS, segments.count() / 8));
    }

    /**
     * {@inheritDoc}
     *
     * <p>Queues that ask at the same time may all be let in, with one piece each. The free segments that are left are
     * for such cases.
     */
    @Override
    public boolean admits() {
        if (segments.freeCount() > low) {
            if (ceiling != OPEN) {
                ceiling = OPEN;
            }
            return true;
        }
        // Data that replay found is in neither number. Only the difference to the ceiling counts.
        long held = log.appendedBytes() - passedBytes;
        if (ceiling == OPEN) {
            ceiling = held;
        }
        return held <= ceiling;
    }

    @Override
    public long roomBytes() {
        return Math.max(0, segments.freeCount() - low) * (long) DeviceLayout.SEGMENT_BYTES;
    }

    @Override
    @SuppressWarnings("NonAtomicOperationOnVolatileField")
    public void passed(long bytes) {
        passedBytes += bytes;
    }
}
