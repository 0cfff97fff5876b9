package io.pcache.ring;

/**
 * {@code struct io_uring_params}, 120 bytes: what {@code io_uring_setup} is asked for and what it answers.
 *
 * <pre>
 *    0           4           8       12       16        20         24      28       40       80       120
 *    +-----------+-----------+-------+--------+---------+----------+-------+--------+--------+--------+
 *    | sq entries| cq entries| flags | sq cpu | sq idle | features | wq fd | 0      | sq_off | cq_off |
 *    +-----------+-----------+-------+--------+---------+----------+-------+--------+--------+--------+
 * </pre>
 *
 * {@code sq_off} and {@code cq_off} (40 bytes each) tell where the shared words lie in the ring mapping:
 *
 * <pre>
 *    sq_off:  0 head | 4 tail | 8 ring mask | 12 ring entries | 16 flags    | 20 dropped | 24 array | 28 0 | 32 user address
 *    cq_off:  0 head | 4 tail | 8 ring mask | 12 ring entries | 16 overflow | 20 cqes    | 24 flags | 28 0 | 32 user address
 * </pre>
 */
final class RingParamsLayout {
    static final int SQ_ENTRIES = 0;
    static final int CQ_ENTRIES = SQ_ENTRIES + Integer.BYTES;
    static final int FLAGS = CQ_ENTRIES + Integer.BYTES;
    static final int SQ_THREAD_CPU = FLAGS + Integer.BYTES;
    static final int SQ_THREAD_IDLE = SQ_THREAD_CPU + Integer.BYTES;
    static final int FEATURES = SQ_THREAD_IDLE + Integer.BYTES;
    static final int WQ_FD = FEATURES + Integer.BYTES;
    static final int SQ_OFF = WQ_FD + Integer.BYTES + 3 * Integer.BYTES;
    static final int CQ_OFF = SQ_OFF + 40;
    static final int BYTES = CQ_OFF + 40;

    static final int SQ_OFF_HEAD = SQ_OFF;
    static final int SQ_OFF_TAIL = SQ_OFF_HEAD + Integer.BYTES;
    static final int SQ_OFF_RING_MASK = SQ_OFF_TAIL + Integer.BYTES;
    static final int SQ_OFF_RING_ENTRIES = SQ_OFF_RING_MASK + Integer.BYTES;
    static final int SQ_OFF_FLAGS = SQ_OFF_RING_ENTRIES + Integer.BYTES;
    static final int SQ_OFF_DROPPED = SQ_OFF_FLAGS + Integer.BYTES;
    static final int SQ_OFF_ARRAY = SQ_OFF_DROPPED + Integer.BYTES;

    static final int CQ_OFF_HEAD = CQ_OFF;
    static final int CQ_OFF_TAIL = CQ_OFF_HEAD + Integer.BYTES;
    static final int CQ_OFF_RING_MASK = CQ_OFF_TAIL + Integer.BYTES;
    static final int CQ_OFF_RING_ENTRIES = CQ_OFF_RING_MASK + Integer.BYTES;
    static final int CQ_OFF_OVERFLOW = CQ_OFF_RING_ENTRIES + Integer.BYTES;
    static final int CQ_OFF_CQES = CQ_OFF_OVERFLOW + Integer.BYTES;

    private RingParamsLayout() {}
}
