package io.pcache.engine;

import io.pcache.crash.WrappedMemory;
import io.pcache.memory.CacheMemory;

/**
 * A memory with syncs that do nothing: enough for a test that kills processes, not machines. The constructor says
 * whether syncs are slow.
 */
final class NoSyncMemory extends WrappedMemory {
    private final boolean slow;

    NoSyncMemory(CacheMemory memory, boolean slow) {
        super(memory);
        this.slow = slow;
    }

    @Override
    public void writeBack(long offset, int length) {}

    @Override
    public void drain() {}

    @Override
    public void sync() {}

    @Override
    public boolean syncIsSlow() {
        return slow;
    }
}
