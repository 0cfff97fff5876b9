package io.pcache.log;

import io.pcache.media.DeviceLayout;

/** A place in the log in one long: the cache segment, and the byte offset in its data area. Two positions are the same place if they are equal. */
public final class Position {
    private Position() {
    }

    public static long of(int segment, int offset) {
        return (long) segment << DeviceLayout.SEGMENT_SHIFT | offset;
    }

    public static int segment(long position) {
        return (int) (position >>> DeviceLayout.SEGMENT_SHIFT);
    }

    public static int offset(long position) {
        return (int) position & DeviceLayout.SEGMENT_BYTES - 1;
    }

    /** {@code segment:offset}, as the status line prints it. */
    public static String text(long position) {
        return segment(position) + ":" + offset(position);
    }
}
