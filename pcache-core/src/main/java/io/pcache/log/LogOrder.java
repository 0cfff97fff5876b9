package io.pcache.log;

import io.pcache.invariant.Invariant;
import io.pcache.invariant.Stop;
import io.pcache.memory.CacheMemoryException;
import io.pcache.segment.SegmentTable;

/**
 * Checks {@link Invariant#LOG_IN_ORDER} before a tail or the head moves, so that nothing wrong is ever stored.
 * Positions are ordered as the log has entered their segments, since activation. A check costs a few loads for each
 * step of a tail and for each commit, which wait for the device anyway.
 *
 * <p>Safe for use by any thread.
 */
public final class LogOrder {
    private final SegmentTable segments;
    private final Stop stop;

    public LogOrder(SegmentTable segments, Stop stop) {
        this.segments = segments;
        this.stop = stop;
    }

    /**
     * Stops the device unless the second position is at the first one or behind, and both are in segments of the log.
     *
     * @param whatFirst name of the first position, for people
     * @param whatSecond name of the second position
     * @throws CacheMemoryException if the device stops
     */
    public void require(String whatFirst, long first, String whatSecond, long second) {
        long place = place(first);
        if (place < 0 || place(second) < place) {
            throw stop.broken(
                    Invariant.LOG_IN_ORDER,
                    whatFirst + ' ' + described(first) + " should not be behind " + whatSecond + ' '
                            + described(second));
        }
    }

    private long place(long position) {
        return segments.logPlace(Position.segment(position), Position.offset(position));
    }

    private String described(long position) {
        return Position.text(position) + (place(position) < 0 ? " (in no segment of the log)" : "");
    }
}
