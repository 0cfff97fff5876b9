package io.pcache.ring;

/**
 * {@code struct io_uring_cqe}: one completion.
 *
 * <pre>
 *    0           8        12      16
 *    +-----------+--------+-------+
 *    | user data | result | flags |
 *    +-----------+--------+-------+
 * </pre>
 */
final class CqeLayout {
    static final int USER_DATA = 0;
    static final int RESULT = USER_DATA + Long.BYTES;
    static final int FLAGS = RESULT + Integer.BYTES;
    static final int BYTES = FLAGS + Integer.BYTES;

    private CqeLayout() {}
}
