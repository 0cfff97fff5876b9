package io.pcache.sys;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Addresses and direct buffers. A wrapped buffer does not own its range. A touch of the buffer after the range was
 * unmapped kills the JVM. So the owner of the range drops all wrappers first.
 */
public final class NativeMemory {
    private static final int PAGE_BYTES = 4096;
    private static final int HUGE_PAGE_BYTES = 2 << 20;
    private static final MemoryIO MEMORY = MemoryIO.getInstance();

    private NativeMemory() {}

    /**
     * The range as a little-endian direct buffer, which neither owns nor frees the range.
     *
     * @param length bytes, at most 2 GiB − 1
     */
    public static ByteBuffer wrap(long address, int length) {
        if (address == 0 || length < 0) {
            throw new IllegalArgumentException("cannot wrap " + length + " bytes at address " + address);
        }
        return MEMORY.newDirectByteBuffer(address, length).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * The address of the buffer's byte 0 (not of its position). The buffer must stay reachable while the address is in
     * use.
     */
    public static long address(ByteBuffer buffer) {
        if (!buffer.isDirect()) {
            throw new IllegalArgumentException("a heap buffer has no fixed address");
        }
        return MEMORY.getDirectBufferAddress(buffer);
    }

    /**
     * A zeroed little-endian direct buffer whose address is a multiple of {@code alignment}.
     *
     * @param alignment a power of two; 4096 serves O_DIRECT on all devices
     */
    public static ByteBuffer allocateAligned(int length, int alignment) {
        // A slice at an aligned index has byte 0 at an aligned address, and keeps the whole allocation reachable.
        ByteBuffer whole = ByteBuffer.allocateDirect(Math.addExact(length, alignment));
        int skip = (int) (-MEMORY.getDirectBufferAddress(whole) & (alignment - 1));
        return whole.slice(skip, length).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * As {@link #allocateAligned} with an alignment of 4096, but in huge pages as far as the kernel has any. To a
     * device such memory is a few pieces, and not one for each page. For buffers of some MiB; an end of less than 2 MiB
     * is in small pages.
     */
    public static ByteBuffer allocateHuge(int length) {
        ByteBuffer buffer = allocateAligned(length, HUGE_PAGE_BYTES);
        long whole = length & -HUGE_PAGE_BYTES;
        try {
            // The buffer was zeroed in small pages. When these are discarded, the next store to each huge page gets a
            // huge page, zeroed, too.
            SystemCalls.linux().madvise(address(buffer), whole, Linux.MADV_HUGEPAGE);
            SystemCalls.linux().discard(address(buffer), whole);
        } catch (SystemCallException e) {
            // The kernel has no huge pages (EINVAL). Small pages do as well, only slower.
            return buffer;
        }
        for (int at = 0; at < whole; at += PAGE_BYTES) {
            buffer.put(at, (byte) 0);
        }
        return buffer;
    }

    /** A small zeroed little-endian buffer for a structure. */
    public static ByteBuffer allocate(int length) {
        return ByteBuffer.allocateDirect(length).order(ByteOrder.LITTLE_ENDIAN);
    }
}
