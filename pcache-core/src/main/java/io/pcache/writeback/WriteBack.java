package io.pcache.writeback;

import io.pcache.agent.Agent;
import io.pcache.backing.BackingDevice;
import io.pcache.clock.Clock;
import io.pcache.flight.BackingFlushes;
import io.pcache.flight.Flights;
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
import io.pcache.policy.CleaningPace;
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
 * <p>Queues that write through write the same ranges, and mark them clean. What they have written is skipped; a key
 * whose range a queue writes, or is about to, is waited for; and the tail passes what was skipped behind a flush of the
 * backing device. Where there is nothing else to be done, that flush can wait for up to {@link #MAX_REST_NANOS}, so
 * that one serves many writes. After a flush that failed, nothing that was written before is trusted to be there: all
 * behind the dirty tail is written again.
 *
 * <p>Where all that the log holds was written through ({@link #isWrittenThrough}), no flush ends a batch, and of a key
 * only what no newer key has replaced is written, since the backing device may have the newer data, flushed, already:
 * after a crash, say, or a flush that failed. The dirty tail passes such a key only once the newer key is committed:
 * were the newer key lost in a crash, the older one would count as clean, and the backing device would have neither.
 *
 * <p>When the backing device fails or dirty data is damaged, the dirty tail stays where it is and nothing is given up:
 * the batch is tried again when the operator asks ({@link #retryNow}) and by itself after a pause that doubles from
 * {@link #MIN_PAUSE_NANOS} to {@link #MAX_PAUSE_NANOS}.
 */
public final class WriteBack implements Agent, AutoCloseable {
    static final long MIN_PAUSE_NANOS = 1_000_000_000L;
    static final long MAX_PAUSE_NANOS = 60_000_000_000L;
    /** How long the dirty tail may stay where only a flush is wanted. */
    static final long MAX_REST_NANOS = 1_000_000_000L;

    private static final CacheIndex.Visitor IGNORED = (subtree, extent) -> {};

    private final CachedData data;
    private final SegmentTable segments;
    private final CacheIndex index;
    private final KeyLog log;
    private final Tails tails;
    private final long backingBytes;
    private final Flights flights;
    private final BackingFlushes flushes;
    private final LiveClaims claims;
    private final Doorbells doorbells;
    private final Health health;
    private final CacheStats stats;
    private final Clock clock;
    private final String backingPath;
    private final KeySetReader reader;
    private final Key key = new Key();
    private final Batch batch;
    private final CleaningPace pace;
    private final CacheIndex.Visitor markClean = this::markClean;
    private final CacheIndex.Visitor addToBatch;

    private final long activationHead;
    /**
     * Number of the key-set at the dirty tail, as {@link KeyLog#isFlushBoundary} counts; negative before the
     * activation's end of the log.
     */
    private volatile long number;

    private final boolean through;
    private volatile boolean writtenThrough;
    private Runnable onWrittenThrough = () -> {};
    private long batchEnd;
    private long batchEndNumber;
    private CacheEvents.Kind damageKind;
    /** Whether the next key-set has a key whose range a queue writes, or is about to. */
    private boolean held;
    /** Key-sets that the batch would pass. */
    private int sets;
    /** Whether the tail stays for a while, since only a flush is wanted. */
    private boolean resting;

    private long restingSinceNanos;
    private long flushFailures;
    /** Whether what is clean is not trusted to be on the backing device, up to {@link #distrustedEnd}. */
    private boolean distrusting;

    private long distrustedEnd;
    /** Whether the batch is written, and waits for its flush until a queue's flush has ended. */
    private boolean flushWanted;

    /** Whether the batch leaves out what newer keys have replaced. */
    private boolean replaced;
    /** All keys that have replaced keys of the batch are committed when the log is committed up to this number. */
    private long replacedBy;
    /** Whether the batch is durable, and waits for the commit of keys that have replaced keys of the batch. */
    private boolean commitAwaited;

    private long begunNanos;
    private boolean refusalTold;
    private boolean paused;
    private long pauseNanos;
    private long pausedAtNanos;
    private volatile boolean retryNow;
    /** Keys of the key-set at hand that are to be written back. */
    private final boolean[] wantedKeys = new boolean[KeySetLayout.MAX_KEYS];

    /**
     * @param cacheDevice the cache device, for transfers of data; null where data is loaded from its memory
     * @param activationHead where replay stopped
     * @param through whether queues write through
     * @param writtenThrough whether all that is dirty now was written through
     */
    public WriteBack(
            CachedData data,
            BackingDevice cacheDevice,
            CacheIndex index,
            KeyLog log,
            Tails tails,
            CleaningPace pace,
            Flights flights,
            BackingFlushes flushes,
            BackingDevice backing,
            long activationHead,
            boolean through,
            boolean writtenThrough,
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
        this.flights = flights;
        this.flushes = flushes;
        this.claims = new LiveClaims(index, flights, backing.logicalBlockBytes(), doorbells);
        this.batch = new Batch(
                data.memory(),
                cacheDevice,
                segments::dataOffset,
                backing,
                backingBytes,
                doorbells.writeBack(),
                stats,
                clock,
                claims,
                flushes);
        this.addToBatch = batch::add;
        this.pace = pace;
        this.activationHead = activationHead;
        this.through = through;
        this.writtenThrough = writtenThrough;
        this.number = tails.dirtyTail() == activationHead ? 0 : -1;
    }

    /**
     * Is told, by write-back's thread, when {@link #isWrittenThrough} becomes true. To be called before that begins.
     */
    public void onWrittenThrough(Runnable action) {
        onWrittenThrough = action;
    }

    /**
     * Whether all that is dirty was written through, so that the backing device alone has all that was flushed. From
     * any thread.
     */
    public boolean isWrittenThrough() {
        return writtenThrough;
    }

    /** Tries again at once, when next called, what failed. From any thread. */
    public void retryNow() {
        retryNow = true;
    }

    @Override
    public boolean doWork() {
        if (health.isStopped()) {
            return false;
        }
        noticeFailedFlush();
        if (!flushWanted
                && !commitAwaited
                && (tails.dirtyTail() == log.committedHead() || isPausing() || isResting())) {
            return false;
        }
        try {
            return commitAwaited ? passed() : (flushWanted || transferred()) && flushed() && passed();
        } catch (CacheMemoryException e) {
            abandon(CacheEvents.Kind.CACHE_ERROR, e.getMessage());
            return false;
        }
    }

    /** Writes a batch from the dirty tail on; whether there is one, now to be flushed and passed. */
    private boolean transferred() {
        batch.clear();
        claims.clear();
        begunNanos = clock.nanoTime();
        String damage = collect();
        if (batchEnd == tails.dirtyTail()) {
            resting = false;
            if (damage != null) {
                pause(damageKind, damage);
            }
            return false;
        }
        if (isRestWanted()) {
            rest();
            return false;
        }
        boolean well = batch.transfer();
        tellRefusal();
        if (!well) {
            abandon(CacheEvents.Kind.BACKING_ERROR, batch.problem());
        }
        return well;
    }

    /** Makes the batch durable; whether it is now. */
    private boolean flushed() {
        FlushOutcome outcome = batch.flush();
        flushWanted = outcome == FlushOutcome.PUT_OFF;
        if (flushWanted) {
            return false;
        }
        if (outcome == FlushOutcome.FAILED) {
            abandon(CacheEvents.Kind.BACKING_ERROR, batch.problem());
            return false;
        }
        return true;
    }

    /** Puts the dirty tail behind the batch, which is durable; whether there is more to do. */
    private boolean passed() {
        if (flushes.failures() != flushFailures) {
            // A queue's flush has failed meanwhile, and may have lost what this batch wrote, or skipped.
            commitAwaited = false;
            return true;
        }
        commitAwaited = replaced && !log.isCommitted(replacedBy);
        if (commitAwaited) {
            doorbells.commitWanted();
            return false;
        }
        boolean whole = claims.putOff() == 0;
        for (int i = 0; i < claims.putOff(); i++) {
            batch.leaveOut(claims.putOffOffset(i), claims.putOffLength(i));
        }
        batch.forEachWritten(markClean);
        if (whole) {
            tails.advanceDirtyTail(batchEnd);
        }
        resting = false;
        if (batch.keys() > 0) {
            pace.done(batch.bytes(), clock.nanoTime() - begunNanos, batch.flushNanos());
        }
        resume();
        if (!whole) {
            // What was put off comes when the queue that is in the way has ended, and has rung.
            return batch.newestBytes() > 0;
        }
        if (tails.dirtyTail() == distrustedEnd) {
            trust();
        }
        number = batchEndNumber;
        if (through && !writtenThrough && number >= 0) {
            writtenThrough = true;
            onWrittenThrough.run();
        }
        count();
        doorbells.dirtyTailAdvanced();
        return true;
    }

    private void abandon(CacheEvents.Kind kind, String problem) {
        flushWanted = false;
        commitAwaited = false;
        batch.abandon();
        pause(kind, problem);
    }

    private void noticeFailedFlush() {
        long failures = flushes.failures();
        if (failures != flushFailures) {
            flushFailures = failures;
            distrusting = true;
            resting = false;
            flushWanted = false;
            commitAwaited = false;
            distrustedEnd = log.committedHead();
            if (tails.dirtyTail() == distrustedEnd) {
                // All that was written through is behind a flush that succeeded.
                trust();
            }
        }
    }

    private void trust() {
        if (distrusting) {
            distrusting = false;
            flushes.mended(flushFailures);
        }
    }

    // ---- rest
    // -----------------------------------------------------------------------------------------------------------------

    /** Whether the batch only skips, with a flush that may serve more if it comes later. */
    private boolean isRestWanted() {
        return batch.keys() == 0
                && flushes.isVolatile()
                && sets < Tails.MAX_STEP_KEY_SETS
                && !doorbells.queues().isSpaceWanted()
                && !(resting && clock.nanoTime() - restingSinceNanos >= MAX_REST_NANOS);
    }

    private void rest() {
        if (!resting) {
            resting = true;
            restingSinceNanos = clock.nanoTime();
        }
    }

    private boolean isResting() {
        return resting && !doorbells.queues().isSpaceWanted() && clock.nanoTime() - restingSinceNanos < MAX_REST_NANOS;
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
        replaced = false;
        String damage = collectKeySets();
        if (replaced) {
            replacedBy = log.seal();
        }
        return damage;
    }

    private String collectKeySets() {
        batchEnd = tails.dirtyTail();
        batchEndNumber = number;
        long head = log.committedHead();
        int hops = 0;
        long limit = pace.limitBytes();
        boolean flushed = false;
        held = false;
        for (sets = 0;
                sets < Tails.MAX_STEP_KEY_SETS
                        && batch.bytes() < limit
                        && !batch.isLarge()
                        && batchEnd != head
                        && !flushed
                        && !(distrusting && batchEnd == distrustedEnd);
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
            if (damage != null || held) {
                return damage;
            }
            // What is not dirty is in no order to a flush.
            flushed = !writtenThrough
                    && batch.keys() > 0
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
            if (damage != null || held) {
                return damage;
            }
        }
        for (int i = 0; i < reader.keys(); i++) {
            if (wantedKeys[i]) {
                reader.key(i, key);
                take();
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

    private void take() {
        if (!writtenThrough) {
            batch.add(key);
            return;
        }
        int subtree = key.subtree();
        long extent = Batch.extent(key, false);
        synchronized (index.lock(subtree)) {
            index.forEachDirty(subtree, extent, addToBatch);
            replaced |= index.holdsOtherDirty(subtree, extent);
        }
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
        if (distrusting && !distrust()) {
            damageKind = CacheEvents.Kind.MEMORY_SHORT;
            return "the index has no memory to mark dirty what a failed flush of the backing device may have lost";
        }
        if (!isWanted()) {
            return null;
        }
        String damage = data.checksums() == null ? null : verify();
        wantedKeys[number] = damage == null;
        // When all of its range was written anew, there is nothing of it to write back, nor to miss.
        return damage == null || !claims.isNeeded(key.subtree(), Batch.extent(key, false)) ? null : damage;
    }

    /**
     * Whether the backing device lacks some of a key's range: the key itself may be an older copy. Sets {@link #held}
     * if a queue is to be waited for.
     */
    private boolean isWanted() {
        int subtree = key.subtree();
        long extent = Batch.extent(key, false);
        synchronized (index.lock(subtree)) {
            if (flights.isBlocked(subtree, key.offset, key.length, Flights.INTENT | Flights.BACKING_WRITE)) {
                held = true;
                return false;
            }
            if (!writtenThrough) {
                return index.holdsDirty(subtree, extent);
            }
            replaced |= index.holdsOtherDirty(subtree, extent);
            return index.forEachDirty(subtree, extent, IGNORED);
        }
    }

    /** What the index still holds of a key is to be written again. Returns false if there is no memory to note that. */
    private boolean distrust() {
        int subtree = key.subtree();
        synchronized (index.lock(subtree)) {
            return index.markDirty(subtree, Batch.extent(key, false));
        }
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
            resting = false;
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
        if (flushWanted || commitAwaited) {
            // Whoever ends the flush, or commits, rings.
            return NEVER;
        }
        if (paused) {
            return Math.max(0, pauseNanos - (clock.nanoTime() - pausedAtNanos));
        }
        return resting ? Math.max(0, MAX_REST_NANOS - (clock.nanoTime() - restingSinceNanos)) : NEVER;
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

    /**
     * Puts the dirty tail at the log's end where nothing has to be written for that, nor flushed. Once all queues are
     * closed, all keys committed, and the agent's thread has ended.
     */
    public void passWritten() {
        boolean trusted = !distrusting && flushes.failures() == flushFailures;
        if (!isClean() && trusted && !flushes.isVolatile() && index.dirtySectors() == 0 && !health.isStopped()) {
            // In both copies: the step may be longer than what recovery expects of one.
            tails.storeDirtyTail(log.committedHead());
        }
    }

    @Override
    public void close() {
        batch.close();
    }
}
