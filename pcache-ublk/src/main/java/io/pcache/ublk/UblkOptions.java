package io.pcache.ublk;

/**
 * How a ublk device is made. Immutable; the {@code with} methods give changed copies.
 *
 * @param id the N of /dev/ublkbN, or {@link #ANY_ID}; has to be given to take a device over
 * @param queues hardware queues, each served by a thread; the kernel makes no more queues than there are CPUs. 1 to
 *     4096, by default as many as CPUs, but at most 4
 * @param depth requests in flight per queue, 1 to 4096, by default 128
 * @param maxIoBytes the largest READ or WRITE; the kernel splits larger requests. A multiple of 4096 up to 32 MiB, by
 *     default 1 MiB
 * @param bufferMode whether request data moves through buffers even where the kernel can copy straight from and to the
 *     cache: for a device that wants them, for comparison and for tests
 * @param takeOver whether to take over the device of a dead server, and not make a new device; queues, depth and
 *     maxIoBytes are then those of the device
 */
public record UblkOptions(int id, int queues, int depth, int maxIoBytes, boolean bufferMode, boolean takeOver) {
    public static final int ANY_ID = -1;
    private static final int MAX_DEFAULT_QUEUES = 4;
    private static final int DEFAULT_DEPTH = 128;
    private static final int DEFAULT_MAX_IO_BYTES = 1 << 20;
    private static final int PAGE_BYTES = 4096;
    /** The largest request where each tag has a buffer. The parts of a larger one are under way together. */
    private static final int BUFFERED_IO_BYTES = 128 << 10;
    /** Most memory for the buffers of all tags: of four queues of the default depth. */
    private static final long MOST_BUFFER_BYTES = 4L * DEFAULT_DEPTH * BUFFERED_IO_BYTES;

    public UblkOptions {
        check(id >= ANY_ID, "device id", id, "0 or more, or -1 for any");
        check(queues >= 1 && queues <= Ublk.MAX_QUEUES, "queues", queues, "1 to " + Ublk.MAX_QUEUES);
        check(depth >= 1 && depth <= Ublk.MAX_QUEUE_DEPTH, "queue depth", depth, "1 to " + Ublk.MAX_QUEUE_DEPTH);
        check(
                maxIoBytes >= PAGE_BYTES && maxIoBytes <= Ublk.MAX_IO_BYTES && maxIoBytes % PAGE_BYTES == 0,
                "largest I/O",
                maxIoBytes,
                "a multiple of 4096 up to " + Ublk.MAX_IO_BYTES);
        check(!takeOver || id != ANY_ID, "device id", id, "given to take a device over");
    }

    private static void check(boolean right, String what, int value, String range) {
        if (!right) {
            throw new IllegalArgumentException(what + " is " + value + ", must be " + range);
        }
    }

    public static UblkOptions defaults() {
        int queues = Math.min(Runtime.getRuntime().availableProcessors(), MAX_DEFAULT_QUEUES);
        return new UblkOptions(ANY_ID, queues, DEFAULT_DEPTH, DEFAULT_MAX_IO_BYTES, false, false);
    }

    public UblkOptions withId(int value) {
        return new UblkOptions(value, queues, depth, maxIoBytes, bufferMode, takeOver);
    }

    public UblkOptions withQueues(int value) {
        return new UblkOptions(id, value, depth, maxIoBytes, bufferMode, takeOver);
    }

    public UblkOptions withDepth(int value) {
        return new UblkOptions(id, queues, value, maxIoBytes, bufferMode, takeOver);
    }

    public UblkOptions withMaxIoBytes(int value) {
        return new UblkOptions(id, queues, depth, value, bufferMode, takeOver);
    }

    public UblkOptions withBufferMode(boolean value) {
        return new UblkOptions(id, queues, depth, maxIoBytes, value, takeOver);
    }

    /** With buffers for the tags, and requests of at most 128 KiB; without a change where these took over 64 MiB. */
    public UblkOptions withBoundedBuffers() {
        return (long) queues * depth * BUFFERED_IO_BYTES > MOST_BUFFER_BYTES
                ? this
                : withBufferMode(true).withMaxIoBytes(Math.min(maxIoBytes, BUFFERED_IO_BYTES));
    }

    /** Options that take over device {@code value} of a dead server. */
    public UblkOptions takingOver(int value) {
        return new UblkOptions(value, queues, depth, maxIoBytes, bufferMode, true);
    }
}
