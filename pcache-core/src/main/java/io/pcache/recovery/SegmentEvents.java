package io.pcache.recovery;

import io.pcache.health.Health;
import io.pcache.invariant.Invariant;
import io.pcache.memory.CacheMemoryException;
import io.pcache.segment.SegmentTable;
import io.pcache.stats.CacheCounter;
import io.pcache.stats.CacheStats;
import io.pcache.wake.Doorbells;

/** Passes on the events of a cache's segments. */
record SegmentEvents(Doorbells doorbells, Health health, CacheStats stats, int recordBytes)
        implements SegmentTable.Listener {
    @Override
    public void freed() {
        stats.add(CacheCounter.FREED_SEGMENTS);
        stats.add(CacheCounter.STORED_RECORD_BYTES, recordBytes);
        doorbells.segmentFreed();
    }

    @Override
    public void retired() {
        doorbells.segmentRetired();
    }

    @Override
    public void shortage() {
        doorbells.segmentsShort();
    }

    @Override
    public CacheMemoryException broken(Invariant invariant, String detail) {
        return health.broken(invariant, detail);
    }

    @Override
    public void setAside(int segment, CacheMemoryException cause) {
        health.setAside(segment, cause);
    }
}
