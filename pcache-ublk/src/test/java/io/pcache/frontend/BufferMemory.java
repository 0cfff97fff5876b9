package io.pcache.frontend;

import io.pcache.memory.CacheMemory;
import io.pcache.sys.NativeMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Cache memory that is nothing but a buffer. */
public final class BufferMemory implements CacheMemory {
    private final ByteBuffer bytes;

    public BufferMemory(int size) {
        bytes = ByteBuffer.allocateDirect(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public Kind kind() {
        return Kind.VOLATILE;
    }

    @Override
    public String describe() {
        return "a buffer";
    }

    @Override
    public long size() {
        return bytes.capacity();
    }

    @Override
    public byte getByte(long offset) {
        return bytes.get((int) offset);
    }

    @Override
    public int getInt(long offset) {
        return bytes.getInt((int) offset);
    }

    @Override
    public long getLong(long offset) {
        return bytes.getLong((int) offset);
    }

    @Override
    public void putInt(long offset, int value) {
        bytes.putInt((int) offset, value);
    }

    @Override
    public void putLong(long offset, long value) {
        bytes.putLong((int) offset, value);
    }

    @Override
    public void copyIn(long offset, ByteBuffer source, int sourceIndex, int length) {
        bytes.put((int) offset, source, sourceIndex, length);
    }

    @Override
    public void copyOut(long offset, ByteBuffer target, int targetIndex, int length) {
        target.put(targetIndex, bytes, (int) offset, length);
    }

    @Override
    public void zero(long offset, int length) {
        bytes.put((int) offset, new byte[length]);
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
        throw new UnsupportedOperationException();
    }

    @Override
    public long address(long offset) {
        return NativeMemory.address(bytes) + offset;
    }

    @Override
    public void close() {}
}
