package io.pcache.memory;

import java.nio.ByteBuffer;

/** How bytes stored into a mapping become durable: the part of {@link MappedMemory} that differs by {@link CacheMemory.Kind}. Thread-safe. */
abstract class Persistence {

    /** For {@link CacheMemory#describe}, after the kind: how stores become durable. */
    abstract String describe();

    /**
     * Stores source bytes and starts their write-back.
     *
     * @param address of the first byte stored to, which is byte {@code index} of {@code target}
     */
    void copyIn(long address, ByteBuffer target, int index, ByteBuffer source, int sourceIndex, int length) {
        target.put(index, source, sourceIndex, length);
    }

    /** See {@link CacheMemory#writeBack}. */
    void writeBack(long address, int length) {
    }

    /** See {@link CacheMemory#drain}. */
    void drain() {
    }

    /** See {@link CacheMemory#sync}. */
    void sync() {
    }

    boolean syncIsSlow() {
        return false;
    }

    /** For memory that does not outlive the machine. */
    static final class None extends Persistence {
        @Override
        String describe() {
            return "lost when the machine stops";
        }
    }
}
