package io.pcache.state;

import io.pcache.log.Position;
import io.pcache.media.PositionLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.metadata.DuplicatedRecord;
import io.pcache.metadata.RecordKind;

/**
 * Where the log begins: the key tail, which GC advances, and the dirty tail, which write-back advances. Each has one writer; both may be
 * read from any thread and are then what the medium holds, or will hold after the store under way.
 */
public final class Tails {
    private final DuplicatedRecord keyRecord;
    private final DuplicatedRecord dirtyRecord;
    private volatile long keyTail;
    private volatile long dirtyTail;

    public Tails(CacheMemory memory) {
        this.keyRecord = RecordKind.KEY_TAIL.in(memory);
        this.dirtyRecord = RecordKind.DIRTY_TAIL.in(memory);
    }

    /** Loads both from the medium; false if either has no valid copy. The positions are not checked yet. */
    public boolean load() {
        // Both, whatever the first says.
        return keyRecord.load() & dirtyRecord.load();
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

    /** Stores the key tail durably, then puts it in force. By GC only. */
    public void advanceKeyTail(long position) {
        store(keyRecord, position);
        keyTail = position;
    }

    /** Stores the dirty tail durably, then puts it in force. By write-back only. */
    public void advanceDirtyTail(long position) {
        store(dirtyRecord, position);
        dirtyTail = position;
    }

    private static void store(DuplicatedRecord record, long position) {
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
