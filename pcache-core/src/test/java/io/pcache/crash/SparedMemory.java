package io.pcache.crash;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The buffers of write-back, over and over again: of all caches of a run one writes back at a time, and those before it
 * never do so again. Called by instrumented code.
 */
public final class SparedMemory {
    private static final int ALIGNMENT = 4096;
    private static ByteBuffer last = ByteBuffer.allocate(0);

    private SparedMemory() {}

    /** A buffer with whatever in it, for the whole life of who asks last. */
    public static ByteBuffer buffer(int length) {
        if (last.capacity() != length) {
            last = ByteBuffer.allocateDirect(length + ALIGNMENT)
                    .alignedSlice(ALIGNMENT)
                    .slice(0, length);
        }
        return last.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }
}
