package io.pcache.slab;

/** The system has no more memory to give. */
public final class MemoryShortageException extends RuntimeException {
    private static final long MIB = 1 << 20;

    private final long wantedBytes;
    private final long availableBytes;

    MemoryShortageException(long wantedBytes, long availableBytes, Throwable cause) {
        super(wantedBytes / MIB + " MiB more are needed, and " + availableBytes / MIB + " MiB are available", cause);
        this.wantedBytes = wantedBytes;
        this.availableBytes = availableBytes;
    }

    public long wantedBytes() {
        return wantedBytes;
    }

    public long availableBytes() {
        return availableBytes;
    }
}
