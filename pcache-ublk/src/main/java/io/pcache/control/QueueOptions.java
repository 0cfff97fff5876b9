package io.pcache.control;

/**
 * How a front end serves.
 *
 * @param queues threads that serve the device, 1 to {@link #MAX_QUEUES}; 0 for the front end's default
 * @param depth requests in flight on each queue, 1 to {@link #MAX_DEPTH}, where the front end is ublk; 0 for the front
 *     end's default
 */
public record QueueOptions(int queues, int depth) {
    /** Limited because each queue keeps a segment of the cache to itself. */
    public static final int MAX_QUEUES = 64;
    /** The kernel's limit for a ublk queue. */
    public static final int MAX_DEPTH = 4096;

    public static final QueueOptions DEFAULT = new QueueOptions(0, 0);

    public QueueOptions {
        if (queues < 0 || queues > MAX_QUEUES || depth < 0 || depth > MAX_DEPTH) {
            throw new IllegalArgumentException("queues must be 1 to " + MAX_QUEUES + ", their depth 1 to " + MAX_DEPTH);
        }
    }
}
