package io.pcache.placement;

import io.pcache.media.DeviceLayout;
import io.pcache.segment.SegmentTable;

/**
 * A queue's own data segment, given out from front to back. Owned by one thread; hot.
 *
 * <p>The head holds a reference on its segment, so that the segment is not freed while there is room left.
 */
public final class DataHead {
    private static final int MAX_PIECES = DeviceLayout.SEGMENT_DATA_BYTES / DeviceLayout.SECTOR_BYTES;

    private final SegmentTable segments;
    private int segment = SegmentTable.NONE;
    private int used;
    private int place;
    /**
     * References held for pieces to come. They are taken all at once, since an atomic addition for each piece costs
     * time.
     */
    private int spareReferences;

    public DataHead(SegmentTable segments) {
        this.segments = segments;
    }

    /**
     * Makes sure that there is a segment with room.
     *
     * @param spare free segments that must be left over if a new segment has to be begun
     * @return false if no segment can be had
     */
    public boolean ready(int spare) {
        return segment != SegmentTable.NONE || begin(spare);
    }

    /**
     * Gives out up to {@code bytes} (a multiple of 512, greater than 0) in one piece, at {@link #segment},
     * {@link #place}. To be called after {@link #ready}.
     *
     * <p>The piece has a reference on the segment. The reference is the caller's.
     *
     * @return bytes given out: fewer at the end of a segment
     */
    public int allocate(int bytes) {
        int given = Math.min(bytes, DeviceLayout.SEGMENT_DATA_BYTES - used);
        place = used;
        used += given;
        segments.filledTo(segment, used);
        spareReferences--;
        return given;
    }

    /**
     * Leaves the room unused that is in front of the next multiple of {@code unit}, which divides a segment's data, if
     * the segment is filled up to this place. The queue may have gone on to another segment.
     */
    public void align(int inSegment, int filledTo, int unit) {
        if (segment == inSegment && used == filledTo) {
            used = used + unit - 1 & -unit;
            segments.filledTo(segment, used);
            settle();
        }
    }

    private boolean begin(int spare) {
        segment = segments.allocate(spare);
        used = 0;
        if (segment == SegmentTable.NONE) {
            return false;
        }
        segments.filledTo(segment, 0);
        spareReferences = MAX_PIECES;
        segments.acquire(segment, spareReferences);
        return true;
    }

    /** Lets go of a full segment. */
    public void settle() {
        if (segment != SegmentTable.NONE && used == DeviceLayout.SEGMENT_DATA_BYTES) {
            close();
        }
    }

    /** Whether there is a segment with room. */
    public boolean isOpen() {
        return segment != SegmentTable.NONE;
    }

    /** Lets go of the segment. */
    public void close() {
        if (segment != SegmentTable.NONE) {
            int last = segment;
            segment = SegmentTable.NONE;
            segments.release(last, 1 + spareReferences);
        }
    }

    /** The segment that is being filled. */
    public int segment() {
        return segment;
    }

    /** Where the piece that was given out last starts in the segment's data area, in bytes. */
    public int place() {
        return place;
    }
}
