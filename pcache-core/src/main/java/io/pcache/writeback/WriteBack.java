package io.pcache.writeback;

import io.pcache.backing.BackingDevice;
import io.pcache.index.CacheIndex;
import io.pcache.index.Extent;
import io.pcache.log.Key;
import io.pcache.log.KeyLog;
import io.pcache.log.KeySetReader;
import io.pcache.log.Position;
import io.pcache.media.DeviceLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.segment.SegmentTable;
import io.pcache.state.Agent;
import io.pcache.state.CacheEvents;
import io.pcache.state.CacheState;
import io.pcache.state.Signal;
import io.pcache.state.Tails;
import io.pcache.stats.CacheCounter;
import io.pcache.stats.CacheStats;

/**
 * Writes dirty data back, a batch of key-sets at a time, and advances the dirty tail. Runs when a key-set was committed.
 *
 * <p>A batch ends where a flush came, at the latest, and the dirty tail passes it before anything behind is written. Were a batch to go on beyond a flush, its later
 * copy of a range would either reach the backing device before what came in front of that flush, or leave the earlier copy out; and
 * were the tail to pass several flushes at once, a crash would begin anew in front of the first, with old data over data that
 * writes behind the second rely on.
 *
 * <p>When the backing device fails or dirty data is damaged, the dirty tail stays where it is and nothing is given up: the batch is tried again when
 * the operator asks ({@link #retryNow}) and by itself after a pause that doubles from {@link #MIN_PAUSE_NANOS} to {@link #MAX_PAUSE_NANOS}.
 */
public final class WriteBack implements Agent, AutoCloseable {
    /** Most key-sets of a batch, and the bytes after which no further one is taken. */
    private static final int MAX_KEY_SETS = 512;
    private static final long MAX_BATCH_BYTES = 64L << 20;
    /** The same while a write waits for space: it waits for a batch to end. */
    private static final long MAX_URGENT_BATCH_BYTES = 8L << 20;
    private static final long SCRATCH_BYTES = 4L << 20;
    static final long MIN_PAUSE_NANOS = 1_000_000_000L;
    static final long MAX_PAUSE_NANOS = 60_000_000_000L;

    private final CacheState state;
    private final CacheMemory memory;
    private final KeyLog log;
    private final SegmentTable segments;
    private final Tails tails;
    private final Signal signal = new Signal();
    private final Runnable afterAdvance;
    private final KeySetReader reader;
    private final Key key = new Key();
    private final BackingWriter writer;
    /** The newest copies of the batch's ranges: an index keeps them apart and in order. */
    private final CacheIndex newest;
    private final CacheIndex.Visitor writeExtent = this::writeExtent;

    private final long activationHead;
    /** Number of the key-set at the dirty tail, as {@link KeyLog#isFlushBoundary} counts; negative before the activation's end of the log. */
    private long number;
    private long batchEnd;
    private long batchEndNumber;
    private int batchKeys;
    /** Bytes of the batch's keys, before older copies of a range are left out. */
    private long batchBytes;
    private CacheEvents.Kind damageKind;
    private boolean paused;
    private long pauseNanos;
    private long pausedAtNanos;
    private volatile boolean retryNow;
    /** Keys of the key-set at hand that are to be written back. */
    private final boolean[] wantedKeys = new boolean[KeySetLayout.MAX_KEYS];

    /**
     * @param activationHead where replay stopped
     * @param afterAdvance   told when the dirty tail has advanced; must not block
     */
    public WriteBack(CacheState state, BackingDevice backing, long activationHead, Runnable afterAdvance) {
        this.state = state;
        this.memory = state.memory();
        this.log = state.log();
        this.segments = state.segments();
        this.tails = state.tails();
        this.afterAdvance = afterAdvance;
        this.reader = state.newReader();
        this.writer = new BackingWriter(backing.openQueue(signal::raise), backing.logicalBlockBytes(), signal, state.stats());
        this.newest = new CacheIndex(state.backingBytes(), SCRATCH_BYTES);
        this.activationHead = activationHead;
        this.number = tails.dirtyTail() == activationHead ? 0 : -1;
    }

    /** Tries again at once what failed. From any thread. */
    public void retryNow() {
        retryNow = true;
        signal.raise();
    }

    @Override
    public boolean doWork() {
        if (tails.dirtyTail() == log.committedHead() || isPausing()) {
            return false;
        }
        newest.clear();
        try {
            String damage = collect();
            if (batchEnd == tails.dirtyTail()) {
                pause(damageKind, damage);
                return false;
            }
            if (!writeBatch()) {
                pause(CacheEvents.Kind.BACKING_ERROR, writer.problem());
                writer.abandon();
                return false;
            }
            tails.advanceDirtyTail(batchEnd);
        } catch (CacheMemoryException e) {
            writer.abandon();
            pause(CacheEvents.Kind.CACHE_ERROR, e.getMessage());
            return false;
        }
        number = batchEndNumber;
        count();
        resume();
        afterAdvance.run();
        return true;
    }

    private void count() {
        CacheStats stats = state.stats();
        stats.add(CacheCounter.WRITE_BACK_BATCHES);
        stats.add(CacheCounter.SUPERSEDED_BYTES, batchBytes - newest.mappedSectors() * DeviceLayout.SECTOR_BYTES);
    }

    // ---- what is to be written ------------------------------------------------------------------------------------------------

