package io.pcache.engine;

import io.pcache.crash.WrappedMemory;
import io.pcache.memory.CacheMemory;

/**
 * A memory whose syncs do nothing: what a test needs that kills processes, not machines. Tells as it is told whether
 * syncs are slow.
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
