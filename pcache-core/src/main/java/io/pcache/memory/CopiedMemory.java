package io.pcache.memory;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * A memory in which every access is a copy, so that an error of the device is reported by the call that met the error.
 * For tools, which need this more than speed. If stores are possible at all, they need not be durable: the three steps
 * to durability do nothing. Subclasses provide {@link #copyIn} and {@link #copyOut}, which check the range.
 */
public abstract class CopiedMemory implements CacheMemory {
    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(64 << 10).asReadOnlyBuffer();
    private static final ThreadLocal<ByteBuffer> WORDS =
            ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN));

    private ByteBuffer load(long offset, int length) {
        ByteBuffer word = WORDS.get();
        copyOut(offset, word, 0, length);
        return word;
    }

    @Override
    public final byte getByte(long offset) {
        return load(offset, Byte.BYTES).get(0);
    }

    @Override
    public final int getInt(long offset) {
        return load(offset, Integer.BYTES).getInt(0);
    }

    @Override
    public final long getLong(long offset) {
        return load(offset, Long.BYTES).getLong(0);
    }

    @Override
    public final void putInt(long offset, int value) {
        copyIn(offset, WORDS.get().putInt(0, value), 0, Integer.BYTES);
    }

    @Override
    public final void putLong(long offset, long value) {
        copyIn(offset, WORDS.get().putLong(0, value), 0, Long.BYTES);
    }

    @Override
    public final void zero(long offset, int length) {
        for (int done = 0, piece; done < length; done += piece) {
            piece = Math.min(ZEROS.capacity(), length - done);
            copyIn(offset + done, ZEROS, 0, piece);
        }
    }

    @Override
    public final int checksum(long offset, int length) {
        Objects.checkFromIndexSize(offset, length, size());
        return CopyChecksum.of(this, offset, length);
    }

    @Override
    public final void writeBack(long offset, int length) {}

    @Override
    public final void drain() {}

    @Override
    public final void sync() {}

    @Override
    public final boolean syncIsSlow() {
        return false;
    }

    /** There is no address. */
    @Override
    public final long address(long offset) {
        return 0;
    }
}
