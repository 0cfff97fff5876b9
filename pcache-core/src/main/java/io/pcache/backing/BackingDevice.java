package io.pcache.backing;

/** The slow device behind the cache: a block device or a regular file. Safe for use by any thread. */
public interface BackingDevice extends AutoCloseable {

    /** The path as the table named it, resolved; for messages and status. */
    String path();

    /** Size in bytes, a multiple of 512. */
    long sizeBytes();

    /** Smallest unit of a transfer in bytes; 512 for a regular file unless direct I/O on it needs more. */
    int logicalBlockBytes();

    /** Unit that the device writes without read-modify-write, in bytes. */
    int physicalBlockBytes();

    /** Whether transfers bypass the page cache (O_DIRECT). */
    boolean direct();

    /**
     * What the address and the length of each piece of a gathered write ({@link BackingIo#prepareGather}) must be a
     * multiple of, in bytes, a power of two; 0 where writes are made out of buffers only.
     */
    default int gatherUnitBytes() {
        return 0;
    }

    /** One line for people: path, size, direct or buffered, and by what transfers are made. */
    String describe();

    /**
     * A queue for one thread.
     *
     * @param wake called, from any thread, when {@link BackingQueue#poll} has something to do; must not block
     */
    BackingQueue openQueue(Runnable wake);

    /** Closes the device. All queues must have been closed. */
    @Override
    void close();
}
