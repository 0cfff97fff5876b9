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
 * Writes an empty cache, byte for byte as the kernel does. Two parts, each of which is valid only with its last store:
 * {@link #formatDevice} ends with the superblock, {@link #initialiseCache} with the cache info. A crash before that
 * leaves a device that is formatted anew.
 */
final class Formatter {
    private static final String FORMAT = "format";

    private final CacheMemory memory;
    private final Progress progress;

    Formatter(CacheMemory memory, Progress progress) {
        this.memory = memory;
        this.progress = progress;
    }

    /** Makes a blank device one that has a cache, not yet initialised, on it. */
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
     * Chains the segments, puts both tails at the start and, last, writes the cache info with INIT_DONE.
     *
     * @param info already at the cache info's place, never written
     */
    void initialiseCache(DuplicatedRecord info, int segments, boolean dataCrc) {
        // What a first attempt that a crash ended has left would make the outcome depend on it.
        clearMetadata(segments);
        sync();
        for (int copy = 0; copy < DeviceLayout.COPIES; copy++) {
            // The kernel writes each segment's info twice: as the last of a chain, then, but for the last, with its
            // successor.
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
