package io.pcache.gc;

import io.pcache.agent.Agent;
import io.pcache.health.CacheEvents;
import io.pcache.health.Health;
import io.pcache.index.CacheIndex;
import io.pcache.log.Key;
import io.pcache.log.KeySetReader;
import io.pcache.log.Position;
import io.pcache.log.Tails;
import io.pcache.media.KeySetLayout;
import io.pcache.memory.CacheMemoryException;
import io.pcache.policy.WriteRate;
import io.pcache.segment.CachedData;
import io.pcache.segment.SegmentTable;
import io.pcache.stats.CacheCounter;
import io.pcache.stats.CacheStats;
import io.pcache.wake.Doorbells;
import io.pcache.wake.Signal;

/**
 * Frees segments. Walks the log from the key tail, as long as more segments are in use than the threshold allows, or a
 * write waits for a segment.
 *
 * <p><b>Order.</b> The collector takes some key-sets at a time. First the data of the key-sets leaves the index, so
 * that no read begins on the data. Then the key tail passes the key-sets, durably. Then their references are dropped.
 * The data segments that nobody refers to any more get new generations, durably and all at once, and are free. The key
 * tail must pass before a reference is dropped. Otherwise the segment of a range's newer key could be freed, and a
 * crash could leave an older key of the range in force.
 */
public final class GarbageCollector implements Agent {
    /**
     * Most key-sets that the key tail passes in one durable step; {@link #STEP_BYTES} limits their data. With larger
     * steps, data that reads still want would go although enough segments were freed.
     */
    private static final int KEY_SETS = 64;

    private static final long STEP_BYTES = 4L << 20;

    private final SegmentTable segments;
    private final int recordBytes;
    private final CacheIndex index;
    private final Tails tails;
    private final WriteRate rate;
    private final long backingBytes;
    private final Doorbells doorbells;
    private final Health health;
    private final CacheStats stats;
    private final KeySetReader reader;
    private final Key key = new Key();
    private final int[] released = new int[KEY_SETS * KeySetLayout.MAX_KEYS];
    private final int[] passed = new int[KEY_SETS];
    private int releasedCount;
    private int passedCount;
    private long releasedBytes;
    private long position;
    private boolean damaged;
    private volatile boolean retryNow;
    private volatile int gcPercent;

    /**
     * @param backingBytes size of the backing device, within which all keys are
     * @param gcPercent share of used segments from which on the collector runs, 0 to 90
     */
    public GarbageCollector(
            CachedData data,
            CacheIndex index,
            Tails tails,
            WriteRate rate,
            long backingBytes,
            Doorbells doorbells,
            Health health,
            CacheStats stats,
            int gcPercent) {
        this.segments = data.segments();
        this.recordBytes = data.memory().storeUnitBytes();
        this.index = index;
        this.tails = tails;
        this.rate = rate;
        this.backingBytes = backingBytes;
        this.doorbells = doorbells;
        this.health = health;
        this.stats = stats;
        this.reader = new KeySetReader(data.memory(), segments.count(), segments::dataOffset);
        this.gcPercent = gcPercent;
    }

    /** Changes the threshold, at once. From any thread. */
    public void setGcPercent(int percent) {
        gcPercent = percent;
        doorbells.gcThresholdChanged();
    }

    /**
     * Goes on, if possible, after damage or a failure of the cache device has stopped the collector. From any thread.
     */
    public void retryNow() {
        retryNow = true;
    }

    public int gcPercent() {
        return gcPercent;
    }

    /** Whether segments should be freed. */
    private boolean isNeeded() {
        return doorbells.queues().isSpaceWanted() || segments.used() >= (long) segments.count() * gcPercent / 100;
    }

    @Override
    public boolean doWork() {
        if (health.isStopped()) {
            return false;
        }
        // What reads and writers let go of is freed, whether or not more is needed.
        boolean freed = segments.freeRetired() > 0;
        return collect() || freed;
    }

    private boolean collect() {
        if (retryNow) {
            retryNow = false;
            damaged = false;
        }
        if (damaged || !isNeeded() || tails.keyTail() == tails.dirtyTail()) {
            return false;
        }
        position = tails.keyTail();
        releasedCount = 0;
        passedCount = 0;
        releasedBytes = 0;
        long end = tails.dirtyTail();
        try {
            for (int sets = 0; sets < KEY_SETS && releasedBytes < STEP_BYTES && position != end; sets++) {
                // The key-sets in front of a damaged one are passed. The damaged one stays, for the tools to look at.
                damaged = !pass();
                if (damaged) {
                    break;
                }
            }
            if (position == tails.keyTail()) {
                return false;
            }
            tails.advanceKeyTail(position);
            stats.add(CacheCounter.STORED_RECORD_BYTES, recordBytes);
            release();
            if (!damaged) {
                health.gc(CacheEvents.Kind.RECOVERED, null);
            }
        } catch (CacheMemoryException e) {
            damaged = true;
            health.gc(CacheEvents.Kind.CACHE_ERROR, e.getMessage());
            return false;
        }
        return true;
    }

    /** Passes one key-set; false if the key-set is damaged or cannot be read. */
    private boolean pass() {
        CacheEvents.Kind kind = CacheEvents.Kind.LOG_DAMAGED;
        String damage;
        try {
            damage = dropKeySet();
        } catch (CacheMemoryException e) {
            kind = CacheEvents.Kind.CACHE_ERROR;
            damage = e.getMessage();
        }
        if (damage != null) {
            health.gc(kind, damage);
        }
        return damage == null;
    }

    /**
     * Takes the data of one key-set out of the index and remembers its references. Returns what is wrong with the
     * key-set; null if nothing is.
     */
    private String dropKeySet() {
        if (reader.read(position) != KeySetReader.State.VALID) {
            String what = reader.damage() == null
                    ? "the log ends before the dirty tail " + Position.text(tails.dirtyTail())
                    : reader.damage();
            return reader.corrupt(what).getMessage();
        }
        for (int i = 0; i < reader.keys(); i++) {
            String violation = reader.key(i, key).violation(segments.count(), backingBytes);
            if (violation != null) {
                return reader.corrupt(violation).getMessage();
            }
        }
        for (int i = 0; i < reader.keys(); i++) {
            reader.key(i, key);
            if (key.generation < segments.generation(key.segment)) {
                continue;
            }
            int subtree = key.subtree();
            synchronized (index.lock(subtree)) {
                index.removePlace(
                        subtree, CacheIndex.extent(key.offset, key.length, key.isClean(), key.segment, key.place));
            }
            released[releasedCount++] = key.segment;
            releasedBytes += key.length;
        }
        if (reader.isLast()) {
            passed[passedCount++] = Position.segment(position);
        }
        position = reader.next();
        stats.add(CacheCounter.COLLECTED_KEY_SETS);
        return null;
    }

    private void release() {
        for (int i = 0; i < releasedCount; i++) {
            segments.releaseKey(released[i]);
        }
        for (int i = 0; i < passedCount; i++) {
            segments.releaseKeySegment(passed[i]);
        }
        segments.freeRetired();
        // Even if no segment was freed, this much data has left the log, and memory of the index is free.
        rate.passed(releasedBytes);
        doorbells.spaceMade();
    }

    @Override
    public Signal signal() {
        return doorbells.gc();
    }

    @Override
    public String waitsFor() {
        return "the cache device";
    }

    @Override
    public String name() {
        return "gc";
    }
}
