package io.pcache.placement;

import io.pcache.media.Checksum;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.request.RequestData;
import io.pcache.segment.CachedData;
import io.pcache.segment.DataChecksums;
import io.pcache.segment.SegmentTable;
import java.nio.ByteBuffer;

/**
 * Where a queue's data goes: pieces of the segment that it fills, each with a checksum where the cache keeps them.
 *
 * <p>Use: {@link #hasRoom}, {@link #take}, then one of {@link #store}, {@link #storeZeros} and {@link #storeFill},
 * which drain and return the piece's checksum, 0 where there are none. {@link #take} gives the piece a reference on its
 * segment, which becomes the key's; who does not come to make a key releases it.
 */
public final class Placement {
    /** A small read of a large key verifies all of it: keys are kept short where there are checksums. */
    private static final int MAX_CHECKED_KEY_BYTES = 64 << 10;

    private final CacheMemory memory;
    private final SegmentTable segments;
    private final DataChecksums checksums;
    private final Checksum checksum = new Checksum();
    private final DataHead head;
    private final int maxKeyBytes;
    private int segment;
    private int place;
    private int failures;

    public Placement(CachedData data) {
        this.memory = data.memory();
        this.segments = data.segments();
        this.checksums = data.checksums();
        this.head = new DataHead(segments);
        this.maxKeyBytes = checksums == null ? DeviceLayout.SUBTREE_BYTES : MAX_CHECKED_KEY_BYTES;
    }

    /**
     * Whether there is a segment with room, and room for a checksum, for the next piece; {@code spareSegments} must be
     * left if one is begun.
     */
    public boolean hasRoom(int spareSegments) {
        if (checksums == null) {
            return head.ready(spareSegments);
        }
        if (head.isOpen() && !checksums.reserve(head.segment())) {
            // While it is open its checksums keep their memory, and all heads together may have all of it.
            head.close();
        }
        return head.isOpen() || checksums.hasRoom() && head.ready(spareSegments) && checksums.reserve(head.segment());
    }

    /** Takes a piece of at most {@code wanted} bytes at {@link #segment}, {@link #place}; returns its length. */
    public int take(long wanted) {
        int given = head.allocate((int) Math.min(wanted, maxKeyBytes));
        segment = head.segment();
        place = head.place();
        head.settle();
        return given;
    }

    public int segment() {
        return segment;
    }

    public int place() {
        return place;
    }

    private long deviceOffset() {
        return segments.dataOffset(segment) + place;
    }

    /** Stores bytes of a request, from its byte {@code from}. */
    public int store(RequestData data, int from, int length) {
        if (checksums == null) {
            data.toCache(memory, deviceOffset(), from, length);
            memory.drain();
            failures = 0;
            return 0;
        }
        int sum = data.toCacheChecked(memory, deviceOffset(), from, length, checksum);
        memory.drain();
        failures = 0;
        return record(length, sum);
    }

    public int storeZeros(int length) {
        memory.zero(deviceOffset(), length);
        memory.drain();
        failures = 0;
        return checksums == null ? 0 : record(length, memory.checksum(deviceOffset(), length));
    }

    /** Stores what was read from the backing device to a buffer that no client can reach. */
    public int storeFill(ByteBuffer source, int sourceIndex, int length) {
        memory.copyIn(deviceOffset(), source, sourceIndex, length);
        memory.drain();
        failures = 0;
        return checksums == null ? 0 : record(length, checksum.of(source, sourceIndex, length));
    }

    /** For the piece's reads. */
    private int record(int length, int sum) {
        checksums.append(segment, place, length, sum);
        return sum;
    }

    /**
     * The device failed in the piece: its segment keeps the reference, and what comes next goes to another.
     *
     * @return how many stores have failed since one succeeded
     */
    public int setAside(CacheMemoryException e) {
        segments.setAside(segment, e);
        if (head.segment() == segment) {
            head.close();
        }
        return ++failures;
    }

    /** Whether a segment is kept that is not full. */
    public boolean isOpen() {
        return head.isOpen();
    }

    /** Lets go of the segment that is not full. */
    public void close() {
        head.close();
    }
}
