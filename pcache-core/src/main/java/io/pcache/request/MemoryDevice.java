package io.pcache.request;

import io.pcache.backing.BackingQueue;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.sys.Errno;
import java.io.UncheckedIOException;

/**
 * A RAM disk: the bytes of a {@link CacheMemory} as they lie there, without a cache in between. For tests of front
 * ends, and for measuring what a front end and one copy cost.
 */
public final class MemoryDevice implements BlockDevice {
    private static final int BLOCK_BYTES = 4096;
    private static final int ZERO_BYTES = 1 << 20;
    private final CacheMemory memory;
    private final long sizeBytes;

    /** The caller closes the memory. */
    public MemoryDevice(CacheMemory memory) {
        this.memory = memory;
        this.sizeBytes = memory.size() & -BLOCK_BYTES;
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public int logicalBlockBytes() {
        return 512;
    }

    @Override
    public int physicalBlockBytes() {
        return BLOCK_BYTES;
    }

    @Override
    public boolean readOnly() {
        return false;
    }

    @Override
    public boolean discards() {
        return true;
    }

    @Override
    public RequestQueue openQueue(BackingQueue backing, Runnable wake) {
        return new ImmediateQueue() {
            @Override
            int serve(Request request) {
                return MemoryDevice.this.serve(request);
            }
        };
    }

    private int serve(Request request) {
        if (request.op != Request.Op.FLUSH && (request.offset < 0 || request.length > sizeBytes - request.offset)) {
            return -Errno.EINVAL;
        }
        try {
            switch (request.op) {
                case READ -> request.data.fromCache(memory, request.offset, 0, (int) request.length);
                case WRITE -> request.data.toCache(memory, request.offset, 0, (int) request.length);
                case WRITE_ZEROES, DISCARD -> zero(request.offset, request.length);
                case FLUSH -> {}
            }
            memory.drain();
            if (request.fua || request.op == Request.Op.FLUSH) {
                memory.sync();
            }
            return 0;
        } catch (UncheckedIOException | CacheMemoryException e) {
            return -Errno.EIO;
        }
    }

    private void zero(long offset, long length) {
        for (long done = 0; done < length; done += ZERO_BYTES) {
            memory.zero(offset + done, (int) Math.min(ZERO_BYTES, length - done));
        }
    }
}
