package io.pcache.memory;

import io.pcache.media.Checksum;
import java.nio.ByteBuffer;

/**
 * Computes the checksum of bytes that may fault, over a copy that stays in the first-level cache. One for each thread.
 */
final class CopyChecksum {
    private static final int BYTES = 16 << 10;
    private static final ThreadLocal<CopyChecksum> INSTANCES = ThreadLocal.withInitial(CopyChecksum::new);

    private final Checksum checksum = new Checksum();
    private final ByteBuffer copy = ByteBuffer.allocateDirect(BYTES);

    private CopyChecksum() {}

    /** The range must be inside the memory. */
    static int of(CacheMemory memory, long offset, int length) {
        return INSTANCES.get().compute(memory, offset, length);
    }

    private int compute(CacheMemory memory, long offset, int length) {
        checksum.begin();
        for (int done = 0, piece; done < length; done += piece) {
            piece = Math.min(BYTES, length - done);
            memory.copyOut(offset + done, copy, 0, piece);
            checksum.update(copy, 0, piece);
        }
        return checksum.value();
    }
}
