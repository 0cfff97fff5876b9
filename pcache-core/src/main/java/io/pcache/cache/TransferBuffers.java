package io.pcache.cache;

/**
 * How many transfers each queue can have under way with a cache device that is a disk. A queue that has no buffer left
 * waits until a transfer has ended. Each at least 1.
 *
 * @param stores of up to 128 KiB each
 * @param smallLoads of up to 16 KiB each
 * @param largeLoads of up to 256 KiB each
 */
public record TransferBuffers(int stores, int smallLoads, int largeLoads) {
    /** 4 MiB, 2 MiB and 4 MiB. */
    public static final TransferBuffers DEFAULT = new TransferBuffers(32, 128, 16);

    public TransferBuffers {
        if (stores < 1 || smallLoads < 1 || largeLoads < 1) {
            throw new IllegalArgumentException(
                    "no transfers: " + stores + ", " + smallLoads + ", " + largeLoads + "; each must be 1 or more");
        }
    }
}
