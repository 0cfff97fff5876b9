package io.pcache.segment;

import io.pcache.media.DeviceLayout;

/**
 * What each segment of a cache holds, at about one moment: a picture for people, not a basis for decisions. A map does
 * not change once it is handed out.
 */
public final class SegmentMap {
    /** What a segment is used for. */
    public enum Use {
        FREE,
        LOG,
        DATA,
        /** Not used any more until the next activation, because the device failed there. */
        SET_ASIDE;

        private static final Use[] ALL = values();
    }

    private static final int NOWHERE = -1;

    private final byte[] uses;
    private final int[] references;
    private final int[] dirtySectors;
    private final int[] cleanSectors;
    private final int[] filledBytes;
    private long keyTail = NOWHERE;
    private long dirtyTail = NOWHERE;
    private long head = NOWHERE;

    /** Makes a map on which all segments are free. */
    public SegmentMap(int segments) {
        uses = new byte[segments];
        references = new int[segments];
        dirtySectors = new int[segments];
        cleanSectors = new int[segments];
        filledBytes = new int[segments];
    }

    /** Enters a segment. This method, and those up to {@link #log}, are for the code that draws the map. */
    public void put(int segment, Use use, int referencesToIt) {
        uses[segment] = (byte) use.ordinal();
        references[segment] = referencesToIt;
    }

    /** Counts data that lies in a segment; never counts more than fits in the segment. */
    public void addData(int segment, int sectors, boolean clean) {
        int room = DeviceLayout.SEGMENT_DATA_BYTES / DeviceLayout.SECTOR_BYTES
                - dirtySectors[segment]
                - cleanSectors[segment];
        (clean ? cleanSectors : dirtySectors)[segment] += Math.min(room, sectors);
    }

    /** Notes that a data segment has been filled from its front, at least so far. */
    public void fill(int segment, int bytes) {
        filledBytes[segment] = Math.max(filledBytes[segment], Math.min(bytes, DeviceLayout.SEGMENT_DATA_BYTES));
    }

    /**
     * Notes where the log begins, where the part that is not written back begins, and where the log goes on; each a
     * position of the log: the segment, and the offset in the segment's data below it.
     */
    public void log(long keyTailPosition, long dirtyTailPosition, long headPosition) {
        keyTail = keyTailPosition;
        dirtyTail = dirtyTailPosition;
        head = headPosition;
    }

    public int segments() {
        return uses.length;
    }

    public Use use(int segment) {
        return Use.ALL[uses[segment]];
    }

    /** Number of keys, readers and writers that refer to the segment. */
    public int references(int segment) {
        return references[segment];
    }

    /** Data in the segment that is not on the backing device yet. */
    public int dirtySectors(int segment) {
        return dirtySectors[segment];
    }

    /** Data in the segment that the backing device has, too. */
    public int cleanSectors(int segment) {
        return cleanSectors[segment];
    }

    /**
     * How far the segment has been filled. In front of this byte, what is neither dirty nor clean is garbage; behind
     * this byte is room.
     */
    public int filledBytes(int segment) {
        return Math.max(
                filledBytes[segment], (dirtySectors[segment] + cleanSectors[segment]) * DeviceLayout.SECTOR_BYTES);
    }

    public long keyTail() {
        return keyTail;
    }

    public long dirtyTail() {
        return dirtyTail;
    }

    public long head() {
        return head;
    }
}
