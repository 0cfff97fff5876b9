package io.pcache.engine;

import io.pcache.agent.Agent;
import io.pcache.segment.SegmentTable;
import io.pcache.wake.Doorbells;
import io.pcache.wake.Signal;

/**
 * Prepares free segments of persistent memory before they are used, so that no request waits for the check. If this
 * agent has no thread, each thread that takes a segment prepares the segment itself.
 */
final class SegmentPreparer implements Agent {
    private final SegmentTable segments;
    private final Doorbells doorbells;

    SegmentPreparer(SegmentTable segments, Doorbells doorbells) {
        this.segments = segments;
        this.doorbells = doorbells;
    }

    @Override
    public boolean doWork() {
        return segments.prepareNext();
    }

    @Override
    public Signal signal() {
        return doorbells.prepare();
    }

    @Override
    public String waitsFor() {
        return "the cache device";
    }

    @Override
    public String name() {
        return "prepare";
    }
}
