package io.pcache.log;

import io.pcache.clock.Clock;
import io.pcache.media.DeviceLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.segment.SegmentTable;
import io.pcache.stats.CacheCounter;
import io.pcache.stats.CacheStats;
import io.pcache.wake.Doorbells;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The log of keys, from the side that writes it.
 *
 * <p>{@link #append} puts a key into the open key-set. A full key-set is sealed; {@link #seal} seals a key-set before
 * it is full. {@link #commit} writes sealed key-sets to the medium, in order. When a key-set is opened, the log takes a
 * place for it, with room for a LAST key-set behind. So a key that was accepted can always be committed.
 *
 * <p>Key-sets on their way to the medium stand in a {@link KeySetRing}. If this process is killed, a successor may
 * complete them from there.
 *
 * <p>Any thread may call {@link #append}, {@link #seal} and {@link #commit}. A second caller of commit waits for the
 * first. Where the memory's sync is slow, one committer thread calls commit for all.
 */
public final class KeyLog {
    private final SegmentTable segments;
    private final CacheStats stats;
    private final KeySetRing ring;
    private final KeySetWriter writer;
    private final Object commitLock = new Object();

    private final AtomicLong appendedBytes = new AtomicLong();
    private final KeySetTimes times = new KeySetTimes();
    private final Doorbells doorbells;
    private final Clock clock;
    private final LogOrder order;
    private final long activatedNanos;

    // Guarded by this.
    private long head;
    private boolean open;
    private boolean leaving;
    /** Number of the key-set that is open, or will be opened next. All key-sets with a smaller number are sealed. */
    private volatile long openNumber;

    /** All key-sets with a smaller number are on the medium. Written under commitLock. */
    private volatile long committedNumber;

    private volatile long committedHead;
    private volatile CacheMemoryException failure;
    private volatile CacheMemoryException refusal;

    private final FlushBoundaries boundaries = new FlushBoundaries();

    /**
     * @param head where replay stopped; the log holds a reference on the segment of this position
     * @param ring empty
     * @param doorbells rung, with the log locked, when a key-set gets its first key
     */
    public KeyLog(
            CacheMemory memory,
            SegmentTable segments,
            long head,
            CacheStats stats,
            KeySetRing ring,
            Doorbells doorbells,
            Clock clock,
            LogOrder order) {
        this.stats = stats;
        this.doorbells = doorbells;
        this.clock = clock;
        this.order = order;
        this.activatedNanos = clock.nanoTime();
        this.segments = segments;
        this.head = head;
        this.committedHead = head;
        this.ring = ring;
        this.writer = new KeySetWriter(memory, segments::dataOffset);
    }

    /**
     * Accepts a key. The caller holds the lock of the key's subtree, so that the keys of a subtree come in the order of
     * its writes. The caller has drained the stores of the data. Hot.
     *
     * @return false if there is no room now, and nothing has changed: no segment is free for the log, or too many
     *     key-sets are on their way to the medium, or new key-sets are refused
     */
    public boolean append(long offset, int length, int flags, int segment, int place, long generation, int dataCrc) {
        synchronized (this) {
            if (!open && !openNext()) {
                return false;
            }
            KeySetBuffer buffer = ring.keySet(openNumber);
            buffer.add(offset, length, flags, segment, place, generation, dataCrc);
            segments.keyAdded(segment);
            appendedBytes.setRelease(appendedBytes.getPlain() + length);
            if (buffer.keys == 1) {
                buffer.openedNanos = clock.nanoTime();
                doorbells.keySetOpened();
            }
            if (buffer.isFull()) {
                sealOpen(buffer);
            }
            return true;
        }
    }

    /**
     * Says that data is durable when its key comes to {@link #append}: stored by transfers to a device that forgets
     * nothing with its power. To be called before the first append.
     */
    public void dataIsDurable() {
        writer.dataIsDurable();
    }

    /** Gives the log a way to write lone blocks durably. To be called before the first append. */
    public void writeDurablyBy(DurableWrites writes) {
        writer.writeDurablyBy(writes);
    }

    /** Sum of the lengths of the keys that were accepted since activation. */
    public long appendedBytes() {
        return appendedBytes.getAcquire();
    }

    /** Whether {@link #append} waits for a commit, not for a segment: the ring is full of sealed key-sets. */
    public boolean isBacklogged() {
        return openNumber - committedNumber >= KeySetRing.SIZE;
    }

    /**
     * Makes the next key-set go to another segment, however much room there is in this one. To be called before the
     * first {@link #append}.
     */
    public void leaveSegment() {
        synchronized (this) {
            leaving = true;
        }
    }

    private boolean openNext() {
        if (isBacklogged() || refusal != null) {
            return false;
        }
        long position = head;
        long hopFrom = KeySetBuffer.NO_HOP;
        int room = DeviceLayout.SEGMENT_DATA_BYTES - Position.offset(head);
        if (leaving || room < KeySetLayout.MAX_BYTES + KeySetLayout.HEADER_BYTES) {
            int segment = segments.allocate(0);
            if (segment == SegmentTable.NONE) {
                return false;
            }
            segments.markLog(segment);
            leaving = false;
            hopFrom = head;
            position = Position.of(segment, 0);
        }
        ring.keySet(openNumber).open(openNumber, position, hopFrom);
        head = position;
        open = true;
        return true;
    }

    private void sealOpen(KeySetBuffer buffer) {
        head = buffer.end();
        open = false;
        openNumber++;
    }

    /**
     * Seals the open key-set, if it has keys.
     *
     * @return the number to ask {@link #isCommitted} for: when the answer is true, every key accepted before this call
     *     is durable
     */
    public long seal() {
        synchronized (this) {
            if (open && ring.keySet(openNumber).keys > 0) {
                sealOpen(ring.keySet(openNumber));
            } else if (openNumber > 0) {
                boundaries.note(openNumber - 1);
            }
            return openNumber;
        }
    }

    /**
     * Whether a flush may have come between a full key-set and the next one, so that write-back must keep the two
     * apart. (A key-set that is not full ends where a flush came, or where a second had passed.) Takes no lock.
     *
     * <p>For a full key-set that replay found, the answer is always yes. A flush may have come just when this key-set
     * had become full; the medium does not tell, for the format has no place for that. If write-back wrote such a
     * key-set and the next one in one batch, data that a client wrote after the flush could reach the backing device
     * first. If the cache were lost at that moment, the backing device would be in a state that was never flushed. So
     * for each full key-set that an activation has found, write-back flushes the backing device once. Later key-sets
     * cost no such flush, unless a flush may have come behind them.
     *
     * @param number of the key-set, counted from 0 since activation; negative for a key-set found by replay
     */
    public boolean isFlushBoundary(long number) {
        return number < 0 || boundaries.contains(number);
    }

    /** Whether all key-sets before {@code number} are durable. */
    public boolean isCommitted(long number) {
        return committedNumber >= number;
    }

    /** How many key-sets are sealed and not yet committed. */
    public long sealed() {
        return openNumber - committedNumber;
    }

    /** When the oldest key that is not committed was accepted, by the clock; 0 if there is none. */
    public long waitingSinceNanos() {
        synchronized (this) {
            long oldest = committedNumber;
            if (oldest == openNumber && (!open || ring.keySet(oldest).keys == 0)) {
                return 0;
            }
            long since = ring.keySet(oldest).openedNanos;
            return since == 0 ? 1 : since;
        }
    }

    /**
     * When a committed key-set got its first key, by the clock. The answer may be too early: by up to a second, or by
     * up to a part in 500 of the key-set's age. To be asked for ascending numbers.
     *
     * @param number of the key-set, counted from 0 since activation; negative for a key-set found by replay, whose time
     *     is that of the activation
     */
    public long begunNanos(long number) {
        return number < 0 ? activatedNanos : times.notAfter(number, activatedNanos);
    }

    /**
     * Writes all sealed key-sets to the medium. When this returns, they are durable.
     *
     * @throws CacheMemoryException when the device fails now, or has failed before. After a failure nothing is
     *     committed any more, and no key-set is opened
     */
    public void commit() {
        synchronized (commitLock) {
            if (failure != null) {
                throw failure;
            }
            long until = openNumber;
            if (committedNumber == until) {
                return;
            }
            requireOrder(until);
            long stored = writer.storedBytes();
            try {
                writer.write(ring, committedNumber, until);
            } catch (CacheMemoryException e) {
                failure = e;
                refuse(e);
                throw e;
            }
            count(until);
            stats.add(CacheCounter.STORED_LOG_BYTES, writer.storedBytes() - stored);
            KeySetBuffer newest = ring.keySet(until - 1);
            committedHead = newest.end();
            ring.committed(until);
            committedNumber = until;
        }
    }

    /**
     * Checks, before any key-set is stored, that each has its place in a segment of the log, behind the key-set before.
     */
    private void requireOrder(long until) {
        long end = committedHead;
        for (long number = committedNumber; number < until; number++) {
            KeySetBuffer buffer = ring.keySet(number);
            order.require("the log's end", end, "the next key-set", buffer.position);
            end = buffer.end();
        }
    }

    private void count(long until) {
        int keys = 0;
        int bytes = 0;
        for (long number = committedNumber; number < until; number++) {
            times.begun(number, ring.keySet(number).openedNanos);
            keys += ring.keySet(number).keys;
            bytes += ring.keySet(number).length();
        }
        stats.add(CacheCounter.COMMITTED_KEY_SETS, until - committedNumber);
        stats.add(CacheCounter.COMMITTED_KEYS, keys);
        stats.add(CacheCounter.LOG_BYTES, bytes);
    }

    /** The ring in which key-sets on their way to the medium stand. */
    public KeySetRing ring() {
        return ring;
    }

    /** Where the next key-set goes on the medium: the end of what is committed. */
    public long committedHead() {
        return committedHead;
    }

    /** Why the cache device has stopped taking key-sets; null while it takes them. */
    public CacheMemoryException failure() {
        return failure;
    }

    /**
     * Accepts, from now on, no key that would begin a key-set. What was accepted before can still be committed.
     *
     * @return false if keys were refused already
     */
    public synchronized boolean refuse(CacheMemoryException cause) {
        if (refusal != null) {
            return false;
        }
        refusal = cause;
        return true;
    }

    /**
     * Accepts and commits nothing from now on. What was accepted and is not committed stays in the ring, for a
     * successor. Any thread may call this, with any lock held; the call does not wait for a commit under way.
     */
    public void stop(CacheMemoryException cause) {
        refusal = cause;
        failure = cause;
    }

    /** Why no key is accepted any more; null while keys are accepted. */
    public CacheMemoryException refusal() {
        return refusal;
    }
}
