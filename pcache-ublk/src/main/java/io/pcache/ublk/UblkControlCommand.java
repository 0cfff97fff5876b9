package io.pcache.ublk;

/**
 * Commands to {@code /dev/ublk-control}, with their ioctl-encoded numbers, and the longest time that each command may
 * take. While the requests of a killed server are taken back, the kernel holds the device's lock, and every command
 * waits for this lock: seconds on a busy machine, minutes on an emulated machine. The limits are for a driver that
 * never answers, so they are generous.
 */
enum UblkControlCommand {
    GET_QUEUE_AFFINITY(0x80207501, 300),
    ADD_DEV(0xc0207504, 300),
    /** Waits until nobody has the device open. */
    DEL_DEV(0xc0207505, 10),
    START_DEV(0xc0207506, 600),
    /** Writes the device's page cache back through the server, and waits for all requests. */
    STOP_DEV(0xc0207507, 1800),
    /** As STOP_DEV, unless somebody has the device open. */
    TRY_STOP_DEV(0xc0207517, 1800),
    SET_PARAMS(0xc0207508, 300),
    GET_PARAMS(0x80207509, 300),
    START_USER_RECOVERY(0xc0207510, 300),
    END_USER_RECOVERY(0xc0207511, 600),
    GET_DEV_INFO2(0x80207512, 300),
    GET_FEATURES(0x80207513, 300);

    final int number;
    final int timeoutSeconds;

    UblkControlCommand(int number, int timeoutSeconds) {
        this.number = number;
        this.timeoutSeconds = timeoutSeconds;
    }
}
