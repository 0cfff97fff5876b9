package io.pcache.writeback;

import io.pcache.agent.Agent;
import io.pcache.backing.BackingDevice;
import io.pcache.clock.Clock;
import io.pcache.health.CacheEvents;
import io.pcache.health.Health;
import io.pcache.index.CacheIndex;
import io.pcache.log.Key;
import io.pcache.log.KeyLog;
import io.pcache.log.KeySetReader;
import io.pcache.log.Position;
import io.pcache.log.Tails;
import io.pcache.media.KeySetLayout;
import io.pcache.memory.CacheMemoryException;
import io.pcache.placement.WriteThrottle;
import io.pcache.segment.CachedData;
import io.pcache.segment.SegmentTable;
import io.pcache.stats.CacheCounter;
import io.pcache.stats.CacheStats;
import io.pcache.wake.Doorbells;
import io.pcache.wake.Signal;

/**
 * Writes dirty data back, a batch of key-sets at a time, and advances the dirty tail. Runs when a key-set was
 * committed.
 *
 * <p>A batch ends where a flush came, at the latest, and the dirty tail passes it before anything behind is written.
 * Were a batch to go on beyond a flush, its later copy of a range would either reach the backing device before what
 * came in front of that flush, or leave the earlier copy out; and were the tail to pass several flushes at once, a
 * crash would begin anew in front of the first, with old data over data that writes behind the second rely on.
 *
 * <p>When the backing device fails or dirty data is damaged, the dirty tail stays where it is and nothing is given up:
 * the batch is tried again when the operator asks ({@link #retryNow}) and by itself after a pause that doubles from
 * {@link #MIN_PAUSE_NANOS} to {@link #MAX_PAUSE_NANOS}.
 */
public final class WriteBack implements Agent, AutoCloseable {
    static final long MIN_PAUSE_NANOS = 1_000_000_000L;
    static final long MAX_PAUSE_NANOS = 60_000_000_000L;

    private final CachedData data;
    private final SegmentTable segments;
    private final CacheIndex index;
    private final KeyLog log;
    private final Tails tails;
    private final long backingBytes;
    private final Doorbells doorbells;
    private final Health health;
    private final CacheStats stats;
    private final Clock clock;
    private final String backingPath;
    private final KeySetReader reader;
    private final Key key = new Key();
    private final Batch batch;
    private final BatchPace pace;
    private final CacheIndex.Visitor markClean = this::markClean;

    private final long activationHead;
    /**
     * Number of the key-set at the dirty tail, as {@link KeyLog#isFlushBoundary} counts; negative before the
     * activation's end of the log.
     */
    private volatile long number;

    private long batchEnd;
    private long batchEndNumber;
    private CacheEvents.Kind damageKind;
    private boolean refusalTold;
    private boolean paused;
    private long pauseNanos;
    private long pausedAtNanos;
    private volatile boolean retryNow;
    /** Keys of the key-set at hand that are to be written back. */
    private final boolean[] wantedKeys = new boolean[KeySetLayout.MAX_KEYS];

    /** @param activationHead where replay stopped */
    public WriteBack(
            CachedData data,
            CacheIndex index,
            KeyLog log,
            Tails tails,
            WriteThrottle throttle,
            BackingDevice backing,
            long activationHead,
            Doorbells doorbells,
            Health health,
            CacheStats stats,
            Clock clock) {
        this.data = data;
        this.segments = data.segments();
        this.index = index;
        this.log = log;
        this.tails = tails;
        this.backingBytes = backing.sizeBytes();
        this.doorbells = doorbells;
        this.health = health;
        this.stats = stats;
        this.clock = clock;
        this.backingPath = backing.path();
        this.reader = new KeySetReader(data.memory(), segments.count(), segments::dataOffset);
        this.batch = new Batch(
                data.memory(),
                segments::dataOffset,
                backing,
                backingBytes,
                doorbells.writeBack(),
                stats,
                clock,
                this::isLive);
        this.pace = new BatchPace(throttle);
        this.activationHead = activationHead;
        this.number = tails.dirtyTail() == activationHead ? 0 : -1;
    }

