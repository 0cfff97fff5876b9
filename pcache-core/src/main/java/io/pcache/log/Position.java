package io.pcache.log;

import io.pcache.media.DeviceLayout;
import io.pcache.media.KeySetLayout;

/**
 * A place in the log, as one long: the cache segment, and the byte offset in the segment's data area. Equal positions
 * are the same place.
 */
public final class Position {
    private Position() {}

    public static long of(int segment, int offset) {
        return (long) segment << DeviceLayout.SEGMENT_SHIFT | offset;
    }

    public static int segment(long position) {
        return (int) (position >>> DeviceLayout.SEGMENT_SHIFT);
    }

    public static int offset(long position) {
        return (int) position & DeviceLayout.SEGMENT_BYTES - 1;
    }

    /**
     * Checks a position that was read from the medium.
     *
     * @param segments segments of the cache
     * @return what is wrong, to follow the name of the position; null if all is well
     */
    public static String violation(int segment, int offset, int segments) {
        if (segment < 0 || segment >= segments) {
            return "is in segment " + Integer.toUnsignedString(segment) + ", expected below " + segments;
        }
        if (offset < 0
                || offset > DeviceLayout.SEGMENT_DATA_BYTES - KeySetLayout.HEADER_BYTES
                || offset % Long.BYTES != 0) {
            return "has offset " + Integer.toUnsignedString(offset) + ", expected a multiple of 8 up to "
                    + (DeviceLayout.SEGMENT_DATA_BYTES - KeySetLayout.HEADER_BYTES);
        }
        return null;
    }

    /** {@code segment:offset}, as the status line prints it. */
    public static String text(long position) {
        return segment(position) + ":" + offset(position);
    }
}
