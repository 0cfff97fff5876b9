package io.pcache.request;

import io.pcache.backing.BackingQueue;

/**
 * A device that completes every request at once and moves no data, to measure what a front end costs by itself. Reads
 * return undefined data.
 */
public final class NullDevice implements BlockDevice {
    private static final int BLOCK_BYTES = 4096;
    private final long sizeBytes;

    /** @param sizeBytes a multiple of 512 */
    public NullDevice(long sizeBytes) {
        this.sizeBytes = sizeBytes;
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
    public RequestQueue openQueue(BackingQueue backing, Runnable wake) {
        return new ImmediateQueue() {
            @Override
            int serve(Request request) {
                return 0;
            }
        };
    }
}
