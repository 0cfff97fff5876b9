package io.pcache.offline;

import io.pcache.log.Key;
import io.pcache.media.CacheInfoLayout;
import io.pcache.media.DeviceLayout;

/**
 * What the structures of a device say, as far as they were read and can be believed; everything else has its default.
 * The checks fill this in, from the superblock on.
 */
public final class CacheView {
    int segmentsOnDevice;
    int firstSegment;
    int flags;
    int[] chain = {};
    long[] generations = {};
    long keyTail;
    long dirtyTail;

    CacheView() {}

    /** The superblock's seg_num; 0 if it is not known. */
    public int segmentsOnDevice() {
        return segmentsOnDevice;
    }

    /** Number of segments of the cache; 0 if the chain is not known. */
    public int segments() {
        return chain.length;
    }

    public boolean dataCrc() {
        return (flags & CacheInfoLayout.FLAG_DATA_CRC) != 0;
    }

    /** Device offset of a cache segment's data area. */
    public long dataOffset(int segment) {
        return DeviceLayout.segmentData(chain[segment]);
    }

    public long generation(int segment) {
        return generations[segment];
    }

    public boolean isStale(Key key) {
        return key.generation < generations[key.segment];
    }

    /** Where the log begins (see {@link io.pcache.log.Position}). */
    public long keyTail() {
        return keyTail;
    }

    /** Where the part of the log begins that is not written back. */
    public long dirtyTail() {
        return dirtyTail;
    }
}
