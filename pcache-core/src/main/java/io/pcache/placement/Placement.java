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
 * Where a queue's data goes: to pieces of the segment that the queue fills, each with a checksum if the cache keeps
 * checksums.
 *
 * <p>Use: {@link #hasRoom}, {@link #take}, then one of {@link #store}, {@link #storeZeros} and {@link #storeFill}. The
 * last three drain, and return the piece's checksum, or 0 if the cache keeps none. {@link #take} gives the piece a
 * reference on its segment, which becomes the key's. A caller that does not make a key of the piece releases the
 * reference.
 */
public final class Placement {
    private final CacheMemory memory;
    private final SegmentTable segments;
    private final DataChecksums checksums;
    private final Checksum checksum = new Checksum();
    private final DataHead head;
    private final int maxKeyBytes;
    private int segment;
    private int place;
    private int failures;

    /**
     * @param mostCheckedBytes most bytes of a key where there are checksums: a small read of a large key verifies the
     *     whole key
     */
    public Placement(CachedData data, int mostCheckedBytes) {
        this.memory = data.memory();
        this.segments = data.segments();
        this.checksums = data.checksums();
        this.head = new DataHead(segments);
        this.maxKeyBytes = checksums == null ? DeviceLayout.SUBTREE_BYTES : mostCheckedBytes;
    }

    /**
     * Whether there is a segment with room, and room for a checksum, for the next piece. If a segment has to be begun,
     * {@code spareSegments} free ones must be left.
     */
    public boolean hasRoom(int spareSegments) {
        if (checksums == null) {
            return head.ready(spareSegments);
        }
        if (head.isOpen() && !checksums.reserve(head.segment())) {
            // While a segment is open, its checksums keep their memory. The open segments of all queues together may
            // have all of that memory.
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

    /** See {@link DataHead#align}. */
    public void align(int inSegment, int filledTo, int unit) {
        head.align(inSegment, filledTo, unit);
    }

    /**
     * Brings the bytes of the piece that was taken last into a buffer, from which a transfer stores them.
     *
     * @return the piece's checksum; 0 if the cache keeps none
     */
    public int stage(RequestData data, int from, int length, CacheMemory buffer, long at) {
        if (checksums == null) {
            data.toCache(buffer, at, from, length);
            return 0;
        }
        return record(length, data.toCacheChecked(buffer, at, from, length, checksum));
    }

    /** As {@link #stage}, zeros. */
    public int stageZeros(int length, CacheMemory buffer, long at) {
        buffer.zero(at, length);
        return checksums == null ? 0 : record(length, buffer.checksum(at, length));
    }

    /** As {@link #stage}, data that was read from the backing device to a buffer that no client can reach. */
    public int stageFill(ByteBuffer source, int sourceIndex, int length, CacheMemory buffer, long at) {
        buffer.copyIn(at, source, sourceIndex, length);
        return checksums == null ? 0 : record(length, checksum.of(source, sourceIndex, length));
    }

    /** A transfer has stored what was staged. */
    public void stored() {
        failures = 0;
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

    /** Stores data that was read from the backing device to a buffer that no client can reach. */
    public int storeFill(ByteBuffer source, int sourceIndex, int length) {
        memory.copyIn(deviceOffset(), source, sourceIndex, length);
        memory.drain();
        failures = 0;
        return checksums == null ? 0 : record(length, checksum.of(source, sourceIndex, length));
    }

    /** Keeps a piece's checksum for the reads of the piece. */
    private int record(int length, int sum) {
        checksums.append(segment, place, length, sum);
        return sum;
    }

    /**
     * Sets the segment of a piece aside, because the device failed in the piece. The segment keeps the reference, and
     * the next pieces go to another segment.
     *
     * @return how many stores have failed since a store succeeded
     */
    public int setAside(int failed, CacheMemoryException e) {
        segments.setAside(failed, e);
        if (head.segment() == failed) {
            head.close();
        }
        return ++failures;
    }

    /** Whether the queue has a segment that is not full. */
    public boolean isOpen() {
        return head.isOpen();
    }

    /** Lets go of the segment that is not full. */
    public void close() {
        head.close();
    }
}
