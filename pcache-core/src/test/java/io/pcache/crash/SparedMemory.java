package io.pcache.crash;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Gives the same buffer for write-back again and again: of all caches of a run, one at a time writes back, and earlier
 * caches never do so again. Called by instrumented code.
 */
public final class SparedMemory {
    private static final int ALIGNMENT = 4096;
    private static ByteBuffer last = ByteBuffer.allocate(0);

    private SparedMemory() {}

    /** A buffer with any content, which belongs to the last caller for as long as the caller lives. */
    public static ByteBuffer buffer(int length) {
        if (last.capacity() != length) {
            last = ByteBuffer.allocateDirect(length + ALIGNMENT)
                    .alignedSlice(ALIGNMENT)
                    .slice(0, length);
        }
        return last.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }
}
