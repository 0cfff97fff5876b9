package io.pcache.crash;

import io.pcache.memory.CacheMemory;
import io.pcache.memory.NoRoomException;
import java.nio.ByteBuffer;

/** Passes all calls on; for devices that do one thing wrong. */
public class WrappedMemory implements CacheMemory {
    final CacheMemory memory;

    protected WrappedMemory(CacheMemory memory) {
        this.memory = memory;
    }

    @Override
    public Kind kind() {
        return memory.kind();
    }

    @Override
    public String describe() {
        return memory.describe();
    }

    @Override
    public long size() {
        return memory.size();
    }

    @Override
    public void requireRoom() throws NoRoomException {
        memory.requireRoom();
    }

    @Override
    public boolean allocate() throws NoRoomException {
        return memory.allocate();
    }

    @Override
    public void prepare(long offset, int length) {
        memory.prepare(offset, length);
    }

    @Override
    public byte getByte(long offset) {
        return memory.getByte(offset);
    }

    @Override
    public int getInt(long offset) {
        return memory.getInt(offset);
    }

    @Override
    public long getLong(long offset) {
        return memory.getLong(offset);
    }

    @Override
    public void putInt(long offset, int value) {
        memory.putInt(offset, value);
    }

    @Override
    public void putLong(long offset, long value) {
        memory.putLong(offset, value);
    }

    @Override
    public void copyIn(long offset, ByteBuffer source, int sourceIndex, int length) {
        memory.copyIn(offset, source, sourceIndex, length);
    }

    @Override
    public void copyOut(long offset, ByteBuffer target, int targetIndex, int length) {
        memory.copyOut(offset, target, targetIndex, length);
    }

    @Override
    public void zero(long offset, int length) {
        memory.zero(offset, length);
    }

    @Override
    public void writeBack(long offset, int length) {
        memory.writeBack(offset, length);
    }

    @Override
    public void drain() {
        memory.drain();
    }

    @Override
    public void sync() {
        memory.sync();
    }

    @Override
    public boolean syncIsSlow() {
        return memory.syncIsSlow();
    }

    @Override
    public int checksum(long offset, int length) {
        return memory.checksum(offset, length);
    }

    @Override
    public long address(long offset) {
        return memory.address(offset);
    }

    @Override
    public void close() {
        memory.close();
    }
}
