package io.pcache.ublk;

import java.nio.ByteBuffer;

/**
 * A ublk device as the kernel has it.
 *
 * @param id the N of /dev/ublkbN; -1 to let the kernel choose
 * @param queues hardware queues
 * @param depth requests in flight per queue
 * @param maxIoBytes largest READ or WRITE
 * @param state {@code Ublk.S_DEV_…}
 * @param serverPid of the process that serves it, -1 for none; stale on some kernels
 * @param flags {@code Ublk.F_…}
 */
record DeviceInfo(int id, int queues, int depth, int maxIoBytes, int state, int serverPid, long flags) {

    static DeviceInfo wanted(int id, int queues, int depth, int maxIoBytes, long flags) {
        return new DeviceInfo(id, queues, depth, maxIoBytes, Ublk.S_DEV_DEAD, -1, flags);
    }

    static DeviceInfo load(ByteBuffer buffer, int at) {
        return new DeviceInfo(
                buffer.getInt(at + DeviceInfoLayout.DEVICE_ID),
                Short.toUnsignedInt(buffer.getShort(at + DeviceInfoLayout.QUEUES)),
                Short.toUnsignedInt(buffer.getShort(at + DeviceInfoLayout.DEPTH)),
                buffer.getInt(at + DeviceInfoLayout.MAX_IO_BYTES),
                Short.toUnsignedInt(buffer.getShort(at + DeviceInfoLayout.STATE)),
                buffer.getInt(at + DeviceInfoLayout.SERVER_PID),
                buffer.getLong(at + DeviceInfoLayout.FLAGS));
    }

    void store(ByteBuffer buffer) {
        buffer.putInt(DeviceInfoLayout.DEVICE_ID, id);
        buffer.putShort(DeviceInfoLayout.QUEUES, (short) queues);
        buffer.putShort(DeviceInfoLayout.DEPTH, (short) depth);
        buffer.putInt(DeviceInfoLayout.MAX_IO_BYTES, maxIoBytes);
        buffer.putLong(DeviceInfoLayout.FLAGS, flags);
    }

    boolean has(long flag) {
        return (flags & flag) == flag;
    }

    String blockPath() {
        return "/dev/ublkb" + id;
    }

    String charPath() {
        return "/dev/ublkc" + id;
    }

    String stateName() {
        return switch (state) {
            case Ublk.S_DEV_DEAD -> "not started";
            case Ublk.S_DEV_LIVE -> "live";
            case Ublk.S_DEV_QUIESCED -> "waiting for a new server";
            case Ublk.S_DEV_FAIL_IO -> "failing I/O until a new server comes";
            default -> "state " + state;
        };
    }
}
