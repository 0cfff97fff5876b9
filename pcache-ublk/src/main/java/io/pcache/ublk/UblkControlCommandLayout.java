package io.pcache.ublk;

/**
 * {@code struct ublksrv_ctrl_cmd}: the payload of a control command, 32 bytes.
 *
 * <pre>
 *    0           4          6        8         16      24            26      32
 *    +-----------+----------+--------+---------+-------+-------------+-------+
 *    | device id | queue id | length | address | data  | path length | 0     |
 *    +-----------+----------+--------+---------+-------+-------------+-------+
 * </pre>
 */
final class UblkControlCommandLayout {
    static final int DEVICE_ID = 0;
    static final int QUEUE_ID = DEVICE_ID + Integer.BYTES;
    static final int LENGTH = QUEUE_ID + Short.BYTES;
    static final int ADDRESS = LENGTH + Short.BYTES;
    static final int DATA = ADDRESS + Long.BYTES;
    static final int PATH_LENGTH = DATA + Long.BYTES;
    static final int BYTES = PATH_LENGTH + 4 * Short.BYTES;

    /** For commands that concern no queue. */
    static final short NO_QUEUE = -1;

    private UblkControlCommandLayout() {}
}
