package io.pcache.engine;

import io.pcache.agent.Agent;
import io.pcache.backing.CacheDisk;
import io.pcache.clock.Clock;
import io.pcache.health.CacheEvents;
import io.pcache.health.Health;
import io.pcache.media.DeviceLayout;
import io.pcache.segment.SegmentTable;
import io.pcache.stats.CacheCounter;
import io.pcache.stats.CacheStats;
import io.pcache.wake.Doorbells;
import io.pcache.wake.Signal;
import java.io.UncheckedIOException;

/**
 * Discards segments that were freed, so that an SSD need not keep what they hold. One segment at a time is held back
 * from writers for this, and only while enough others are free. Between two discards the agent rests for as long as the
 * last one took: a disk may serve nobody else during a discard, and Linux brings no page of the device into the page
 * cache, which the log may need.
 *
 * <p>What describes the segment stands in front of its data, and is not discarded.
 */
final class SegmentDiscarder implements Agent {
    private final SegmentTable segments;
    private final CacheDisk disk;
    private final Doorbells doorbells;
    private final Health health;
    private final CacheStats stats;
    private final Clock clock;
    private volatile boolean on;
    private long begunNanos;
    private long endedNanos;

    SegmentDiscarder(
            SegmentTable segments, CacheDisk disk, Doorbells doorbells, Health health, CacheStats stats, Clock clock) {
        this.segments = segments;
        this.disk = disk;
        this.doorbells = doorbells;
        this.health = health;
        this.stats = stats;
        this.clock = clock;
        this.begunNanos = clock.nanoTime();
        this.endedNanos = begunNanos;
        set(disk.discardsCheaply());
    }

    /** Whether segments that become free are discarded. */
    boolean isOn() {
        return on;
    }

    /** From any thread. A discard under way goes on. */
    void set(boolean wanted) {
        on = wanted;
        segments.keepForDiscard(wanted);
    }

    @Override
    public boolean doWork() {
        if (!on || health.isStopped() || restNanos() > 0) {
            return false;
        }
        int segment = segments.beginDiscard();
        if (segment == SegmentTable.NONE) {
            return false;
        }
        begunNanos = clock.nanoTime();
        try {
            discard(segment);
        } finally {
            segments.endDiscard(segment);
        }
        endedNanos = clock.nanoTime();
        doorbells.spaceMade();
        return true;
    }

    private void discard(int segment) {
        try {
            if (disk.discard(segments.dataOffset(segment), DeviceLayout.SEGMENT_DATA_BYTES)) {
                stats.add(CacheCounter.DISCARDED_BYTES, DeviceLayout.SEGMENT_DATA_BYTES);
            }
        } catch (UncheckedIOException e) {
            set(false);
            health.events()
                    .event(
                            CacheEvents.Kind.CACHE_ERROR,
                            "segments of the cache are no longer discarded, since the cache device refuses: "
                                    + e.getCause().getMessage()
                                    + "; no data is concerned; the message 'cache_discard true' tries again");
        }
    }

    /** How long the agent still rests; 0 or less if it does not. */
    private long restNanos() {
        return endedNanos - begunNanos - (clock.nanoTime() - endedNanos);
    }

    @Override
    public long idleNanos() {
        long rest = restNanos();
        return on && rest > 0 ? rest : NEVER;
    }

    @Override
    public Signal signal() {
        return doorbells.discard();
    }

    @Override
    public String waitsFor() {
        return "the cache device";
    }

    @Override
    public String name() {
        return "discard";
    }
}
