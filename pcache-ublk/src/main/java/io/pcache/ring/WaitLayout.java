package io.pcache.ring;

/**
 * The argument of a timed {@code io_uring_enter}, and the time that the argument points to, in one block.
 *
 * <pre>
 *    struct io_uring_getevents_arg                              struct __kernel_timespec
 *    0              8              12               16          24         32            40
 *    +--------------+--------------+----------------+-----------+----------+-------------+
 *    | signal mask  | mask size    | min wait usec  | timespec →| seconds  | nanoseconds |
 *    +--------------+--------------+----------------+-----------+----------+-------------+
 * </pre>
 */
final class WaitLayout {
    static final int SIGNAL_MASK = 0;
    static final int SIGNAL_MASK_SIZE = SIGNAL_MASK + Long.BYTES;
    static final int MIN_WAIT_USEC = SIGNAL_MASK_SIZE + Integer.BYTES;
    static final int TIMESPEC_ADDRESS = MIN_WAIT_USEC + Integer.BYTES;
    static final int ARGUMENT_BYTES = TIMESPEC_ADDRESS + Long.BYTES;

    static final int TIMESPEC = ARGUMENT_BYTES;
    static final int SECONDS = 0;
    static final int NANOSECONDS = SECONDS + Long.BYTES;
    static final int TIMESPEC_BYTES = NANOSECONDS + Long.BYTES;
    static final int BYTES = ARGUMENT_BYTES + TIMESPEC_BYTES;

    private WaitLayout() {}
}
