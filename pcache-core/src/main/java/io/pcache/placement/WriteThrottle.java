package io.pcache.placement;

import io.pcache.log.KeyLog;
import io.pcache.media.DeviceLayout;
import io.pcache.segment.SegmentTable;

/**
 * Holds writes back, when few segments are free, to the pace at which garbage collection passes the log.
 *
 * <p>A segment becomes free as a whole, after all 16 MiB of it were written back: were writes let run until none is
 * left, all would stand still for that long, again and again. So from {@link #low} free segments down, the log may hold
 * no more data than it held when that was reached: each step of garbage collection lets as much in as it let go of, and
 * a write waits for one batch of write-back, not for a segment's worth of them.
 *
 * <p>Safe for use by any thread; {@link #passed} is for the collector's.
 */
public final class WriteThrottle {
    private static final long OPEN = Long.MAX_VALUE;
    private static final int MIN_LOW_SEGMENTS = 2;
    private static final int MAX_LOW_SEGMENTS = 4;

    private final KeyLog log;
    private final SegmentTable segments;
    private final int low;
    /** Most bytes of data that keys in the log may hold. */
    private volatile long ceiling = OPEN;

    private volatile long passedBytes;

    public WriteThrottle(KeyLog log, SegmentTable segments) {
        this.log = log;
        this.segments = segments;
        this.low = Math.max(MIN_LOW_SEGMENTS, Math.min(MAX_LOW_SEGMENTS, segments.count() / 8));
    }

    /**
     * Whether a write may go on now. If not, it may when {@link #passed} was called, or a segment was freed. Hot.
     *
     * <p>Queues that ask at the same time may all be let in, with one piece each: the free segments that are left are
     * for that.
     */
    public boolean admits() {
        if (segments.freeCount() > low) {
            if (ceiling != OPEN) {
                ceiling = OPEN;
            }
            return true;
        }
        // Data that replay found is in neither figure: only their difference to the ceiling counts.
        long held = log.appendedBytes() - passedBytes;
        if (ceiling == OPEN) {
            ceiling = held;
        }
        return held <= ceiling;
    }

    /** Bytes that can be written before writes are held back. */
    public long roomBytes() {
        return Math.max(0, segments.freeCount() - low) * (long) DeviceLayout.SEGMENT_BYTES;
    }

    /** Keys with so many bytes of data have left the log. */
    @SuppressWarnings("NonAtomicOperationOnVolatileField")
    public void passed(long bytes) {
        passedBytes += bytes;
    }
}
