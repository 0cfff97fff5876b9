package io.pcache.offline;

import io.pcache.log.Key;
import io.pcache.log.KeySetReader;
import io.pcache.log.Position;
import io.pcache.log.Tails;
import io.pcache.media.CacheInfoLayout;
import io.pcache.media.DeviceLayout;
import io.pcache.media.PositionLayout;
import io.pcache.media.SegmentInfoLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.metadata.DuplicatedRecord;
import io.pcache.metadata.RecordKind;
import java.util.BitSet;

/**
 * Evidence for a cache on a device whose superblock or cache info is damaged: what the other structures say. The chain
 * is taken to begin with segment 0, as in every cache that pcache or the kernel formats.
 */
final class Evidence {
    private final CacheMemory memory;
    private final int onDevice;
    private final int segments;
    private KeySetReader keySet;
    private boolean searched;

    /** @param onDevice number of segments for which the device has room */
    Evidence(CacheMemory memory, int onDevice) {
        this.memory = memory;
        this.onDevice = onDevice;
        this.segments = followChain();
    }

    private int followChain() {
        DuplicatedRecord info = RecordKind.SEGMENT_INFO.in(memory);
        BitSet seen = new BitSet();
        for (int segment = 0;
                segment >= 0 && segment < onDevice && !seen.get(segment);
                segment = info.getInt(SegmentInfoLayout.NEXT_SEG)) {
            seen.set(segment);
            if (!info.at(RecordKind.SEGMENT_INFO.place(segment)).load()
                    || SegmentInfoLayout.type(info.getInt(SegmentInfoLayout.FLAGS))
                            != SegmentInfoLayout.TYPE_CACHE_DATA) {
                return 0;
            }
            if ((info.getInt(SegmentInfoLayout.FLAGS) & SegmentInfoLayout.FLAG_HAS_NEXT) == 0) {
                return seen.cardinality();
            }
        }
        return 0;
    }

    /** Number of segments in a whole chain; 0 if there is none. */
    int segments() {
        return segments;
    }

    /**
     * Whether the chain is that of a fresh format, with segment i + 1 after segment i. Then the numbers of cache
     * segments are those of physical segments.
     */
    private boolean isInOrder() {
        DuplicatedRecord info = RecordKind.SEGMENT_INFO.in(memory);
        for (int segment = 0; segment + 1 < segments; segment++) {
            if (!info.at(RecordKind.SEGMENT_INFO.place(segment)).load()
                    || info.getInt(SegmentInfoLayout.NEXT_SEG) != segment + 1) {
                return false;
            }
        }
        return segments > 0;
    }

    /** The number of segments that a valid cache info names; 0 if there is none, or its values are impossible. */
    int segmentsOfCacheInfo() {
        DuplicatedRecord info = RecordKind.CACHE_INFO.in(memory);
        if (!info.load() || (info.getInt(CacheInfoLayout.FLAGS) & CacheInfoLayout.FLAG_INIT_DONE) == 0) {
            return 0;
        }
        int count = info.getInt(CacheInfoLayout.N_SEGS);
        return count > 0 && count <= onDevice ? count : 0;
    }

    /**
     * Whether keys were ever written: a tail has left the start, or a key-set stands at a tail or at the start of a
     * segment.
     */
    boolean wasInUse() {
        return tail(RecordKind.KEY_TAIL) > 0 || tail(RecordKind.DIRTY_TAIL) > 0 || firstKeySet() != null;
    }

    /**
     * Whether the cache may have been used, although the cache info does not say that it was initialised. If so,
     * activation would not take the cache for one that was never used.
     */
    boolean mayHaveBeenUsed() {
        Tails tails = new Tails(memory);
        tails.load();
        return !tails.areAtStart() || memory.getLong(DeviceLayout.segmentData(0)) != 0 || wasInUse();
    }

    /** The position in force; -1 if there is none. */
    private long tail(RecordKind kind) {
        DuplicatedRecord record = kind.in(memory);
        if (!record.load()) {
            return -1;
        }
        int segment = record.getInt(PositionLayout.SEGMENT);
        int offset = record.getInt(PositionLayout.OFFSET);
        return Position.violation(segment, offset, onDevice) == null ? Position.of(segment, offset) : -1;
    }

    /**
     * The key-set at the key tail, or else at the dirty tail, or else at the start of a segment; null if there is none.
     */
    private KeySetReader firstKeySet() {
        if (keySet == null && !searched && isInOrder()) {
            searched = true;
            KeySetReader reader = new KeySetReader(memory, segments, DeviceLayout::segmentData);
            boolean found = stands(reader, tail(RecordKind.KEY_TAIL)) || stands(reader, tail(RecordKind.DIRTY_TAIL));
            for (int segment = 0; segment < segments && !found; segment++) {
                found = stands(reader, Position.of(segment, 0));
            }
            keySet = found ? reader : null;
        }
        return keySet;
    }

    private boolean stands(KeySetReader reader, long position) {
        return position >= 0
                && Position.segment(position) < segments
                && reader.read(position) == KeySetReader.State.VALID
                && !reader.isLast();
    }

    /**
     * The DATA_CRC flag that the cache info must have had: keys have a checksum exactly if the flag is set. If there
     * are no keys, the flag comes from a copy of the cache info that names the right number of segments, even from a
     * damaged copy.
     *
     * @return the flag or 0; -1 if there is no evidence
     */
    int dataCrcFlag() {
        if (firstKeySet() != null) {
            Key key = new Key();
            for (int i = 0; i < keySet.keys(); i++) {
                if (keySet.key(i, key).dataCrc != 0) {
                    return CacheInfoLayout.FLAG_DATA_CRC;
                }
            }
            return 0;
        }
        DuplicatedRecord info = RecordKind.CACHE_INFO.in(memory);
        for (int copy = 0; copy < DeviceLayout.COPIES; copy++) {
            info.loadCopy(copy);
            if (info.getInt(CacheInfoLayout.N_SEGS) == segments && segments > 0) {
                return info.getInt(CacheInfoLayout.FLAGS) & CacheInfoLayout.FLAG_DATA_CRC;
            }
        }
        return -1;
    }
}
