package io.pcache.memory;

import io.pcache.sys.NativeMemory;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * Loads by system calls, which report an error themselves. A system call needs an address. A buffer without an address
 * is filled by way of another buffer, which belongs to the thread.
 */
@FunctionalInterface
interface AddressedLoads {
    /** Bytes of {@link #buffer}. */
    int BUFFER_BYTES = 64 << 10;

    /**
     * Fills memory with the bytes at an offset.
     *
     * @throws CacheMemoryException when the device fails
     */
    void read(long offset, long address, int length);

    /** As {@link CacheMemory#copyOut}. The caller has checked the device's range. */
    default void copyOut(long offset, ByteBuffer target, int targetIndex, int length) {
        if (target.isDirect() && !target.isReadOnly()) {
            read(offset, NativeMemory.address(target) + targetIndex, length);
            Reference.reachabilityFence(target);
            return;
        }
        ByteBuffer buffer = buffer();
        for (int done = 0, piece; done < length; done += piece) {
            piece = Math.min(BUFFER_BYTES, length - done);
            read(offset + done, NativeMemory.address(buffer), piece);
            target.put(targetIndex + done, buffer, 0, piece);
        }
    }

    /** The thread's own buffer. The next {@link #copyOut} to a buffer without an address overwrites it. */
    static ByteBuffer buffer() {
        return ThreadBuffer.BUFFERS.get();
    }

    /** Holds what an interface cannot keep private. */
    final class ThreadBuffer {
        private static final ThreadLocal<ByteBuffer> BUFFERS =
                ThreadLocal.withInitial(() -> NativeMemory.allocate(BUFFER_BYTES));

        private ThreadBuffer() {}
    }
}