    /** Tries again at once, when next called, what failed. From any thread. */
    public void retryNow() {
        retryNow = true;
    }

    @Override
    public boolean doWork() {
        if (tails.dirtyTail() == log.committedHead() || isPausing()) {
            return false;
        }
        batch.clear();
        long since = clock.nanoTime();
        try {
            String damage = collect();
            if (batchEnd == tails.dirtyTail()) {
                pause(damageKind, damage);
                return false;
            }
            boolean written = batch.write();
            tellRefusal();
            if (!written) {
                pause(CacheEvents.Kind.BACKING_ERROR, batch.problem());
                batch.abandon();
                return false;
            }
            batch.forEachWritten(markClean);
            tails.advanceDirtyTail(batchEnd);
        } catch (CacheMemoryException e) {
            batch.abandon();
            pause(CacheEvents.Kind.CACHE_ERROR, e.getMessage());
            return false;
        }
        number = batchEndNumber;
        if (batch.keys() > 0) {
            pace.done(batch.bytes(), clock.nanoTime() - since, batch.flushNanos());
        }
        count();
        resume();
        doorbells.dirtyTailAdvanced();
        return true;
    }

    private void tellRefusal() {
        if (!refusalTold && batch.refusal() != null) {
            refusalTold = true;
            health.events().event(CacheEvents.Kind.WRITE_BACK_COPIES, batch.refusal());
        }
    }

    private void count() {
        stats.add(CacheCounter.WRITE_BACK_BATCHES);
        stats.add(CacheCounter.SUPERSEDED_BYTES, batch.bytes() - batch.newestBytes());
    }

    // ---- what is to be written
    // ------------------------------------------------------------------------------------------------

    /**
     * Takes key-sets from the dirty tail on into the batch, up to a flush. Returns what stopped it, if that was damage.
     */
    private String collect() {
        batchEnd = tails.dirtyTail();
        batchEndNumber = number;
        long head = log.committedHead();
        int hops = 0;
        long limit = pace.limitBytes();
        boolean flushed = false;
        for (int sets = 0;
                sets < Tails.MAX_STEP_KEY_SETS
                        && batch.bytes() < limit
                        && !batch.isLarge()
                        && batchEnd != head
                        && !flushed;
                sets++) {
            long setNumber = batchEndNumber;
            String damage;
            damageKind = CacheEvents.Kind.LOG_DAMAGED;
            try {
                damage = collectKeySet();
            } catch (CacheMemoryException e) {
                damageKind = CacheEvents.Kind.CACHE_ERROR;
                damage = e.getMessage();
            }
            if (damage == null && reader.isLast() && ++hops > segments.count()) {
                damage = reader.corrupt("the log leads in a circle").getMessage();
            }
            if (damage != null) {
                return damage;
            }
            // What is not dirty is in no order to a flush.
            flushed = batch.keys() > 0
                    && !reader.isLast()
                    && (reader.keys() < KeySetLayout.MAX_KEYS || log.isFlushBoundary(setNumber));
        }
        return null;
    }

    private String collectKeySet() {
        if (reader.read(batchEnd) != KeySetReader.State.VALID) {
            String what = reader.damage() == null
                    ? "the log ends before its head " + Position.text(log.committedHead())
                    : reader.damage();
            return reader.corrupt(what).getMessage();
        }
        // First all keys are checked, then all are taken: a batch ends in front of a damaged key-set, not in it.
        for (int i = 0; i < reader.keys(); i++) {
            reader.key(i, key);
            String damage = check(i);
            if (damage != null) {
                return damage;
            }
        }
        for (int i = 0; i < reader.keys(); i++) {
            if (wantedKeys[i]) {
                reader.key(i, key);
                batch.add(key);
            }
        }
        if (!reader.isLast()) {
            batchEndNumber = batchEndNumber < 0 ? batchEndNumber : batchEndNumber + 1;
        }
        batchEnd = reader.next();
        if (batchEndNumber < 0 && batchEnd == activationHead) {
            batchEndNumber = 0;
        }
        return null;
    }

