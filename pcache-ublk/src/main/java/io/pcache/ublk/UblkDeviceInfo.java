package io.pcache.ublk;

import java.nio.ByteBuffer;

/**
 * What the kernel tells of a ublk device.
 *
 * @param id the N of /dev/ublkbN; -1 to let the kernel choose
 * @param queues hardware queues
 * @param depth requests in flight per queue
 * @param maxIoBytes largest READ or WRITE
 * @param state {@code Ublk.S_DEV_…}
 * @param serverPid of the process that serves the device, -1 for none; out of date on some kernels
 * @param flags {@code Ublk.F_…}
 */
record UblkDeviceInfo(int id, int queues, int depth, int maxIoBytes, int state, int serverPid, long flags) {

    static UblkDeviceInfo wanted(int id, int queues, int depth, int maxIoBytes, long flags) {
        return new UblkDeviceInfo(id, queues, depth, maxIoBytes, Ublk.S_DEV_DEAD, -1, flags);
    }

    static UblkDeviceInfo load(ByteBuffer buffer, int at) {
        return new UblkDeviceInfo(
                buffer.getInt(at + UblkDeviceInfoLayout.DEVICE_ID),
                Short.toUnsignedInt(buffer.getShort(at + UblkDeviceInfoLayout.QUEUES)),
                Short.toUnsignedInt(buffer.getShort(at + UblkDeviceInfoLayout.DEPTH)),
                buffer.getInt(at + UblkDeviceInfoLayout.MAX_IO_BYTES),
                Short.toUnsignedInt(buffer.getShort(at + UblkDeviceInfoLayout.STATE)),
                buffer.getInt(at + UblkDeviceInfoLayout.SERVER_PID),
                buffer.getLong(at + UblkDeviceInfoLayout.FLAGS));
    }

    void store(ByteBuffer buffer) {
        buffer.putInt(UblkDeviceInfoLayout.DEVICE_ID, id);
        buffer.putShort(UblkDeviceInfoLayout.QUEUES, (short) queues);
        buffer.putShort(UblkDeviceInfoLayout.DEPTH, (short) depth);
        buffer.putInt(UblkDeviceInfoLayout.MAX_IO_BYTES, maxIoBytes);
        buffer.putLong(UblkDeviceInfoLayout.FLAGS, flags);
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
