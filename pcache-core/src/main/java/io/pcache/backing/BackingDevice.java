package io.pcache.backing;

/** The slow device behind the cache: a block device or a regular file. Safe for use by any thread. */
public interface BackingDevice extends AutoCloseable {

    /** The path as the table names it, resolved; for messages and status. */
    String path();

    /** Size in bytes, a multiple of 512. */
    long sizeBytes();

    /**
     * Smallest unit of a transfer in bytes. For a regular file this is 512, unless direct I/O on the file needs more.
     */
    int logicalBlockBytes();

    /** The smallest write, in bytes, that the device makes without a read-modify-write. */
    int physicalBlockBytes();

    /** Whether transfers bypass the page cache (O_DIRECT). */
    boolean direct();

    /**
     * In a gathered write ({@link BackingIo#prepareGather}), the address and the length of each piece must be multiples
     * of this many bytes, a power of two. 0 where writes are made out of buffers only.
     */
    default int gatherUnitBytes() {
        return 0;
    }

    /** One line for people: path, size, direct or buffered, and what makes the transfers. */
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
