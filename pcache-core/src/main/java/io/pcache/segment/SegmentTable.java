package io.pcache.segment;

import io.pcache.invariant.Invariant;
import io.pcache.invariant.Stop;
import io.pcache.media.DeviceLayout;
import io.pcache.media.GenerationLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.metadata.DuplicatedRecord;
import io.pcache.metadata.RecordKind;
import io.pcache.segment.SegmentUses.Use;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * The segments of a cache: which are free, and how many references each used segment has.
 *
 * <p>Holders of references to a data segment are the keys in the log that name the segment, the queue that fills it,
 * and each read that copies from it. When the last reference is dropped, the segment is retired, which costs no wait
 * for the device. The collector frees retired segments, many at once, in {@link #freeRetired}: their generations go up,
 * durably, before the segments can be given out again. This makes all keys on the medium that name these segments
 * stale. So data that someone can still reach is never overwritten, and copying needs no lock.
 *
 * <p>Numbers are those of cache segments: places in the chain. {@link #dataOffset} tells where on the device a cache
 * segment is. Safe for use by any thread. {@link #acquire} and {@link #release} lock only when the last reference goes.
 * No lock that a request may need is held while the device makes anything durable.
 */
public final class SegmentTable {
    /** Is told what becomes of segments, on the thread that made the change. No method may block. */
    public interface Listener {
        Listener NONE = new Listener() {};

        /** A segment has become free, in {@link #freeRetired} or {@link #releaseKeySegment}. */
        default void freed() {}

        /** The last reference to a segment has gone: {@link #freeRetired} has work. */
        default void retired() {}

        /** A segment was taken or freed, and {@link #prepareNext} has work. */
        default void shortage() {}

        /** A segment is not used any more, because the cache device failed. */
        default void setAside(int segment, CacheMemoryException cause) {}

        /** See {@link Stop}. */
        default CacheMemoryException broken(Invariant invariant, String detail) {
            throw new IllegalStateException(invariant.code() + ": " + detail);
        }
    }

    /** No segment is free. */
    public static final int NONE = -1;

    /** How many segments {@link #prepareNext} keeps ready: one for the log, one for fills, and a few for queues. */
    static final int STOCK = 4;

    /** How many segments must be left for writers while one is being discarded; fewer in a small cache. */
    private static final int MAX_DISCARD_SPARE = 8;

    private static final int MIN_DISCARD_SPARE = 2;

    private final CacheMemory memory;
    private final int[] chain;
    private final int discardSpare;
    private final AtomicIntegerArray references;
    private final SegmentUses uses;
    /** Stable for a segment that is referred to. Raised for retired segments alone, under {@link #generationLock}. */
    private final long[] generations;
    /** How far each data segment has been filled, for people. Written by the thread that fills the segment. */
    private final AtomicIntegerArray filled;

    private final DataChecksums checksums;
    /**
     * Held while generations are made durable. A thread that holds this lock may take the monitor of this table. A
     * thread that holds the monitor must not take this lock.
     */
    private final Object generationLock = new Object();
    /** Guarded by {@link #generationLock}. */
    private final DuplicatedRecord generationRecord;
    /** The batch that {@link #freeRetired} works on. Guarded by {@link #generationLock}. */
    private final int[] batch;

    /** Free segments, oldest first, so that a freed segment is reused as late as possible. Guarded by this. */
    private final SegmentRing free;
    /**
     * Free segments that are to be discarded before they join {@link #free}. A writer takes these, too, once the others
     * have gone. Guarded by this.
     */
    private SegmentRing undiscarded = new SegmentRing(0);

    private boolean discards;
    /** The free segment that is in neither ring, because the device discards it. Guarded by this. */
    private int beingDiscarded = NONE;
    /** Segments without a reference that are not free yet. Guarded by this. */
    private final int[] retired;

    private int retiredCount;
    /** How many segments in the batch of {@link #freeRetired} are not free yet. Guarded by this. */
    private int beingFreed;
    /** How many of the oldest free segments are prepared. Guarded by this. */
    private int prepared;

    private boolean opened;
    private volatile boolean broken;
    private volatile int used;
    private Listener listener = Listener.NONE;

    /**
     * @param chain physical segment of each cache segment
     * @param checksums where data checksums are kept, or null
     */
    public SegmentTable(CacheMemory memory, int[] chain, DataChecksums checksums) {
        this.memory = memory;
        this.chain = chain;
        this.discardSpare = Math.max(MIN_DISCARD_SPARE, Math.min(MAX_DISCARD_SPARE, chain.length / 8));
        this.checksums = checksums;
        this.references = new AtomicIntegerArray(chain.length);
        this.uses = new SegmentUses(chain.length);
        this.generations = new long[chain.length];
        this.filled = new AtomicIntegerArray(chain.length);
        this.free = new SegmentRing(chain.length);
        this.retired = new int[chain.length];
        this.batch = new int[chain.length];
        this.generationRecord = RecordKind.GENERATION.in(memory);
        for (int segment = 0; segment < chain.length; segment++) {
            DuplicatedRecord record = recordOf(segment);
            record.load();
            generations[segment] = record.getLong(GenerationLayout.GENERATION);
        }
    }

    private DuplicatedRecord recordOf(int segment) {
        return generationRecord.at(RecordKind.GENERATION.place(chain[segment]));
    }

    /** Like {@link #open(Listener)}, with nobody to tell. */
    public void open() {
        open(Listener.NONE);
    }

    /**
     * Ends replay: segments without a reference become free. To be called once, before the first {@link #allocate}.
     *
     * @param listener told, from now on, what becomes of segments
     */
    public synchronized void open(Listener listener) {
        this.listener = listener;
        for (int segment = 0; segment < chain.length; segment++) {
            int held = references.get(segment);
            if (held == 0) {
                free.add(segment);
            } else if (uses.of(segment) == Use.FREE) {
                uses.change(segment, Use.DATA);
            }
            requireReferences(segment, held, uses.keys(segment));
        }
        used = chain.length - free.count();
        opened = true;
        requireSum();
    }

    /** Stops the device. From then on, this table neither gives out nor frees a segment. */
    private void broken(Invariant invariant, String detail) {
        broken = true;
        listener.broken(invariant, detail);
    }

    /** Checks {@link Invariant#REFERENCES_COVER_KEYS}; returns whether the invariant holds. */
    private boolean requireReferences(int segment, int held, int keys) {
        if (held >= keys) {
            return true;
        }
        broken(
                Invariant.REFERENCES_COVER_KEYS,
                "segment " + segment + " has " + held + " references, and " + keys + " keys in the log name it");
        return false;
    }

    /** Checks {@link Invariant#SEGMENTS_ADD_UP}. To be called after each change of a use, with the monitor held. */
    private void requireSum() {
        if (uses.count(Use.FREE) != countFree() || uses.count(Use.RETIRED) != retiredCount + beingFreed) {
            broken(
                    Invariant.SEGMENTS_ADD_UP,
                    "of " + chain.length + " segments " + uses.count(Use.FREE) + " are free, " + uses.count(Use.RETIRED)
                            + " retired, " + uses.count(Use.DATA) + " data, " + uses.count(Use.LOG) + " log, "
                            + uses.count(Use.SET_ASIDE) + " set aside; the lists hold " + countFree() + " as free and "
                            + (retiredCount + beingFreed) + " as retired");
        }
    }

    /**
     * Invalidates, durably, all keys that name a segment without a reference. For a replay that did not see the whole
     * log: the part that it did not see may have such keys. To be called before {@link #open}.
     */
    public synchronized void invalidateUnused() {
        for (int segment = 0; segment < chain.length; segment++) {
            if (references.get(segment) == 0) {
                DuplicatedRecord record = recordOf(segment);
                record.load();
                generations[segment]++;
                record.setLong(GenerationLayout.GENERATION, generations[segment])
                        .storeUnsynced();
            }
        }
        memory.drain();
        memory.sync();
    }

    public int count() {
        return chain.length;
    }

    /** Segments that are not free. */
    public int used() {
        return used;
    }

    public int freeCount() {
        return chain.length - used;
    }

    /** Device offset of a segment's data area. */
    public long dataOffset(int segment) {
        return DeviceLayout.segmentData(chain[segment]);
    }

    /** How often the segment has been freed. Stable while the caller holds a reference. */
    public long generation(int segment) {
        return generations[segment];
    }

    /**
     * Takes a free segment, with one reference for the caller. The segment is prepared, by this method if
     * {@link #prepareNext} has not done so. A segment with a bad place is set aside, and another one is taken.
     *
     * @param spare number of free segments that must be left over
     * @return {@link #NONE} if there are not enough
     */
    public int allocate(int spare) {
        while (true) {
            int segment;
            boolean ready;
            boolean shortage;
            synchronized (this) {
                if (free.count() + undiscarded.count() <= spare || broken) {
                    return NONE;
                }
                ready = prepared > 0;
                prepared -= ready ? 1 : 0;
                segment = takeOldest();
                if (segment == NONE) {
                    return NONE;
                }
                shortage = prepared < STOCK;
            }
            if (shortage) {
                listener.shortage();
            }
            CacheMemoryException bad = ready ? null : prepare(segment);
            if (bad == null) {
                return segment;
            }
            setAside(segment, bad);
        }
    }

    /**
     * Returns {@link #NONE} if somebody refers to the segment. The segment is not given out then, and the device stops.
     */
    private int takeOldest() {
        int segment = (free.count() > 0 ? free : undiscarded).take();
        used = chain.length - countFree();
        if (!references.compareAndSet(segment, 0, 1)) {
            broken(
                    Invariant.SEGMENTS_ADD_UP,
                    "segment " + segment + " is among the free ones, and has " + references.get(segment)
                            + " references");
            return NONE;
        }
        boolean changed = changeUse(segment, Use.FREE, Use.DATA);
        requireSum();
        return changed ? segment : NONE;
    }

    /** With the monitor held. */
    private int countFree() {
        return free.count() + undiscarded.count() + (beingDiscarded == NONE ? 0 : 1);
    }

    /** Why the segment is not to be used; null if nothing is known against the segment. */
    private CacheMemoryException prepare(int segment) {
        try {
            memory.prepare(DeviceLayout.segment(chain[segment]), DeviceLayout.SEGMENT_BYTES);
            return null;
        } catch (CacheMemoryException e) {
            return e;
        }
    }

    /**
     * Prepares the next free segment, or sets it aside, so that a caller of {@link #allocate} does not wait for the
     * preparation. Only one thread may call this, whichever it is.
     *
     * @return false if enough segments are prepared, or all that are free
     */
    public boolean prepareNext() {
        int segment;
        long number;
        synchronized (this) {
            if (prepared == Math.min(STOCK, free.count())) {
                return false;
            }
            segment = free.get(prepared);
            number = free.taken() + prepared;
        }
        CacheMemoryException bad = prepare(segment);
        synchronized (this) {
            if (free.taken() > number) {
                // Another thread has taken the segment meanwhile, and has prepared it, too.
                return true;
            }
            if (bad == null) {
                prepared++;
                return true;
            }
            // The bad segment leaves the ring at the front. The prepared segments in front of it move back by one
            // place.
            free.moveToFront(prepared);
            takeOldest();
        }
        setAside(segment, bad);
        return true;
    }

    /**
     * Says whether segments that become free from now on are to be discarded: {@link #beginDiscard} gives them out in
     * turn. Segments that are free already stay as they are: what an activation found free may still serve people who
     * look for lost data.
     */
    public synchronized void keepForDiscard(boolean wanted) {
        discards = wanted;
        if (wanted && undiscarded.count() == 0) {
            undiscarded = new SegmentRing(chain.length);
        }
        while (!wanted && undiscarded.count() > 0) {
            free.add(undiscarded.take());
        }
    }

    /**
     * Holds back a free segment that is to be discarded, so that nobody is given this segment before
     * {@link #endDiscard}. Both the segment's generation and the key tail that has passed its keys are durable. So
     * nothing on the medium leads to what the segment holds, whenever power is cut. Only one thread may call this.
     *
     * @return {@link #NONE} if no segment is to be discarded, or so few are free that writers may want each of them
     */
    public synchronized int beginDiscard() {
        if (undiscarded.count() == 0 || free.count() + undiscarded.count() <= discardSpare || broken) {
            return NONE;
        }
        int segment = undiscarded.take();
        beingDiscarded = segment;
        if (references.get(segment) != 0 || uses.of(segment) != Use.FREE) {
            broken(
                    Invariant.SEGMENTS_ADD_UP,
                    "segment " + segment + " is to be discarded, and has use " + uses.of(segment) + " and "
                            + references.get(segment) + " references");
            return NONE;
        }
        return segment;
    }

    /** Lets a segment be given out again that {@link #beginDiscard} has held back, discarded or not. */
    public synchronized void endDiscard(int segment) {
        if (segment != beingDiscarded) {
            broken(Invariant.SEGMENTS_ADD_UP, "segment " + segment + " was not held back for a discard");
            return;
        }
        beingDiscarded = NONE;
        free.add(segment);
        requireSum();
    }

    /** Marks a segment as the log's until {@link #releaseKeySegment}. The log has taken a reference to the segment. */
    public synchronized void markLog(int segment) {
        uses.enterLog(segment);
    }

    /**
     * Where a place is in the order of the log: later places have larger numbers. Negative if the segment is not the
     * log's.
     */
    public long logPlace(int segment, int offset) {
        return uses.logPlace(segment, offset);
    }

    /**
     * Counts a key that came into the log and names the segment; the key has a reference on the segment. For one thread
     * at a time: for replay first, later with the log locked. Hot.
     */
    public void keyAdded(int segment) {
        uses.keyAdded(segment);
    }

    /** Drops the reference of a key that has left the log, durably. For the collector. */
    public void releaseKey(int segment) {
        uses.keyDropped(segment);
        int keys = uses.keys(segment);
        int left = references.decrementAndGet(segment);
        if (requireReferences(segment, left, keys) && left == 0) {
            retire(segment);
        }
    }

    /**
     * Finds a reference that should not be there while no queue is open. Returns a description in words; null if there
     * is none. A segment that was set aside may have more references than keys.
     */
    public String unexpectedUser() {
        for (int segment = 0; segment < chain.length; segment++) {
            Use use = uses.of(segment);
            int keys = uses.keys(segment);
            int held = references.get(segment);
            int expected = use == Use.LOG ? 1 : keys;
            if (use != Use.SET_ASIDE && held != expected) {
                return "segment " + segment + ", of use " + use + " and named by " + keys + " keys, has " + held
                        + " references instead of " + expected;
            }
        }
        return null;
    }

    /** What each segment is used for. The counts may change while they are read. */
    public SegmentMap map() {
        SegmentMap map = new SegmentMap(chain.length);
        for (int segment = 0; segment < chain.length; segment++) {
            SegmentMap.Use use = switch (uses.of(segment)) {
                case FREE, RETIRED -> SegmentMap.Use.FREE;
                case LOG -> SegmentMap.Use.LOG;
                case DATA -> SegmentMap.Use.DATA;
                case SET_ASIDE -> SegmentMap.Use.SET_ASIDE;
            };
            map.put(segment, use, references.get(segment));
            if (use == SegmentMap.Use.DATA) {
                map.fill(segment, filled.getOpaque(segment));
            }
        }
        return map;
    }

    /** Notes how far a data segment is filled. The caller has a reference to the segment. Hot. */
    public void filledTo(int segment, int bytes) {
        filled.setOpaque(segment, bytes);
    }

    /** Notes that a key's data ends at a byte, so that the segment is filled at least so far. For replay. */
    public void foundFilledTo(int segment, int bytes) {
        filled.setPlain(segment, Math.max(filled.getPlain(segment), bytes));
    }

    /**
     * Takes one more reference to a segment. The caller has a reference already, or holds the lock of an index entry
     * that has a reference.
     */
    public void acquire(int segment) {
        references.getAndIncrement(segment);
    }

    /** Takes {@code count} more references, to be {@linkplain #release(int, int) dropped} in any portions. */
    public void acquire(int segment, int count) {
        references.getAndAdd(segment, count);
    }

    /** Drops a reference to a data segment. When the last reference goes, the segment is retired. */
    public void release(int segment) {
        release(segment, 1);
    }

    public void release(int segment, int count) {
        int left = references.addAndGet(segment, -count);
        if (left <= 0 && opened && requireReferences(segment, left, uses.keys(segment))) {
            retire(segment);
        }
    }

    /** Retires a segment to which nobody refers any more, and which no key names. */
    private void retire(int segment) {
        synchronized (this) {
            if (!changeUse(segment, Use.DATA, Use.RETIRED)) {
                return;
            }
            retired[retiredCount++] = segment;
            requireSum();
        }
        listener.retired();
    }

    /**
     * Changes a segment's use. Returns false if the use was not {@code from}: the use stays then, and the device stops.
     */
    private boolean changeUse(int segment, Use from, Use to) {
        Use before = uses.change(segment, to);
        if (before == from) {
            return true;
        }
        uses.change(segment, before);
        broken(
                Invariant.SEGMENTS_ADD_UP,
                "segment " + segment + " is to go from use " + from + " to " + to + ", and has use " + before);
        return false;
    }

    /**
     * Frees the retired segments, with one wait for the device for all of them. A segment whose generation cannot be
     * made durable is set aside. For the collector's thread, because the caller waits for the device.
     *
     * @return number of segments dealt with
     */
    public int freeRetired() {
        synchronized (generationLock) {
            int count;
            synchronized (this) {
                count = broken ? 0 : retiredCount;
                System.arraycopy(retired, 0, batch, 0, count);
                retiredCount -= count;
                beingFreed = count;
            }
            if (count > 0) {
                int raised = raiseGenerations(count);
                for (int i = 0; i < raised; i++) {
                    if (checksums != null) {
                        checksums.clear(batch[i]);
                    }
                    free(batch[i], Use.RETIRED);
                }
            }
            return count;
        }
    }

    /**
     * Raises the generations of the batch, durably. Returns how many segments are left in the batch; the others are set
     * aside.
     */
    private int raiseGenerations(int count) {
        int stored = 0;
        for (int i = 0; i < count; i++) {
            int segment = batch[i];
            try {
                DuplicatedRecord record = recordOf(segment);
                record.load();
                generations[segment]++;
                record.setLong(GenerationLayout.GENERATION, generations[segment])
                        .storeUnsynced();
                batch[stored++] = segment;
            } catch (CacheMemoryException e) {
                setAside(segment, e);
            }
        }
        try {
            memory.drain();
            memory.sync();
            return stored;
        } catch (CacheMemoryException e) {
            // A crash may bring the old keys of these segments back into force. So nothing may overwrite the segments.
            for (int i = 0; i < stored; i++) {
                setAside(batch[i], e);
            }
            return 0;
        }
    }

    /**
     * Sets aside a segment in which the device failed, or is known to fail. Nobody else can give out this segment. The
     * caller's reference, if there is one, is kept, so that the segment is not given out again until the next
     * activation.
     */
    public void setAside(int segment, CacheMemoryException cause) {
        synchronized (this) {
            if (uses.change(segment, Use.SET_ASIDE) == Use.RETIRED) {
                beingFreed--;
            }
            requireSum();
        }
        listener.setAside(segment, cause);
    }

    /**
     * Drops the reference of the log to one of its segments. The segment's generation stays: key-sets have no
     * generation, and replay never comes here again once the key tail has passed the segment.
     */
    public void releaseKeySegment(int segment) {
        int left = references.decrementAndGet(segment);
        if (left != 0) {
            broken(
                    Invariant.REFERENCES_COVER_KEYS,
                    "segment " + segment + " of the log has " + left + " references beside the log's");
        } else if (opened) {
            free(segment, Use.LOG);
        }
    }

    private void free(int segment, Use from) {
        boolean shortage;
        synchronized (this) {
            if (!changeUse(segment, from, Use.FREE)) {
                return;
            }
            beingFreed -= from == Use.RETIRED ? 1 : 0;
            (discards ? undiscarded : free).add(segment);
            requireSum();
            used = chain.length - countFree();
            shortage = prepared < STOCK;
        }
        if (shortage) {
            listener.shortage();
        }
        listener.freed();
    }
}
