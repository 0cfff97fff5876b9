package io.pcache.ring;

import io.pcache.sys.Linux;
import io.pcache.sys.NativeMemory;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The two mappings of a ring (shared words with completions, and submission entries), and ordered access to the shared
 * words.
 */
final class RingMemory {
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private final SystemCalls calls;
    private final long ringAddress;
    private final long ringBytes;
    private final long sqesAddress;
    private final long sqesBytes;
    final ByteBuffer ring;
    final ByteBuffer sqes;

    private RingMemory(SystemCalls calls, long ringAddress, long ringBytes, long sqesAddress, long sqesBytes) {
        this.calls = calls;
        this.ringAddress = ringAddress;
        this.ringBytes = ringBytes;
        this.sqesAddress = sqesAddress;
        this.sqesBytes = sqesBytes;
        this.ring = NativeMemory.wrap(ringAddress, Math.toIntExact(ringBytes));
        this.sqes = NativeMemory.wrap(sqesAddress, Math.toIntExact(sqesBytes));
    }

    /** @param params as filled in by {@code io_uring_setup} */
    static RingMemory map(SystemCalls calls, int fd, ByteBuffer params, int sqeBytes) throws SystemCallException {
        int sqEntries = params.getInt(RingParamsLayout.SQ_ENTRIES);
        // One mapping holds both rings (FEAT_SINGLE_MMAP, Linux 5.4), so the mapping is as long as the longer ring.
        long ringBytes = Math.max(
                params.getInt(RingParamsLayout.SQ_OFF_ARRAY) + (long) sqEntries * Integer.BYTES,
                params.getInt(RingParamsLayout.CQ_OFF_CQES)
                        + (long) params.getInt(RingParamsLayout.CQ_ENTRIES) * CqeLayout.BYTES);
        long sqesBytes = (long) sqEntries * sqeBytes;
        int protection = Linux.PROT_READ | Linux.PROT_WRITE;
        int flags = Linux.MAP_SHARED | Linux.MAP_POPULATE;
        long ringAddress = calls.mmap(0, ringBytes, protection, flags, fd, IoUring.OFF_SQ_RING);
        try {
            long sqesAddress = calls.mmap(0, sqesBytes, protection, flags, fd, IoUring.OFF_SQES);
            return new RingMemory(calls, ringAddress, ringBytes, sqesAddress, sqesBytes);
        } catch (SystemCallException e) {
            calls.munmap(ringAddress, ringBytes);
            throw e;
        }
    }

    int acquire(int offset) {
        return (int) INT.getAcquire(ring, offset);
    }

    int opaque(int offset) {
        return (int) INT.getOpaque(ring, offset);
    }

    void release(int offset, int value) {
        INT.setRelease(ring, offset, value);
    }

    /** Nothing may touch {@link #ring} and {@link #sqes} afterwards. */
    void unmap() throws SystemCallException {
        calls.munmap(sqesAddress, sqesBytes);
        calls.munmap(ringAddress, ringBytes);
    }
}
