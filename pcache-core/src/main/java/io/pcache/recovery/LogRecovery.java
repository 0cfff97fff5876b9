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
 * <p>All data of keys in front of the dirty tail is on the backing device, so replay may always start at the dirty
 * tail. Only the reads that the cache saves are lost then. Replay starts at the dirty tail in two cases:
 *
 * <ul>
 *   <li>The log in front of the dirty tail is damaged, and the configuration asks for salvage.
 *   <li>The key tail may be an older one. Garbage collection has freed segments between this key tail and the key tail
 *       in force. So, of a range, an older key may be left in the log without the newer key.
 * </ul>
 *
 * <p>A dirty tail that may be an older one is good if garbage collection has surely not passed this tail. The log from
 * there on has then merely been written back before. Write-back goes through this part of the log once more, in the
 * log's order, and ends with the newest data everywhere. If garbage collection may have passed the tail, the tail's
 * place may be in a segment that the log goes through for the second time, behind dirty data. Such a tail is not
 * believed.
 */
final class LogRecovery {
    /** Completes the log before replay. */
    interface Completion {
        /** @return a message for people; null if there is none */
        String complete(SegmentTable segments, long from);
    }

    /** Activation is refused. The message is one line: where the damage is, what is at stake and what to do. */
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
     * @param tails loaded; their positions are not checked yet
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

    /**
     * Replays the log, and puts the tails in force. Writes to the device only to mend tails, once replay has succeeded.
     */
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
            // One event for all: of several events in a row, an operator may be told only the first.
            config.events().event(CacheEvents.Kind.LOG_DAMAGED, String.join("; ", notes));
        }
    }

    private void replayFromKeyTail(long keyTail, long dirtyTail, boolean dirtyDoubtful) throws RefusedException {
        try {
            // If the dirty tail is an older one, data from behind the damage may be on the backing device already.
            // Older data of keys in front of the damage must not be written over that data.
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
        // Keys in front of the dirty tail name segments that are free now. Even if a walk meets such a key once more,
        // the key must stay invalid.
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

    /**
     * Makes write-back start anew at the key tail. The whole log, written back in its order, ends with the newest data
     * everywhere; for this, the log must be complete.
     */
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
        // Only one attempt has memory at a time.
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

    /** Gives back the memory that replay has taken. */
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

    /** Counts the keys of the log, as far as the log can be read: for the message of a replay that found no memory. */
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
            // The answer is then the number of keys met so far.
            return keys[0];
        }
        return keys[0];
    }

    /** Takes the memory that requests need at once, before anything is written to the device. */
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

    // ---- messages
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

    /**
     * Adds a remark to the summary, without an event: most of what is mended here was torn by a power cut, and no data
     * is lost.
     */
    private void remark(String text) {
        remarks.append("; ").append(text);
    }

    private static RefusedException refuse(String message, Throwable cause) {
        return new RefusedException(message, cause);
    }

    // ---- results
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

    /** What replay has found, and what was mended, in words, for the operator. */
    String summary() {
        return replay.summary() + remarks;
    }
}
