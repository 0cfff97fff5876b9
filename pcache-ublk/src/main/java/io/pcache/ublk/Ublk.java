package io.pcache.ublk;

/**
 * Constants of ublk, under their C names without the {@code UBLK_} prefix. Source: {@code linux/ublk_cmd.h} of Linux
 * 7.2.
 */
final class Ublk {

    // Commands to /dev/ublkcN (ioctl-encoded, and therefore beyond the positive ints)
    static final int U_IO_FETCH_REQ = 0xc0107520;
    static final int U_IO_COMMIT_AND_FETCH_REQ = 0xc0107521;

    // Features, and flags of a device. In brackets the kernel that brought the flag.
    /** USER_RECOVERY: when the server dies, the device stays and I/O waits [6.1]. */
    static final long F_USER_RECOVERY = 0x8;
    /** Requests that the dead server had are issued again to the successor [6.1]. */
    static final long F_USER_RECOVERY_REISSUE = 0x10;
    /** Commands are ioctl-encoded [6.4]. */
    static final long F_CMD_IOCTL_ENCODE = 0x40;
    /** The server moves request data itself, with reads and writes of /dev/ublkcN [6.5]. */
    static final long F_USER_COPY = 0x80;
    /** QUIESCE_DEV is known [6.16]. */
    static final long F_QUIESCE = 0x1000;
    /** TRY_STOP_DEV is known [7.0]. */
    static final long F_SAFE_STOP_DEV = 0x20000;
    /**
     * The kernel can be told to leave partitions alone. Otherwise the kernel reads the table after START_DEV, not
     * within [7.0].
     */
    static final long F_NO_AUTO_PART_SCAN = 0x40000;

    // States of a device
    static final int S_DEV_DEAD = 0;
    static final int S_DEV_LIVE = 1;
    static final int S_DEV_QUIESCED = 2;
    static final int S_DEV_FAIL_IO = 3;

    // Operations: the low byte of op_flags
    static final int IO_OP_MASK = 0xff;
    static final int IO_OP_READ = 0;
    static final int IO_OP_WRITE = 1;
    static final int IO_OP_FLUSH = 2;
    static final int IO_OP_DISCARD = 3;
    static final int IO_OP_WRITE_ZEROES = 5;
    /** As the flag stands in op_flags, not shifted. */
    static final int IO_F_FUA = 0x2000;

    // Device parameters
    static final int PARAM_TYPE_BASIC = 0x1;
    static final int PARAM_TYPE_DISCARD = 0x2;
    static final int ATTR_READ_ONLY = 0x1;
    static final int ATTR_VOLATILE_CACHE = 0x4;
    static final int ATTR_FUA = 0x8;

    static final int MAX_QUEUE_DEPTH = 4096;
    static final int MAX_QUEUES = 4096;
    /** The largest request that {@link #userCopyPosition} can address, in bytes. */
    static final int MAX_IO_BYTES = 1 << 25;

    static final int SECTOR_SHIFT = 9;

    private static final long IO_BUF_OFFSET = 0x8000_0000L;
    private static final int TAG_SHIFT = 25;
    private static final int QUEUE_SHIFT = 41;

    private Ublk() {}

    /** The offset in /dev/ublkcN where the bytes of a request begin, in user-copy mode. */
    static long userCopyPosition(int queue, int tag) {
        return IO_BUF_OFFSET + ((long) queue << QUEUE_SHIFT) + ((long) tag << TAG_SHIFT);
    }
}
