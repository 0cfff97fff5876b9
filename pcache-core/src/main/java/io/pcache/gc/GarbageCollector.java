package io.pcache.gc;

import io.pcache.index.CacheIndex;
import io.pcache.log.Key;
import io.pcache.log.KeySetReader;
import io.pcache.log.Position;
import io.pcache.media.KeySetLayout;
import io.pcache.memory.CacheMemoryException;
import io.pcache.segment.SegmentTable;
import io.pcache.state.Agent;
import io.pcache.state.CacheEvents;
import io.pcache.state.CacheState;
import io.pcache.state.Signal;
import io.pcache.state.Tails;
import io.pcache.stats.CacheCounter;

/**
 * Walks the log from the key tail while more segments are in use than the threshold allows, or a write waits for one.
 *
 * <p><b>Order.</b> For some key-sets at a time: their data leaves the index, so no read begins on it; the key tail
 * passes them, durably; then their references are dropped, and the data segments that nobody refers to any more get new
 * generations, durably and at once, and are free. Were a reference dropped before the tail has passed, a crash could
 * leave an older key of a range in force beside a newer one whose segment was freed.
 */
public final class GarbageCollector implements Agent {
    /**
     * Key-sets, and bytes of data, whose passing is made durable at once: no more, or what reads still want goes
     * although enough was freed.
     */
    private static final int KEY_SETS = 64;

    private static final long STEP_BYTES = 4L << 20;

    private final CacheState state;
    private final SegmentTable segments;
    private final CacheIndex index;
    private final Tails tails;
    private final Signal signal = new Signal();
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

    public GarbageCollector(CacheState state, int gcPercent) {
        this.state = state;
        this.segments = state.segments();
        this.index = state.index();
        this.tails = state.tails();
        this.reader = state.newReader();
        this.gcPercent = gcPercent;
    }

    /** Changes the threshold, at once. From any thread. */
    public void setGcPercent(int percent) {
        gcPercent = percent;
        signal.raise();
    }

    /** Goes on, if it can, where damage or a failure of the cache device stopped it. From any thread. */
    public void retryNow() {
        retryNow = true;
        signal.raise();
    }

    public int gcPercent() {
        return gcPercent;
    }

    /** Whether segments should be freed. */
    private boolean isNeeded() {
        return state.waiters().isSpaceWanted() || segments.used() >= (long) segments.count() * gcPercent / 100;
    }

    @Override
    public boolean doWork() {
        // What reads and writers let go of, whether or not more is needed.
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
                // What was passed before a damaged key-set is good; that stays where it is for the tools to look at.
                damaged = !pass();
                if (damaged) {
                    break;
                }
            }
            if (position == tails.keyTail()) {
                return false;
            }
            tails.advanceKeyTail(position);
            release();
            if (!damaged) {
                state.health().gc(CacheEvents.Kind.RECOVERED, null);
            }
        } catch (CacheMemoryException e) {
            damaged = true;
            state.health().gc(CacheEvents.Kind.CACHE_ERROR, e.getMessage());
            return false;
        }
        return true;
    }

    /** Passes one key-set; false if it is damaged or cannot be read. */
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
            state.health().gc(kind, damage);
        }
        return damage == null;
    }

    /**
     * Takes the data of one key-set out of the index and remembers its references; returns what is wrong with it, if
     * anything.
     */
    private String dropKeySet() {
        if (reader.read(position) != KeySetReader.State.VALID) {
            String what = reader.damage() == null
                    ? "the log ends before the dirty tail " + Position.text(tails.dirtyTail())
                    : reader.damage();
            return reader.corrupt(what).getMessage();
        }
        for (int i = 0; i < reader.keys(); i++) {
            String violation = reader.key(i, key).violation(segments.count(), state.backingBytes());
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
        state.stats().add(CacheCounter.COLLECTED_KEY_SETS);
        return null;
    }

    private void release() {
        for (int i = 0; i < releasedCount; i++) {
            segments.release(released[i]);
        }
        for (int i = 0; i < passedCount; i++) {
            segments.releaseKeySegment(passed[i]);
        }
        segments.freeRetired();
        // Room for as much was made and memory of the index was freed in any case, if no segment was.
        state.throttle().passed(releasedBytes);
        state.waiters().wake();
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
        return "gc";
    }
}
