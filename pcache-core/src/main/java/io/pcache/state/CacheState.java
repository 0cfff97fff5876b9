package io.pcache.state;

import io.pcache.index.CacheIndex;
import io.pcache.log.KeyLog;
import io.pcache.log.KeySetReader;
import io.pcache.memory.CacheMemory;
import io.pcache.segment.DataChecksums;
import io.pcache.segment.SegmentTable;
import io.pcache.stats.CacheStats;

/**
 * One activated cache: what its request queues, write-back and GC share. Made by recovery; immutable itself, its parts
 * are safe for use by any thread as each says.
 *
 * @param checksums null when the cache keeps no data checksums
 * @param backingBytes size of the backing device
 */
public record CacheState(
        CacheMemory memory,
        long backingBytes,
        SegmentTable segments,
        DataChecksums checksums,
        CacheIndex index,
        KeyLog log,
        Tails tails,
        PendingFills fills,
        SpaceWaiters waiters,
        WriteThrottle throttle,
        Health health,
        CacheStats stats) {

    /** A reader of this cache's log, for one thread. */
    public KeySetReader newReader() {
        return new KeySetReader(memory, segments.count(), segments::dataOffset);
    }

    /** Gives the memory of the index and of the data checksums back. Who still reads them finds nothing there. */
    public void releaseMemory() {
        index.close();
        if (checksums != null) {
            checksums.close();
        }
    }

    /** Whether data of a segment still has the checksum that was recorded for it. */
    public boolean matches(int segment, int place, int length, int checksum) {
        return memory.checksum(segments.dataOffset(segment) + place, length) == checksum;
    }
}
