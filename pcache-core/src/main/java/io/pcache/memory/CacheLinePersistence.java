package io.pcache.memory;

import io.pcache.sys.PersistentMemoryLibrary;
import java.nio.ByteBuffer;

/** Cache-line write-back and store fence on persistent memory, by libpmem, which picks the processor's best instructions. */
final class CacheLinePersistence extends Persistence {
    private final PersistentMemoryLibrary library;

    CacheLinePersistence(PersistentMemoryLibrary library) {
        this.library = library;
    }

    @Override
    String describe() {
        return "cache-line write-back makes stores durable";
    }

    @Override
    void copyIn(long address, ByteBuffer target, int index, ByteBuffer source, int sourceIndex, int length) {
        target.put(index, source, sourceIndex, length);
        library.flush(address, length);
    }

    @Override
    void writeBack(long address, int length) {
        library.flush(address, length);
    }

    @Override
    void drain() {
        library.drain();
    }
}
