package io.pcache.ublk;

/**
 * {@code struct ublksrv_ctrl_dev_info}: what is asked for when a device is made, and what the kernel has made of it, 64
 * bytes.
 *
 * <pre>
 *    0         2       4       6   8               12          16          20  24      32             40    44    48    64
 *    +---------+-------+-------+---+---------------+-----------+-----------+---+-------+--------------+-----+-----+-----+
 *    | queues  | depth | state | 0 | max I/O bytes | device id | server pid| 0 | flags | server flags | uid | gid | 0   |
 *    +---------+-------+-------+---+---------------+-----------+-----------+---+-------+--------------+-----+-----+-----+
 * </pre>
 */
final class UblkDeviceInfoLayout {
    static final int QUEUES = 0;
    static final int DEPTH = QUEUES + Short.BYTES;
    static final int STATE = DEPTH + Short.BYTES;
    static final int MAX_IO_BYTES = STATE + 2 * Short.BYTES;
    static final int DEVICE_ID = MAX_IO_BYTES + Integer.BYTES;
    static final int SERVER_PID = DEVICE_ID + Integer.BYTES;
    static final int FLAGS = SERVER_PID + 2 * Integer.BYTES;
    static final int SERVER_FLAGS = FLAGS + Long.BYTES;
    static final int OWNER_UID = SERVER_FLAGS + Long.BYTES;
    static final int OWNER_GID = OWNER_UID + Integer.BYTES;
    static final int BYTES = OWNER_GID + Integer.BYTES + 2 * Long.BYTES;

    private UblkDeviceInfoLayout() {}
}
