package io.pcache.recovery;

import io.pcache.cache.PCacheConfig;
import io.pcache.cache.Progress;
import io.pcache.health.CacheEvents;
import io.pcache.index.CacheIndex;
import io.pcache.index.Extent;
import io.pcache.log.Key;
import io.pcache.log.KeySetReader;
import io.pcache.log.LogCorruptException;
import io.pcache.log.LogWalk;
import io.pcache.log.Position;
import io.pcache.media.DeviceLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.segment.DataChecksums;
import io.pcache.segment.SegmentTable;
import java.util.BitSet;

/**
 * Walks the log from the key tail to the log's end: fills the index, takes the references on segments, finds where the
 * log goes on.
 *
 * <p>For each key-set that the walk relies on, the write-back of the first word to the medium is started again. A
 * killed predecessor may have stored the first word without living until the word was durable. Keys that are
 * acknowledged from now on stand behind this key-set.
 */
final class Replay implements LogWalk.Visitor<RuntimeException> {
    private final CacheMemory memory;
    private final long backingBytes;
    private final SegmentTable segments;
    private final DataChecksums checksums;
    private final CacheEvents events;
    private final boolean trustsData;
    private final Progress progress;
    private final ReplayBatch batch;
    private final LogWalk walk;
    private final Key key = new Key();
    private final BitSet dataSegments;
    /** Bytes of data that keys have in each segment. */
    private final int[] dataBytes;

    /**
     * Segments met so far: those of the log, and those with data that the log's keys name. A cache uses up segments at
     * about the pace at which its log is written, so this number tells the progress.
     */
    private int segmentsMet;

    private long dirtyTail;
    private LogCorruptException torn;
    private LogCorruptException corruption;
    private long keySets;
    private long keys;
    private long staleKeys;
    private long cleanKeys;
    private long checksumErrors;

    Replay(
            CacheMemory memory,
            long backingBytes,
            SegmentTable segments,
            DataChecksums checksums,
            CacheIndex index,
            PCacheConfig config) {
        this.memory = memory;
        this.backingBytes = backingBytes;
        this.segments = segments;
        this.checksums = checksums;
        this.events = config.events();
        this.trustsData = config.trustsData();
        this.progress = config.progress();
        this.batch = new ReplayBatch(index, segments.count());
        this.walk = new LogWalk(memory, segments.count(), segments::dataOffset, segments::generation);
        this.dataSegments = new BitSet(segments.count());
        this.dataBytes = new int[segments.count()];
    }

    /**
     * Walks the log.
     *
     * @param dirtyTail all data of keys in front of this position was committed, and is on the backing device;
     *     {@link LogWalk#NOWHERE} if no such position is known
     * @param salvage whether to stop at corruption behind the dirty tail instead of failing; {@link #corruption} tells
     *     of the corruption then
     */
    void run(long from, long dirtyTail, boolean salvage) throws LogCorruptException {
        this.dirtyTail = dirtyTail;
        LogWalk.End ending;
        try {
            ending = walk.run(from, dirtyTail, this);
        } catch (CacheMemoryException e) {
            long position = walk.position();
            throw new LogCorruptException(
                    position,
                    segments.dataOffset(Position.segment(position)) + Position.offset(position),
                    e.getMessage());
        }
        batch.apply();
        torn = ending == LogWalk.End.TORN ? walk.damage() : null;
        if (ending == LogWalk.End.DAMAGED) {
            corruption = walk.damage();
            if (!salvage || !isSalvageable()) {
                throw corruption;
            }
        }
        if (checksums != null) {
            dataSegments.stream().forEach(checksums::sort);
            checksums.sorted();
        }
    }

    /** Takes a segment for the log. The segment must hold no data. */
    @Override
    public void enter(int segment, KeySetReader from) throws LogCorruptException {
        if (dataSegments.get(segment)) {
            throw from.corrupt("the log goes on in segment " + segment + ", in which keys have data");
        }
        segments.acquire(segment);
        segments.markLog(segment);
        segmentsMet++;
    }

