package io.pcache.recovery;

import io.pcache.cache.MemoryNeeds;
import io.pcache.cache.PCacheConfig;
import io.pcache.health.CacheEvents;
import io.pcache.index.CacheIndex;
import io.pcache.log.KeySetReader;
import io.pcache.log.LogCorruptException;
import io.pcache.log.LogWalk;
import io.pcache.log.Position;
import io.pcache.log.Tails;
import io.pcache.media.PositionLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.metadata.DuplicatedRecord;
import io.pcache.segment.DataChecksums;
import io.pcache.segment.SegmentTable;
import io.pcache.slab.FreeMemory;
import java.util.ArrayList;
import java.util.List;

/**
 * Decides which of the tails to believe and where replay starts.
 *
 * <p>All in front of the dirty tail is on the backing device, so replay may always start there: what is lost is what
 * the cache saves in reading. That is done where the log in front of the dirty tail is damaged, when told to salvage,
 * and where the key tail may be an older one: garbage collection has freed what lay between that and the one in force,
 * so that an older key of a range may be left there without the newer one.
 *
 * <p>A dirty tail that may be an older one is good if it is sure that it has not been passed by GC: then the log from
 * there on has merely been written back before, and is once more, in its order, which ends with the newest data
 * everywhere. Otherwise its place may be in a segment that the log goes through for the second time, behind data that
 * is dirty, and is not believed.
 */
final class LogRecovery {
    /** Completes the log before it is replayed. */
    interface Completion {
        /** @return what is to be said of it, for people; null for nothing */
        String complete(SegmentTable segments, long from);
    }

    /** Activation is refused; the message is one line that says where, what is at stake and what to do. */
    static final class RefusedException extends Exception {
        RefusedException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    private final CacheMemory memory;
    private final long backingBytes;
    private final PCacheConfig config;
    private final int[] chain;
    private final Tails tails;
    private final Completion completion;
    private String completed;
    private final List<String> notes = new ArrayList<>();
    private final StringBuilder remarks = new StringBuilder();
    private DataChecksums checksums;
    private SegmentTable segments;
    private CacheIndex index;
    private Replay replay;

    /**
     * @param chain physical segment of each cache segment
     * @param tails loaded, their positions not checked yet
     * @param completion called before each attempt to replay
     */
    LogRecovery(
            CacheMemory memory,
            long backingBytes,
            PCacheConfig config,
            int[] chain,
            Tails tails,
            Completion completion) {
        this.memory = memory;
        this.backingBytes = backingBytes;
        this.config = config;
        this.chain = chain;
        this.tails = tails;
        this.completion = completion;
    }

    /** Replays, and puts the tails in force. Writes to the device only to mend tails, once replay has succeeded. */
    void run() throws RefusedException {
        long keyTail = tail("key tail", PositionLayout.KEY_TAIL, tails.keyRecord());
        long dirtyTail = tail("dirty tail", PositionLayout.DIRTY_TAIL, tails.dirtyRecord());
        boolean keyDoubtful = Tails.isDoubtful(tails.keyRecord());
        boolean dirtyDoubtful = Tails.isDoubtful(tails.dirtyRecord());
        if (keyDoubtful && dirtyDoubtful) {
            throw refuse(
                    "a copy of the key tail and one of the dirty tail, at bytes " + PositionLayout.KEY_TAIL + " to "
                            + (PositionLayout.DIRTY_TAIL + 2 * PositionLayout.BYTES)
                            + " of the cache device, are damaged: where the dirty data begins is not known; "
                            + "nothing was written",
                    null);
        }
        if (keyDoubtful) {
            remark("a copy of the key tail, at byte " + PositionLayout.KEY_TAIL
                    + ", is damaged, and may have been the newest");
            replayFromDirtyTail(dirtyTail, false);
        } else if (dirtyDoubtful && !Tails.isNotPassed(dirtyTail, keyTail)) {
            writeBackAnew(keyTail);
        } else {
            replayFromKeyTail(keyTail, dirtyTail, dirtyDoubtful);
        }
        if (completed != null) {
            tell(completed);
        }
        if (!notes.isEmpty()) {
            // One event: of several in a row an operator may be told the first only.
            config.events().event(CacheEvents.Kind.LOG_DAMAGED, String.join("; ", notes));
        }
    }

