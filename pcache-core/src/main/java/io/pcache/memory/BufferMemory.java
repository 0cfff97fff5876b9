package io.pcache.memory;

import io.pcache.media.Checksum;
import io.pcache.sys.NativeMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * A buffer of this process, in the shape of a cache device: what copies a client's bytes to and from a mapped cache
 * device, by whatever means, so copies them to and from the buffers of transfers. Nothing in it is ever durable. For
 * one thread.
 */
public final class BufferMemory implements CacheMemory {
    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(64 << 10).asReadOnlyBuffer();

    private final ByteBuffer buffer;
    private final long address;
    private final Checksum checksum = new Checksum();

    /** @param bytes a multiple of 4096 */
    public BufferMemory(int bytes) {
        this.buffer = NativeMemory.allocateAligned(bytes, 4096).order(ByteOrder.LITTLE_ENDIAN);
        this.address = NativeMemory.address(buffer);
    }

    /** The bytes, for transfers. Begins at an address that is a multiple of 4096. */
    public ByteBuffer buffer() {
        return buffer;
    }

    @Override
    public Kind kind() {
        return Kind.VOLATILE;
    }

    @Override
    public String describe() {
        return "buffers of the process";
    }

    @Override
    public long size() {
        return buffer.capacity();
    }

    @Override
    public byte getByte(long offset) {
        return buffer.get((int) offset);
    }

    @Override
    public int getInt(long offset) {
        return buffer.getInt((int) offset);
    }

    @Override
    public long getLong(long offset) {
        return buffer.getLong((int) offset);
    }

    @Override
    public void putInt(long offset, int value) {
        buffer.putInt((int) offset, value);
    }

    @Override
    public void putLong(long offset, long value) {
        buffer.putLong((int) offset, value);
    }

    @Override
    public void copyIn(long offset, ByteBuffer source, int sourceIndex, int length) {
        buffer.put((int) offset, source, sourceIndex, length);
    }

    @Override
    public void copyOut(long offset, ByteBuffer target, int targetIndex, int length) {
        target.put(targetIndex, buffer, (int) offset, length);
    }

    @Override
    public void zero(long offset, int length) {
        for (int done = 0, piece; done < length; done += piece) {
            piece = Math.min(ZEROS.capacity(), length - done);
            buffer.put((int) offset + done, ZEROS, 0, piece);
        }
    }

    @Override
    public void writeBack(long offset, int length) {}

    @Override
    public void drain() {}

    @Override
    public void sync() {}

    @Override
    public boolean syncIsSlow() {
        return false;
    }

    @Override
    public int checksum(long offset, int length) {
        Objects.checkFromIndexSize(offset, length, buffer.capacity());
        return checksum.of(buffer, (int) offset, length);
    }

    @Override
    public long address(long offset) {
        Objects.checkFromIndexSize(offset, 0, buffer.capacity());
        return address + offset;
    }

    @Override
    public void close() {}
}
