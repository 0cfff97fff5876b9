package io.pcache.segment;

import io.pcache.memory.CacheMemory;

/**
 * The data that a cache device holds: where on the device a place in a segment is, and whether the data there is what
 * was stored.
 *
 * @param memory the cache device
 * @param segments the segments of the cache
 * @param checksums null where the cache keeps no data checksums
 */
public record CachedData(CacheMemory memory, SegmentTable segments, DataChecksums checksums) {

    /** The byte of the cache device at which a place in a segment is. */
    public long offset(int segment, int place) {
        return segments.dataOffset(segment) + place;
    }

    /**
     * Whether a range of a segment's data has this checksum. Loads the data.
     *
     * @param place bytes from the start of the segment's data
     * @param length bytes
     */
    public boolean matches(int segment, int place, int length, int checksum) {
        return memory.checksum(offset(segment, place), length) == checksum;
    }
}
