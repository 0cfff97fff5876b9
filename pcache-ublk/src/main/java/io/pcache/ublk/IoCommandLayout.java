package io.pcache.ublk;

/**
 * {@code struct ublksrv_io_cmd}: the payload of a fetch or commit, 16 bytes.
 *
 * <pre>
 *    0          2     4        8         16
 *    +----------+-----+--------+---------+
 *    | queue id | tag | result | address |
 *    +----------+-----+--------+---------+
 * </pre>
 */
final class IoCommandLayout {
    static final int QUEUE_ID = 0;
    static final int TAG = QUEUE_ID + Short.BYTES;
    static final int RESULT = TAG + Short.BYTES;
    static final int ADDRESS = RESULT + Integer.BYTES;
    static final int BYTES = ADDRESS + Long.BYTES;

    private IoCommandLayout() {}
}