    /** Takes key-sets from the dirty tail on into the batch, up to a flush. Returns what stopped it, if that was damage. */
    private String collect() {
        batchKeys = 0;
        batchBytes = 0;
        batchEnd = tails.dirtyTail();
        batchEndNumber = number;
        long head = log.committedHead();
        int hops = 0;
        long limit = state.waiters().isSpaceWanted() ? MAX_URGENT_BATCH_BYTES : MAX_BATCH_BYTES;
        boolean flushed = false;
        for (int sets = 0; sets < MAX_KEY_SETS && batchBytes < limit && batchEnd != head && !flushed; sets++) {
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
            flushed = batchKeys > 0 && !reader.isLast() && (reader.keys() < KeySetLayout.MAX_KEYS || log.isFlushBoundary(setNumber));
        }
        return null;
    }

    private String collectKeySet() {
        if (reader.read(batchEnd) != KeySetReader.State.VALID) {
            String what = reader.damage() == null ? "the log ends before its head " + Position.text(log.committedHead()) : reader.damage();
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

    /** Decides whether a key is to be written back; returns what is wrong with it, if that stops write-back. */
    private String check(int number) {
        wantedKeys[number] = false;
        String violation = key.violation(segments.count(), state.backingBytes());
        if (violation != null) {
            return reader.corrupt(violation).getMessage();
        }
        if (key.isClean() || isStale()) {
            return null;
        }
        String damage = state.checksums() == null ? null : verify();
        wantedKeys[number] = damage == null;
        // When all of its range was written anew, there is nothing of it to write back, nor to miss.
        return damage == null || !isLive(key.subtree(), extent()) ? null : damage;
    }

    private String verify() {
        try {
            if (state.matches(key.segment, key.place, key.length, key.dataCrc)) {
                return null;
            }
            state.stats().add(CacheCounter.CHECKSUM_ERRORS);
            damageKind = CacheEvents.Kind.CHECKSUM_ERROR;
            return damage("data checksum mismatch at byte " + (segments.dataOffset(key.segment) + key.place) + " of the cache device", key.offset, key.length);
        } catch (CacheMemoryException e) {
            damageKind = CacheEvents.Kind.CACHE_ERROR;
            return damage(e.getMessage(), key.offset, key.length);
        }
    }

    private static String damage(String what, long offset, int length) {
        return what + ": dirty data of device bytes " + offset + " + " + length + " cannot be written back until it is overwritten";
    }

    private boolean isStale() {
        return key.generation < segments.generation(key.segment);
    }

    private long extent() {
        return Extent.of(CacheIndex.sector(key.offset), key.length >>> DeviceLayout.SECTOR_SHIFT, false, key.segment,
            key.place >>> DeviceLayout.SECTOR_SHIFT);
    }

    /** Whether some of an extent was not written anew. */
    private boolean isLive(int subtree, long extent) {
        synchronized (state.index().lock(subtree)) {
            return state.index().holdsPlace(subtree, extent);
        }
    }

    private void take() {
        int subtree = key.subtree();
        while (!newest.reserve(subtree)) {
            newest.grow(newest.memoryLimitBytes() + SCRATCH_BYTES);
        }
        newest.insert(subtree, extent());
        batchKeys++;
        batchBytes += key.length;
    }

    // ---- writing --------------------------------------------------------------------------------------------------------------

    private boolean writeBatch() {
        newest.forEach(writeExtent);
        return writer.flush();
    }

    private void writeExtent(int subtree, long extent) {
        try {
            write(subtree, extent);
        } catch (CacheMemoryException e) {
            writeLoadable(subtree, extent);
        }
    }

    /** Goes by sectors through an extent of which some cannot be loaded: those that were written anew are left out. */
    private void writeLoadable(int subtree, long extent) {
        for (int from = Extent.from(extent); from < Extent.end(extent); from++) {
            long sector = Extent.clip(extent, from, from + 1);
            try {
                write(subtree, sector);
            } catch (CacheMemoryException e) {
                if (isLive(subtree, sector)) {
                    throw new CacheMemoryException(damage(e.getMessage(), offset(subtree, sector), DeviceLayout.SECTOR_BYTES), e);
                }
            }
        }
    }

    private void write(int subtree, long extent) {
        long at = segments.dataOffset(Extent.segment(extent)) + ((long) Extent.place(extent) << DeviceLayout.SECTOR_SHIFT);
        writer.write(offset(subtree, extent), memory, at, Extent.sectors(extent) << DeviceLayout.SECTOR_SHIFT);
    }

    private static long offset(int subtree, long extent) {
        return ((long) subtree << DeviceLayout.SUBTREE_SHIFT) + ((long) Extent.from(extent) << DeviceLayout.SECTOR_SHIFT);
    }

    // ---- failure --------------------------------------------------------------------------------------------------------------

    private boolean isPausing() {
        if (retryNow) {
            retryNow = false;
            paused = false;
        }
        return paused && System.nanoTime() - pausedAtNanos < pauseNanos;
    }

    private void pause(CacheEvents.Kind kind, String problem) {
        paused = true;
        pauseNanos = pauseNanos == 0 ? MIN_PAUSE_NANOS : Math.min(MAX_PAUSE_NANOS, pauseNanos * 2);
        pausedAtNanos = System.nanoTime();
        state.health().writeBack(kind, problem);
    }

    private void resume() {
        if (paused || pauseNanos > 0) {
            paused = false;
            pauseNanos = 0;
            state.health().writeBack(CacheEvents.Kind.RECOVERED, null);
        }
    }

    @Override
    public long idleNanos() {
        return paused ? Math.max(0, pauseNanos - (System.nanoTime() - pausedAtNanos)) : NEVER;
    }

    @Override
    public Signal signal() {
        return signal;
    }

    @Override
    public String name() {
        return "writeback";
    }

    /** Whether all committed data is on the backing device. */
    public boolean isClean() {
        return tails.dirtyTail() == log.committedHead();
    }

    @Override
    public void close() {
        writer.close();
    }
}
