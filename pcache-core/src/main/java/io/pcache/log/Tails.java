package io.pcache.log;

import io.pcache.media.DeviceLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.media.PositionLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.metadata.DuplicatedRecord;
import io.pcache.metadata.RecordKind;
import java.util.function.LongSupplier;

/**
 * Where the log begins: the key tail, which GC advances, and the dirty tail, which write-back advances. Each has one
 * writer; both may be read from any thread and are then what the medium holds, or will hold after the store under way.
 */
public final class Tails {
    /** Most key-sets that the dirty tail passes in one step. */
    public static final int MAX_STEP_KEY_SETS = 512;
    /**
     * From a place in front of this, one step of the dirty tail does not leave the segment: the log does so only where
     * the next key-set would leave no room for a LAST one.
     */
    private static final int STEP_STAYS_IN_SEGMENT =
            DeviceLayout.SEGMENT_DATA_BYTES - (MAX_STEP_KEY_SETS + 2) * KeySetLayout.MAX_BYTES;

    private final DuplicatedRecord keyRecord;
    private final DuplicatedRecord dirtyRecord;
    private volatile long keyTail;
    private volatile long dirtyTail;
    /** Null while tails are only looked at, or put right by recovery. */
    private LogOrder order;

    private LongSupplier committedHead;

    public Tails(CacheMemory memory) {
        this.keyRecord = RecordKind.KEY_TAIL.in(memory);
        this.dirtyRecord = RecordKind.DIRTY_TAIL.in(memory);
    }

    /** Loads both from the medium; false if either has no valid copy. The positions are not checked yet. */
    public boolean load() {
        // Both, whatever the first says.
        return keyRecord.load() & dirtyRecord.load();
    }

    /**
     * Whether the newest copy of a tail may be lost, so that the position is one that the tail has left. The other copy
     * may also be the one that a power cut has torn, which was not in force yet; that cannot be told. Copies that were
     * never written are no loss at the log's start.
     */
    public static boolean isDoubtful(DuplicatedRecord record) {
        boolean blank = record.state(1 - record.newestCopy()) == DuplicatedRecord.CopyState.BLANK;
        boolean atStart = record.getInt(PositionLayout.SEGMENT) == 0 && record.getInt(PositionLayout.OFFSET) == 0;
        return record.isHalf() && !(blank && atStart);
    }

    /**
     * Whether a dirty tail that may be an older one has surely not been passed by GC.
     *
     * <p>The one in force is at most one step farther, and GC has not passed that. If the step stayed in the segment,
     * GC is in front of both, or in their segment. A segment in which GC still is has not been used a second time, so
     * there the offsets tell.
     */
    public static boolean isNotPassed(long dirtyTail, long keyTail) {
        if (Position.segment(dirtyTail) == Position.segment(keyTail)) {
            return Position.offset(dirtyTail) >= Position.offset(keyTail);
        }
        return Position.offset(dirtyTail) < STEP_STAYS_IN_SEGMENT;
    }

    /**
     * After {@link #load}: whether neither has left the start of the log. A tail that cannot be read may have; one
     * without a valid copy counts as never written.
     */
    public boolean areAtStart() {
        return isAtStart(keyRecord) && isAtStart(dirtyRecord);
    }

    private static boolean isAtStart(DuplicatedRecord tail) {
        return !tail.isUnreadable()
                && tail.getInt(PositionLayout.SEGMENT) == 0
                && tail.getInt(PositionLayout.OFFSET) == 0;
    }

    public DuplicatedRecord keyRecord() {
        return keyRecord;
    }

    public DuplicatedRecord dirtyRecord() {
        return dirtyRecord;
    }

    /** Takes checked positions as those in force, without storing them. */
    public void set(long keyTail, long dirtyTail) {
        this.keyTail = keyTail;
        this.dirtyTail = dirtyTail;
    }

    /**
     * Ends recovery: from now on tails only move forward, and not past each other nor past the committed head.
     *
     * @throws io.pcache.memory.CacheMemoryException if they are not in this order; the device has stopped then
     */
    public void open(LogOrder order, LongSupplier committedHead) {
        order.require("the key tail", keyTail, "the dirty tail", dirtyTail);
        order.require("the dirty tail", dirtyTail, "the committed head", committedHead.getAsLong());
        this.committedHead = committedHead;
        this.order = order;
    }

    /**
     * Stores the key tail durably, then puts it in force. By GC only.
     *
     * @throws io.pcache.memory.CacheMemoryException if the device fails, or stops for a broken invariant; the tail
     *     stays as it was then
     */
    public void advanceKeyTail(long position) {
        if (order != null) {
            order.require("the key tail", keyTail, "the next key tail", position);
            order.require("the next key tail", position, "the dirty tail", dirtyTail);
        }
        store(keyRecord, position);
        keyTail = position;
    }

    /** Stores the key tail in both copies, so that no earlier one can come back. Before GC begins. */
    public void storeKeyTail(long position) {
        advanceKeyTail(position);
        advanceKeyTail(position);
    }

    /** Stores the dirty tail in both copies. Before write-back begins. */
    public void storeDirtyTail(long position) {
        advanceDirtyTail(position);
        advanceDirtyTail(position);
    }

    /**
     * Stores the dirty tail durably, then puts it in force. By write-back only.
     *
     * @throws io.pcache.memory.CacheMemoryException as {@link #advanceKeyTail}
     */
    public void advanceDirtyTail(long position) {
        if (order != null) {
            order.require("the dirty tail", dirtyTail, "the next dirty tail", position);
            order.require("the next dirty tail", position, "the committed head", committedHead.getAsLong());
        }
        store(dirtyRecord, position);
        dirtyTail = position;
    }

    /** One tail at a time, so that a power cut never tears a copy of each: recovery takes that for damage. */
    private synchronized void store(DuplicatedRecord record, long position) {
        record.setInt(PositionLayout.SEGMENT, Position.segment(position))
                .setInt(PositionLayout.OFFSET, Position.offset(position))
                .store();
    }

    public long keyTail() {
        return keyTail;
    }

    public long dirtyTail() {
        return dirtyTail;
    }
}
