package io.pcache.nbd;

import java.util.ArrayDeque;

/**
 * All memory that carries clients' data. Each connection is sure of one segment, its home; the others are there for
 * whoever needs more at the moment. So no connection ever waits for what another one holds. Safe for use by any thread;
 * the lock covers a few instructions, or the allocation of a segment that is used for the first time.
 */
final class SegmentPool {
    private final ArrayDeque<Segment> free = new ArrayDeque<>();
    private int spare;

    /** @param segments in all; at least one a connection */
    SegmentPool(int segments, int connections) {
        spare = segments - connections;
    }

    /**
     * A connection's own segment; null when the process cannot have the memory. The caller keeps to the number of
     * connections.
     */
    synchronized Segment takeHome() {
        return takeOrAllocate();
    }

    synchronized void giveHome(Segment segment) {
        segment.giveAll();
        free.push(segment);
    }

    /** A further segment; null when there is none at the moment. */
    synchronized Segment takeSpare() {
        if (spare == 0) {
            return null;
        }
        Segment segment = takeOrAllocate();
        if (segment != null) {
            spare--;
        }
        return segment;
    }

    synchronized void giveSpare(Segment segment) {
        spare++;
        giveHome(segment);
    }

    private Segment takeOrAllocate() {
        Segment segment = free.poll();
        if (segment != null) {
            return segment;
        }
        try {
            return new Segment();
        } catch (OutOfMemoryError e) {
            // -XX:MaxDirectMemorySize is below what the settings allow us: serve with what there is.
            return null;
        }
    }
}