    @Override
    public void keySet(KeySetReader reader) throws LogCorruptException {
        memory.writeBack(reader.deviceOffset(), Long.BYTES);
        if (reader.isLast()) {
            return;
        }
        keySets++;
        progress.at("replay", segmentsMet, segments.count());
        for (int i = 0; i < reader.keys(); i++) {
            String violation = reader.key(i, key).violation(segments.count(), backingBytes);
            if (violation != null) {
                if (key.violation(segments.count(), Long.MAX_VALUE) == null) {
                    throw new BeyondBackingException(key.offset + key.length);
                }
                throw reader.corrupt(violation);
            }
        }
        for (int i = 0; i < reader.keys(); i++) {
            reader.key(i, key);
            keys++;
            // The generation first: the data of a stale key may have been overwritten, which is no damage.
            if (key.generation >= segments.generation(key.segment)) {
                take(reader);
                continue;
            }
            staleKeys++;
            if (isWrittenBack()) {
                drop();
            }
        }
    }

    /**
     * Drops what older keys say of the key's range. The key's own data is not in the cache any more, and the backing
     * device has this data or newer data. Data of older keys is older still.
     */
    private void drop() {
        batch.drop(key.subtree(), CacheIndex.sector(key.offset), key.length >>> DeviceLayout.SECTOR_SHIFT);
    }

    private void take(KeySetReader reader) throws LogCorruptException {
        if (walk.entered(key.segment)) {
            throw reader.corrupt("a key has its data in segment " + key.segment + ", through which the log goes");
        }
        if (dataBytes[key.segment] == 0) {
            dataSegments.set(key.segment);
            segmentsMet++;
        }
        dataBytes[key.segment] += key.length;
        if (dataBytes[key.segment] > DeviceLayout.SEGMENT_DATA_BYTES) {
            // Space is given out once in a generation. Without this check, many keys of one place could make replay
            // verify this place for ever.
            throw reader.corrupt("keys have more data in segment " + key.segment + " than its "
                    + DeviceLayout.SEGMENT_DATA_BYTES + " bytes");
        }
        segments.acquire(key.segment);
        segments.keyAdded(key.segment);
        segments.foundFilledTo(key.segment, key.place + key.length);
        if (key.isClean()) {
            cleanKeys++;
        }
        // All data in front of the dirty tail was written back, even where the keys do not say so.
        boolean onBacking = key.isClean() || isWrittenBack();
        long extent = Extent.of(
                CacheIndex.sector(key.offset),
                key.length >>> DeviceLayout.SECTOR_SHIFT,
                onBacking,
                key.segment,
                key.place >>> DeviceLayout.SECTOR_SHIFT);
        if (checksums == null || verify() || !onBacking) {
            batch.insert(key.subtree(), extent);
        } else {
            drop();
        }
    }

    private boolean verify() {
        checksums.replay(key.segment, key.place, key.length, key.dataCrc);
        long at = segments.dataOffset(key.segment) + key.place;
        try {
            if (trustsData || memory.checksum(at, key.length) == key.dataCrc) {
                return true;
            }
        } catch (CacheMemoryException unreadable) {
            events.event(CacheEvents.Kind.CACHE_ERROR, unreadable.getMessage());
        }
        checksumErrors++;
        events.event(
                CacheEvents.Kind.CHECKSUM_ERROR,
                "data checksum mismatch at byte " + at + " of the cache device, device bytes " + key.offset + " + "
                        + key.length + consequence());
        return false;
    }

    private String consequence() {
        if (key.isClean()) {
            return ": clean, dropped, to be read again from the backing device";
        }
        return isWrittenBack()
                ? ": already written back, dropped, to be read again from the backing device"
                : ": dirty, reads of it will fail";
    }

    private boolean isWrittenBack() {
        return dirtyTail != LogWalk.NOWHERE && !walk.passedCommitted();
    }

    /** Where the log ends, and goes on. */
    long end() {
        return walk.position();
    }

    /** Whether the walk has met the dirty tail. */
    boolean dirtyTailSeen() {
        return walk.passedCommitted();
    }

    /** The damaged key-set at the log's end that was taken for the last write; null if there is none. */
    LogCorruptException torn() {
        return torn;
    }

    long staleKeys() {
        return staleKeys;
    }

    /** Whether the log can be cut off at the damage that has stopped the walk. */
    boolean isSalvageable() {
        // If not even a LAST key-set fits there, the log could not go on.
        return corruption != null
                && dirtyTailSeen()
                && Position.offset(walk.position()) <= DeviceLayout.SEGMENT_DATA_BYTES - KeySetLayout.HEADER_BYTES;
    }

    /** The corruption at which the walk has stopped; null if there was none. */
    LogCorruptException corruption() {
        return corruption;
    }

    String summary() {
        return keySets + " key-sets, " + keys + " keys (" + cleanKeys + " clean, " + staleKeys + " stale, "
                + checksumErrors + " with a wrong checksum)";
    }
}
