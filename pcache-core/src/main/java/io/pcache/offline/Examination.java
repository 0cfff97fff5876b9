package io.pcache.offline;

import io.pcache.cache.Progress;

/**
 * One examination of a device, from the superblock down to the data. Structures below a structure that cannot be used
 * are not examined. A draft on which that structure is mended will show them.
 */
final class Examination {
    final DraftMemory memory;
    final Findings findings = new Findings();
    final CacheView view = new CacheView();
    final Progress progress;
    private LogCheck log;

    Examination(DraftMemory memory, Progress progress) {
        this.memory = memory;
        this.progress = progress;
    }

    /** Examines the structures and the log. */
    void structures(long backingBytes) {
        if (!new SuperblockCheck(this).run() || !new CacheInfoCheck(this).run()) {
            return;
        }
        SegmentCheck segments = new SegmentCheck(this);
        TailCheck tails = new TailCheck(this);
        if (segments.run() && tails.run()) {
            log = new LogCheck(this, segments, tails, backingBytes);
            log.run();
        }
    }

    /** What was found in the log; null if the log was not reached. */
    LogCheck log() {
        return log;
    }

    /** What is wrong at a place, for {@link Finding#found}. */
    String condition(long offset, int length) {
        return memory.isUnreadable(offset, length) ? "the device fails to read it" : "its checksum does not hold";
    }
}