    private void replayFromKeyTail(long keyTail, long dirtyTail, boolean dirtyDoubtful) throws RefusedException {
        try {
            // With an older dirty tail, what is behind the damage may be on the backing device already, and older data
            // of in front of it must not follow.
            attempt(keyTail, dirtyTail, config.salvage() && !dirtyDoubtful);
        } catch (LogCorruptException e) {
            if (replay.dirtyTailSeen()) {
                throw refuseBehindDirtyTail(e, dirtyDoubtful);
            }
            String place = e.getMessage() + "; that is in front of the dirty tail " + Position.text(dirtyTail)
                    + ", so no dirty data is at stake";
            if (!config.salvage()) {
                throw refuse(place + "; 'create --salvage' drops what is cached in front of the dirty tail", e);
            }
            tell("salvage: " + place);
            replayFromDirtyTail(dirtyTail, dirtyDoubtful);
            return;
        }
        tails.set(keyTail, dirtyTail);
        if (dirtyDoubtful) {
            tails.storeDirtyTail(dirtyTail);
            remark("a copy of the dirty tail, at byte " + PositionLayout.DIRTY_TAIL
                    + ", is damaged, and may have been the newest: write-back begins at the other, "
                    + Position.text(dirtyTail));
        }
        tellOfCut();
    }

    private void replayFromDirtyTail(long dirtyTail, boolean dirtyDoubtful) throws RefusedException {
        try {
            attempt(dirtyTail, dirtyTail, config.salvage() && !dirtyDoubtful);
        } catch (LogCorruptException e) {
            throw refuseBehindDirtyTail(e, dirtyDoubtful);
        }
        // Keys in front name segments that are free now, and must stay invalid even if they are met once more.
        segments.invalidateUnused();
        tails.set(dirtyTail, dirtyTail);
        if (dirtyDoubtful) {
            tails.storeDirtyTail(dirtyTail);
        }
        tails.storeKeyTail(dirtyTail);
        remark("what is cached in front of the dirty tail " + Position.text(dirtyTail)
                + " was dropped; it is on the backing device");
        tellOfCut();
    }

    /** All of the log, in its order, ends with the newest data everywhere; but only if all of it is there. */
    private void writeBackAnew(long keyTail) throws RefusedException {
        String damaged = "a copy of the dirty tail, at byte " + PositionLayout.DIRTY_TAIL
                + ", is damaged, and the other one is not in the log or not to be relied on";
        try {
            attempt(keyTail, LogWalk.NOWHERE, false);
        } catch (LogCorruptException e) {
            throw refuse(
                    damaged + ": where the dirty data begins is not known, and the log is damaged, too: "
                            + e.getMessage() + "; nothing was written",
                    e);
        }
        if (replay.torn() != null || replay.staleKeys() > 0) {
            throw refuse(
                    damaged + ": where the dirty data begins is not known, and the log from the key tail "
                            + Position.text(keyTail)
                            + " on cannot be written back anew, since it is not complete; nothing was written",
                    null);
        }
        tails.set(keyTail, keyTail);
        tails.storeDirtyTail(keyTail);
        remark(damaged + ": write-back starts anew from the key tail " + Position.text(keyTail));
    }

    private void attempt(long from, long dirtyTail, boolean salvage) throws LogCorruptException {
        // One attempt's memory at a time.
        close();
        replay = null;
        segments = null;
        checksums = config.dataCrc() ? new DataChecksums(chain.length, DataChecksums.memoryFor(chain.length)) : null;
        segments = new SegmentTable(memory, chain, checksums);
        index = new CacheIndex(backingBytes, MemoryNeeds.indexBytes(chain.length));
        FreeMemory free = config.insistent() ? FreeMemory.UNLIMITED : config.freeMemory();
        index.askBefore(free);
        if (checksums != null) {
            checksums.askBefore(free);
        }
        replay = new Replay(memory, backingBytes, segments, checksums, index, config);
        completed = completion.complete(segments, from);
        replay.run(from, dirtyTail, salvage);
        growAhead();
    }