    /** Decides whether a key is to be written back; returns what is wrong with it, if that stops write-back. */
    private String check(int number) {
        wantedKeys[number] = false;
        String violation = key.violation(segments.count(), backingBytes);
        if (violation != null) {
            return reader.corrupt(violation).getMessage();
        }
        if (key.isClean() || isStale()) {
            return null;
        }
        String damage = data.checksums() == null ? null : verify();
        wantedKeys[number] = damage == null;
        // When all of its range was written anew, there is nothing of it to write back, nor to miss.
        return damage == null || !isLive(key.subtree(), Batch.extent(key, false)) ? null : damage;
    }

    private String verify() {
        try {
            if (data.matches(key.segment, key.place, key.length, key.dataCrc)) {
                return null;
            }
            stats.add(CacheCounter.CHECKSUM_ERRORS);
            damageKind = CacheEvents.Kind.CHECKSUM_ERROR;
            return Batch.damage(
                    "data checksum mismatch at byte " + (segments.dataOffset(key.segment) + key.place)
                            + " of the cache device",
                    key.offset,
                    key.length);
        } catch (CacheMemoryException e) {
            damageKind = CacheEvents.Kind.CACHE_ERROR;
            return Batch.damage(e.getMessage(), key.offset, key.length);
        }
    }

    private boolean isStale() {
        return key.generation < segments.generation(key.segment);
    }

    /** Whether some of an extent was not written anew. */
    private boolean isLive(int subtree, long extent) {
        synchronized (index.lock(subtree)) {
            return index.holdsPlace(subtree, extent);
        }
    }

    /**
     * The backing device holds an extent durably: should the cache lose it, it can be had again.
     *
     * <p>A write that came meanwhile has another place, and is not marked: the place cannot be given out again as long
     * as the key that names it holds its segment, and GC does not pass the key before the dirty tail has, which is
     * stored after this.
     */
    private void markClean(int subtree, long extent) {
        synchronized (index.lock(subtree)) {
            index.markClean(subtree, extent);
        }
    }

    // ---- failure
    // --------------------------------------------------------------------------------------------------------------

    private boolean isPausing() {
        if (retryNow) {
            retryNow = false;
            paused = false;
        }
        return paused && clock.nanoTime() - pausedAtNanos < pauseNanos;
    }

    private void pause(CacheEvents.Kind kind, String problem) {
        paused = true;
        pauseNanos = pauseNanos == 0 ? MIN_PAUSE_NANOS : Math.min(MAX_PAUSE_NANOS, pauseNanos * 2);
        pausedAtNanos = clock.nanoTime();
        health.writeBack(kind, problem);
    }

    private void resume() {
        if (paused || pauseNanos > 0) {
            paused = false;
            pauseNanos = 0;
            health.writeBack(CacheEvents.Kind.RECOVERED, null);
        }
    }

    @Override
    public long idleNanos() {
        return paused ? Math.max(0, pauseNanos - (clock.nanoTime() - pausedAtNanos)) : NEVER;
    }

    @Override
    public Signal signal() {
        return doorbells.writeBack();
    }

    @Override
    public String waitsFor() {
        return "the backing device " + backingPath;
    }

    @Override
    public String name() {
        return "writeback";
    }

    /** Whether all committed data is on the backing device. */
    public boolean isClean() {
        return tails.dirtyTail() == log.committedHead();
    }

    /**
     * How long the oldest data that is not written back has been in the cache; 0 if there is none. What was there at
     * activation counts from then, and what is not committed yet does not count. From any thread.
     */
    public long oldestDirtyNanos() {
        return isClean() ? 0 : Math.max(1, clock.nanoTime() - log.begunNanos(number));
    }

    @Override
    public void close() {
        batch.close();
    }
}
