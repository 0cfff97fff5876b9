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
 * <p>A batch ends where a flush came, at the latest. The dirty tail passes the batch before anything behind the flush
 * is written. If a batch went on beyond a flush, its later copy of a range would either reach the backing device before
 * the writes in front of this flush, or leave out the earlier copy. If the dirty tail passed several flushes in one
 * step, a crash before this step would make write-back begin anew in front of the first flush, and put old data over
 * data that writes behind the second flush rely on.
 *
 * <p>Queues that write through write the same ranges, and mark them clean. Ranges that queues have written are skipped.
 * If a queue writes the range of a key, or is about to, write-back waits for the queue. The dirty tail passes skipped
 * keys only after a flush of the backing device. If nothing else is to be done, this flush can wait for up to
 * {@link #MAX_REST_NANOS}, so that one flush serves many writes. After a flush that failed, no earlier write is trusted
 * to be on the backing device: everything behind the dirty tail is written again.
 *
 * <p>If all data that the log holds was written through ({@link #isWrittenThrough}), no flush ends a batch. Of a key,
 * only the part that no newer key has replaced is written: the backing device may have the newer data already, flushed,
 * for instance after a crash or after a flush that failed. The dirty tail passes a replaced key only once the newer key
 * is committed. Otherwise a crash could lose the newer key while the older key counts as clean, and the backing device
 * would have the data of neither.
 *
 * <p>If the backing device fails or dirty data is damaged, the dirty tail stays where it is and nothing is given up.
 * The batch is tried again when the operator asks ({@link #retryNow}), and after a pause that doubles from
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
     * Number of the key-set at the dirty tail, as {@link KeyLog#isFlushBoundary} counts; negative in front of the place
     * where the log ended at activation.
     */
    private volatile long number;

    private final boolean through;
    private volatile boolean writtenThrough;
    private Runnable onWrittenThrough = () -> {};
    private long batchEnd;
    private long batchEndNumber;
    private CacheEvents.Kind damageKind;
    /** Whether the next key-set has a key whose range a queue writes, or is about to write. */
    private boolean held;
    /** Number of key-sets that the batch would pass. */
    private int sets;
    /** Whether the dirty tail stays for a while, since only a flush is wanted. */
    private boolean resting;

    private long restingSinceNanos;
    private long flushFailures;
    /** Whether data that is clean is not trusted to be on the backing device, up to {@link #distrustedEnd}. */
    private boolean distrusting;

    private long distrustedEnd;
    /** Whether the batch is written, and its flush waits until a queue's flush has ended. */
    private boolean flushWanted;

    /** Whether the batch leaves out data that newer keys have replaced. */
    private boolean replaced;
    /** When the log is committed up to this number, all keys that have replaced keys of the batch are committed. */
    private long replacedBy;
    /** Whether the batch is durable, and waits for the commit of keys that have replaced keys of the batch. */
    private boolean commitAwaited;

    private long begunNanos;
    private boolean refusalTold;
    private boolean paused;
    private long pauseNanos;
    private long pausedAtNanos;
    private volatile boolean retryNow;
    /** Which keys of the key-set at hand are to be written back. */
    private final boolean[] wantedKeys = new boolean[KeySetLayout.MAX_KEYS];

    /**
     * @param cacheDevice the cache device, for transfers of data; null where data is loaded from the cache's memory
     * @param activationHead where replay stopped
     * @param through whether queues write through
     * @param writtenThrough whether all data that is dirty now was written through
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
     * Sets an action, which write-back's thread runs when {@link #isWrittenThrough} becomes true. To be called before
     * this thread begins.
     */
    public void onWrittenThrough(Runnable action) {
        onWrittenThrough = action;
    }

    /**
     * Whether all dirty data was written through, so that the backing device alone has all that was flushed. From any
     * thread.
     */
    public boolean isWrittenThrough() {
        return writtenThrough;
    }

    /** Makes the next call of {@link #doWork} try again at once what has failed. From any thread. */
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
                && (tails.dirtyTail() == log.committedHead() || isPausing() || isResting() || isYielding())) {
            return false;
        }
        try {
            return commitAwaited ? passed() : (flushWanted || transferred()) && flushed() && passed();
        } catch (CacheMemoryException e) {
            abandon(CacheEvents.Kind.CACHE_ERROR, e.getMessage());
            return false;
        }
    }

    /**
     * Writes a batch from the dirty tail on. Returns whether there is a batch, which must then be flushed and passed.
     */
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

    /** Makes the batch durable. Returns whether the batch is durable now. */
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

    /** Puts the dirty tail behind the batch, which is durable. Returns whether there is more to do. */
    private boolean passed() {
        if (flushes.failures() != flushFailures) {
            // A queue's flush has failed meanwhile, and may have lost data that this batch wrote or skipped.
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
            // The ranges that were put off come when the queue that is in the way has ended its write, and has rung.
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
                // A flush that succeeded covers all that was written through.
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

    /** Whether the batch only skips keys, and its flush may serve more keys if the flush comes later. */
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

    /** Whether the next batch has to wait, so that clients go first. */
    private boolean isYielding() {
        return !doorbells.queues().isSpaceWanted() && pace.restNanos() > 0;
    }

    private void tellRefusal() {
        if (!refusalTold && batch.refusal() != null) {
            refusalTold = true;
            health.events().event(CacheEvents.Kind.WRITE_BACK_COPIES, batch.refusal());
        }
    }

    private void count() {
        stats.add(CacheCounter.WRITE_BACK_BATCHES);
        stats.add(CacheCounter.STORED_RECORD_BYTES, data.memory().storeUnitBytes());
        stats.add(CacheCounter.SUPERSEDED_BYTES, batch.bytes() - batch.newestBytes());
    }

    // ---- collection
    // ------------------------------------------------------------------------------------------------

    /**
     * Takes key-sets from the dirty tail on into the batch, up to a flush. If damage has stopped this, returns the
     * damage.
     */
    private String collect() {
        replaced = false;
        String damage = collectKeySets();
        if (replaced) {
            replacedBy = log.seal();
            if (!log.isCommitted(replacedBy)) {
                // Now, and not when the batch is durable: the batch may fail, and the timer of the open key-set does
                // not
                // see a sealed one.
                doorbells.commitWanted();
            }
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
            // Keys that are not dirty have no order to keep with a flush.
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
        // First all keys are checked, then all are taken: a batch ends in front of a damaged key-set, not within the
        // key-set.
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

    /** Decides whether a key is to be written back. If the key has damage that stops write-back, returns the damage. */
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
        // If all of the key's range was written anew, nothing of the key is to be written back, and the damage loses
        // nothing.
        return damage == null || !claims.isNeeded(key.subtree(), Batch.extent(key, false)) ? null : damage;
    }

    /**
     * Whether the backing device lacks some of a key's range; the key itself may be an older copy. Sets {@link #held}
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

    /**
     * Marks dirty all data of a key that the index still holds, so that this data is written again. Returns false if
     * there is no memory for the mark.
     */
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
     * Marks an extent clean. The backing device holds the extent durably: if the cache loses the extent, the data can
     * be read again from there.
     *
     * <p>A write that came meanwhile has another place in the cache, and is not marked. The extent's place cannot be
     * given out again yet: the key that names the place holds its segment, and garbage collection does not pass the key
     * before the dirty tail has passed it. The dirty tail is stored only after the extents are marked.
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
            // The thread that ends the flush, or commits, rings.
            return NEVER;
        }
        if (paused) {
            return Math.max(0, pauseNanos - (clock.nanoTime() - pausedAtNanos));
        }
        if (resting) {
            return Math.max(0, MAX_REST_NANOS - (clock.nanoTime() - restingSinceNanos));
        }
        long rest = isClean() ? 0 : pace.restNanos();
        return rest > 0 ? rest : NEVER;
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
     * How long the oldest data that is not written back has been in the cache; 0 if there is no such data. The time of
     * data that was there at activation counts from the activation. Data that is not committed yet does not count. From
     * any thread.
     */
    public long oldestDirtyNanos() {
        return isClean() ? 0 : Math.max(1, clock.nanoTime() - log.begunNanos(number));
    }

    /**
     * Puts the dirty tail at the log's end if nothing has to be written for this, nor flushed. To be called when all
     * queues are closed, all keys are committed, and the agent's thread has ended.
     */
    public void passWritten() {
        boolean trusted = !distrusting && flushes.failures() == flushFailures;
        if (!isClean() && trusted && !flushes.isVolatile() && index.dirtySectors() == 0 && !health.isStopped()) {
            // In both copies: the step may be longer than recovery expects of one step.
            tails.storeDirtyTail(log.committedHead());
        }
    }

    @Override
    public void close() {
        batch.close();
    }
}
