package io.pcache.recovery;

import io.pcache.cache.Progress;
import io.pcache.media.CacheInfoLayout;
import io.pcache.media.DeviceLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.media.SegmentInfoLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.metadata.DuplicatedRecord;
import io.pcache.metadata.RecordKind;
import io.pcache.metadata.Superblock;

/**
 * Writes an empty cache, byte for byte as the kernel does, in two parts. Each part becomes valid only with its last
 * store: {@link #formatDevice} ends with the superblock, {@link #initialiseCache} with the cache info. If a crash comes
 * before this store, the next activation does the part anew.
 */
final class Formatter {
    private static final String FORMAT = "format";

    private final CacheMemory memory;
    private final Progress progress;

    Formatter(CacheMemory memory, Progress progress) {
        this.memory = memory;
        this.progress = progress;
    }

    /** Puts a cache on a blank device. The cache is not yet initialised. */
    void formatDevice(int segments) {
        clearMetadata(segments);
        sync();
        new Superblock(memory).store(segments);
    }

    private void clearMetadata(int segments) {
        memory.prepare(0, (int) DeviceLayout.SEGMENTS);
        memory.zero(DeviceLayout.CACHE_INFO, DeviceLayout.COPIES * DeviceLayout.METADATA_SPACING);
        memory.zero(DeviceLayout.CACHE_CONTROL, DeviceLayout.METADATA_SPACING);
        for (int segment = 0; segment < segments; segment++) {
            memory.prepare(DeviceLayout.segment(segment), DeviceLayout.SEGMENT_DATA + KeySetLayout.HEADER_BYTES);
            memory.zero(DeviceLayout.segment(segment), DeviceLayout.SEGMENT_DATA + KeySetLayout.HEADER_BYTES);
            progress.at(FORMAT, segment, segments);
        }
    }

    /**
     * Chains the segments, puts both tails at the start of the log, and last writes the cache info with INIT_DONE.
     *
     * @param info a record at the cache info's place, never written
     */
    void initialiseCache(DuplicatedRecord info, int segments, boolean dataCrc) {
        // A first attempt that ended in a crash may have left metadata, on which the outcome must not depend.
        clearMetadata(segments);
        sync();
        for (int copy = 0; copy < DeviceLayout.COPIES; copy++) {
            // The kernel writes each segment's info twice: first as the last of a chain, then with the segment's
            // successor. Only the last segment has no second write.
            for (int segment = 0; segment < segments; segment++) {
                writeSegmentInfo(segment, copy, segment + 1 < segments);
                progress.at(FORMAT, segment, segments);
            }
            sync();
        }
        for (int segment = 0; segment < segments; segment++) {
            RecordKind.GENERATION.in(memory, segment).storeUnsynced();
        }
        RecordKind.KEY_TAIL.in(memory).nextCopy(0).storeUnsynced();
        RecordKind.DIRTY_TAIL.in(memory).nextCopy(0).storeUnsynced();
        sync();
        int flags = CacheInfoLayout.FLAG_INIT_DONE | (dataCrc ? CacheInfoLayout.FLAG_DATA_CRC : 0);
        info.setInt(CacheInfoLayout.SEG_ID, 0)
                .setInt(CacheInfoLayout.N_SEGS, segments)
                .setInt(CacheInfoLayout.FLAGS, CacheInfoLayout.withGcPercent(flags, DeviceLayout.GC_PERCENT_DEFAULT))
                .store();
    }

    private void writeSegmentInfo(int segment, int round, boolean hasNext) {
        DuplicatedRecord record = RecordKind.SEGMENT_INFO.in(memory, segment);
        if (round == 0) {
            record.setInt(SegmentInfoLayout.FLAGS, SegmentInfoLayout.FLAGS_CACHE_DATA)
                    .storeUnsynced();
        } else if (hasNext) {
            record.load();
            record.setInt(SegmentInfoLayout.FLAGS, SegmentInfoLayout.FLAGS_CACHE_DATA | SegmentInfoLayout.FLAG_HAS_NEXT)
                    .setInt(SegmentInfoLayout.NEXT_SEG, segment + 1)
                    .storeUnsynced();
        }
    }

    private void sync() {
        memory.drain();
        memory.sync();
    }
}
