package io.pcache.writeback;

import io.pcache.index.CacheIndex;
import io.pcache.index.Extent;
import io.pcache.log.Key;
import io.pcache.media.DeviceLayout;

/** Dirty keys in the order of the log, each with the stage in which it must be durable at the latest. Owned by write-back. */
final class Batch {
    private final int[] subtrees;
    private final long[] extents;
    private final int[] stages;
    private int keys;
    private int stage;
    private boolean stageHasKeys;
    private long bytes;

    /** @param capacity most keys of a batch */
    Batch(int capacity) {
        subtrees = new int[capacity];
        extents = new long[capacity];
        stages = new int[capacity];
    }

    void clear() {
        keys = 0;
        stage = 0;
        stageHasKeys = false;
        bytes = 0;
    }

    void add(Key key) {
        subtrees[keys] = key.subtree();
        extents[keys] = Extent.of(CacheIndex.sector(key.offset), key.length >>> DeviceLayout.SECTOR_SHIFT, false, key.segment,
            key.place >>> DeviceLayout.SECTOR_SHIFT);
        stages[keys] = stage;
        keys++;
        bytes += key.length;
        stageHasKeys = true;
    }

    /** A flush came, or may have come, behind the keys added so far. */
    void flushBoundary() {
        if (stageHasKeys) {
            stage++;
            stageHasKeys = false;
        }
    }

    int keys() {
        return keys;
    }

    /** Bytes of the keys added, before older copies of a range are left out. */
    long bytes() {
        return bytes;
    }

    int subtree(int key) {
        return subtrees[key];
    }

    long extent(int key) {
        return extents[key];
    }

    int stage(int key) {
        return stages[key];
    }
}
