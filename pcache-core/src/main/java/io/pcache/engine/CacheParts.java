package io.pcache.engine;

import io.pcache.gc.GarbageCollector;
import io.pcache.health.Health;
import io.pcache.index.CacheIndex;
import io.pcache.log.KeyLog;
import io.pcache.log.Tails;
import io.pcache.persist.Committer;
import io.pcache.segment.CachedData;
import io.pcache.segment.SegmentTable;
import io.pcache.wake.Doorbells;
import io.pcache.writeback.WriteBack;

/** The parts of a cache, so that tests in this package can look inside and drive the agents by hand. */
public record CacheParts(
        CachedData data,
        CacheIndex index,
        KeyLog log,
        Tails tails,
        Doorbells doorbells,
        Health health,
        Committer committer,
        WriteBack writeBack,
        GarbageCollector gc,
        MemoryGrower grower) {
    public SegmentTable segments() {
        return data.segments();
    }
}
