package io.pcache.engine;

import io.pcache.segment.SegmentTable;
import io.pcache.state.Agent;
import io.pcache.state.Signal;

/**
 * Looks at free segments of persistent memory before they are used, so that no request waits for it. Without its thread
 * whoever takes a segment looks itself.
 */
final class SegmentPreparer implements Agent {
    private final SegmentTable segments;
    private final Signal signal = new Signal();

    SegmentPreparer(SegmentTable segments) {
        this.segments = segments;
    }

    @Override
    public boolean doWork() {
        return segments.prepareNext();
    }

    @Override
    public Signal signal() {
        return signal;
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
