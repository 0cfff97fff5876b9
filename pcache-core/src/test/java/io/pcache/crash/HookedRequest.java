package io.pcache.crash;

import io.pcache.memory.CacheMemory;
import io.pcache.request.Request;
import io.pcache.request.RequestData;
import java.nio.ByteBuffer;

/** A read that runs an action while it copies. */
final class HookedRequest extends Request implements RequestData {
    private final Runnable hook;
    private boolean ended;
    private int result;

    HookedRequest(long offset, int length, Runnable hook) {
        this.hook = hook;
        prepare(Op.READ, offset, length, false, this);
    }

    boolean isEnded() {
        return ended;
    }

    int result() {
        return result;
    }

    @Override
    protected void completed(int result) {
        this.ended = true;
        this.result = result;
    }

    @Override
    public void toCache(CacheMemory memory, long cacheOffset, int from, int length) {
        throw new IllegalStateException("a read stores nothing");
    }

    @Override
    public void fromCache(CacheMemory memory, long cacheOffset, int from, int length) {
        hook.run();
    }

    @Override
    public void fromBuffer(ByteBuffer source, int sourceIndex, int from, int length) {
        hook.run();
    }
}
