package io.pcache.log;

import io.pcache.media.DeviceLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.media.PositionLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.metadata.DuplicatedRecord;
import io.pcache.metadata.RecordKind;
import java.util.function.LongSupplier;

/**
 * Where the log begins: the key tail, which garbage collection advances, and the dirty tail, which write-back advances.
 * Each tail has one writer. Any thread may read both; while a tail is being stored, a reader gets the position before.
 */
public final class Tails {
    /** Most key-sets that the dirty tail passes in one step. */
    public static final int MAX_STEP_KEY_SETS = 512;
    /**
     * From an offset below this one, a step of the dirty tail stays in the segment: the log leaves a segment only where
     * the next key-set would leave no room for a LAST one.
     */
    private static final int STEP_STAYS_IN_SEGMENT =
            DeviceLayout.SEGMENT_DATA_BYTES - (MAX_STEP_KEY_SETS + 2) * KeySetLayout.MAX_BYTES;

    private final DuplicatedRecord keyRecord;
    private final DuplicatedRecord dirtyRecord;
    private volatile long keyTail;
    private volatile long dirtyTail;
    /** Null while the tails are only looked at, or are put right by recovery. */
    private LogOrder order;

    private LongSupplier committedHead;

    public Tails(CacheMemory memory) {
        this.keyRecord = RecordKind.KEY_TAIL.in(memory);
        this.dirtyRecord = RecordKind.DIRTY_TAIL.in(memory);
    }

    /** Loads both tails from the medium; false if either has no valid copy. The positions are not checked yet. */
    public boolean load() {
        // Both are loaded, whatever the first load says.
        return keyRecord.load() & dirtyRecord.load();
    }

    /**
     * Whether the newest copy of a tail may be lost, so that the position loaded is one that the tail has left since.
     * The copy that is not valid may also be a copy that a power cut tore before it was in force. The two cases cannot
     * be told apart. At the log's start, a copy that was never written is no loss.
     */
    public static boolean isDoubtful(DuplicatedRecord record) {
        boolean blank = record.state(1 - record.newestCopy()) == DuplicatedRecord.CopyState.BLANK;
        boolean atStart = record.getInt(PositionLayout.SEGMENT) == 0 && record.getInt(PositionLayout.OFFSET) == 0;
        return record.isHalf() && !(blank && atStart);
    }

    /**
     * Whether garbage collection has surely not passed a dirty tail that may be an older one.
     *
     * <p>The dirty tail in force is at most one step farther on, and garbage collection has not passed the dirty tail
     * in force. If the step stayed in the segment, garbage collection is in front of both positions, or is in their
     * segment. The segment in which garbage collection still is has not been used a second time, so there the offsets
     * tell.
     */
    public static boolean isNotPassed(long dirtyTail, long keyTail) {
        if (Position.segment(dirtyTail) == Position.segment(keyTail)) {
            return Position.offset(dirtyTail) >= Position.offset(keyTail);
        }
        return Position.offset(dirtyTail) < STEP_STAYS_IN_SEGMENT;
    }

    /**
     * After {@link #load}: whether neither tail has left the start of the log. A tail that cannot be read may have left
     * it; a tail without a valid copy counts as never written.
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

    /** Puts checked positions in force, without storing them. */
    public void set(long keyTail, long dirtyTail) {
        this.keyTail = keyTail;
        this.dirtyTail = dirtyTail;
    }

    /**
     * Ends recovery: from now on, tails only move forward, and pass neither each other nor the committed head.
     *
     * @throws io.pcache.memory.CacheMemoryException if tails and head are not in this order now; the device has stopped
     *     then
     */
    public void open(LogOrder order, LongSupplier committedHead) {
        order.require("the key tail", keyTail, "the dirty tail", dirtyTail);
        order.require("the dirty tail", dirtyTail, "the committed head", committedHead.getAsLong());
        this.committedHead = committedHead;
        this.order = order;
    }

    /**
     * Stores the key tail durably, then puts it in force. For garbage collection only.
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

    /**
     * Stores the key tail in both copies, so that no earlier position can come back. Before garbage collection begins.
     */
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
     * Stores the dirty tail durably, then puts it in force. For write-back only.
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

    /**
     * Stores one tail at a time, so that a power cut never tears a copy of each: recovery takes two torn copies for
     * damage.
     */
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