    /** Gives the memory back that replay has taken. */
    void close() {
        if (index != null) {
            index.close();
            index = null;
        }
        if (checksums != null) {
            checksums.close();
            checksums = null;
        }
    }

    /** Bytes of memory that replay has taken. */
    long takenBytes() {
        return (index == null ? 0 : index.memoryBytes()) + (checksums == null ? 0 : checksums.memoryBytes());
    }

    /** How many keys the log holds, as far as it can be read. For the message of a replay that found no memory. */
    long countKeys() {
        long[] keys = {0};
        try {
            new LogWalk(memory, chain.length, segments::dataOffset)
                    .run(
                            Position.of(
                                    tails.keyRecord().getInt(PositionLayout.SEGMENT),
                                    tails.keyRecord().getInt(PositionLayout.OFFSET)),
                            new LogWalk.Visitor<RuntimeException>() {
                                @Override
                                public void enter(int segment, KeySetReader from) {
                                    config.progress().at("counting keys", 0, 0);
                                }

                                @Override
                                public void keySet(KeySetReader keySet) {
                                    keys[0] += keySet.isLast() ? 0 : keySet.keys();
                                }
                            });
        } catch (LogCorruptException | CacheMemoryException e) {
            // As many as were met.
            return keys[0];
        }
        return keys[0];
    }

    /** Takes memory that requests need at once; before anything is written to the device. */
    private void growAhead() {
        boolean more = true;
        while (more) {
            more = index.grow() | (checksums != null && checksums.grow());
        }
    }

    private long tail(String name, long place, DuplicatedRecord record) throws RefusedException {
        int segment = record.getInt(PositionLayout.SEGMENT);
        int offset = record.getInt(PositionLayout.OFFSET);
        String violation = Position.violation(segment, offset, chain.length);
        if (violation != null) {
            throw refuse(name + " at byte " + place + " " + violation, null);
        }
        return Position.of(segment, offset);
    }

    // ---- what is said
    // ---------------------------------------------------------------------------------------------------------

    private RefusedException refuseBehindDirtyTail(LogCorruptException damage, boolean dirtyDoubtful) {
        boolean salvageable = replay.isSalvageable() && !dirtyDoubtful;
        return refuse(
                damage.getMessage()
                        + "; dirty data is at stake: what was written from there on is not on the backing device"
                        + (salvageable ? "; 'create --salvage' gives it up and keeps all in front" : ""),
                damage);
    }

    private void tellOfCut() {
        if (replay.corruption() != null) {
            tell("salvage: the log is cut off at its damage: "
                    + replay.corruption().getMessage() + "; dirty data from there on is given up");
        }
        if (replay.torn() != null) {
            tell(replay.torn().getMessage()
                    + "; taken for the last write, which a power cut ended before it was acknowledged, and cut off");
        }
    }

    private void tell(String text) {
        notes.add(text);
    }

    /** For the log only. What is mended here is mostly what a power cut has torn, and no data is lost. */
    private void remark(String text) {
        remarks.append("; ").append(text);
    }

    private static RefusedException refuse(String message, Throwable cause) {
        return new RefusedException(message, cause);
    }

    // ---- what came of it
    // ------------------------------------------------------------------------------------------------------

    DataChecksums checksums() {
        return checksums;
    }

    SegmentTable segments() {
        return segments;
    }

    CacheIndex index() {
        return index;
    }

    Replay replay() {
        return replay;
    }

    /** What replay found, and what was made up for, for the log. */
    String summary() {
        return replay.summary() + remarks;
    }
}
