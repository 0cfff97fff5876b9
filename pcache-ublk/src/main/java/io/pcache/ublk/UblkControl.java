package io.pcache.ublk;

import io.pcache.request.BlockDevice;
import io.pcache.ring.Ring;
import io.pcache.ring.RingConfig;
import io.pcache.ring.UserData;
import io.pcache.sys.Errno;
import io.pcache.sys.Linux;
import io.pcache.sys.NativeMemory;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.concurrent.TimeUnit;

/**
 * Commands to {@code /dev/ublk-control}, one at a time. Safe for use by any thread but the queues' threads: commands
 * wait until requests are served.
 *
 * <p>Errors are {@link SystemCallException}s; their call is {@code "ublk START_DEV"} and the like. ETIMEDOUT means that
 * the kernel has not answered. The state of the device is unknown then, and the object is of no more use.
 */
final class UblkControl implements AutoCloseable {
    static final String PATH = "/dev/ublk-control";

    private static final int AFFINITY_BYTES = 1024;
    // The kernel splits larger DISCARDs and WRITE_ZEROES. The engine writes zeros for both, so this limit bounds how
    // long one request keeps a queue's thread.
    private static final int MAX_ZERO_SECTORS = (32 << 20) >> Ublk.SECTOR_SHIFT;

    private final SystemCalls calls = SystemCalls.linux();
    private final int fd;
    private final Ring ring;
    private final int client;
    private long answered;
    private int answer;
    private long sent;
    // Memory of a command that was given up: the kernel may still write there.
    private ByteBuffer abandoned;

    /**
     * @throws SystemCallException ENOENT without the ublk_drv module, EACCES without the right to use the module; EPERM
     *     where io_uring is forbidden
     */
    UblkControl() throws SystemCallException {
        this.fd = calls.open(PATH, Linux.O_RDWR);
        try {
            this.ring = Ring.open(RingConfig.forControl());
        } catch (SystemCallException e) {
            calls.closeAfter(fd, e);
            throw e;
        }
        this.client = ring.addClient((payload, result, flags) -> {
            answered = payload;
            answer = result;
        });
    }

    /** The {@code F_…} flags that this kernel has. */
    long features() throws SystemCallException {
        ByteBuffer features = NativeMemory.allocate(Long.BYTES);
        execute(UblkControlCommand.GET_FEATURES, -1, features, 0);
        return features.getLong(0);
    }

    /** Adds a device; returns the device as the kernel has made it, without the flags that the kernel does not have. */
    UblkDeviceInfo add(UblkDeviceInfo wanted) throws SystemCallException {
        ByteBuffer info = NativeMemory.allocate(UblkDeviceInfoLayout.BYTES);
        wanted.store(info);
        execute(UblkControlCommand.ADD_DEV, wanted.id(), info, 0);
        return UblkDeviceInfo.load(info, 0);
    }

    UblkDeviceInfo info(int id) throws SystemCallException {
        // The kernel reads the device's path from in front of the answer, and checks the caller's rights on this path.
        byte[] path = ("/dev/ublkc" + id + "\0").getBytes(StandardCharsets.US_ASCII);
        ByteBuffer payload = NativeMemory.allocate(path.length + UblkDeviceInfoLayout.BYTES);
        payload.put(0, path);
        execute(UblkControlCommand.GET_DEV_INFO2, id, UblkControlCommandLayout.NO_QUEUE, payload, 0, path.length);
        return UblkDeviceInfo.load(payload, path.length);
    }

    /** Tells the kernel what the device looks like. To be called before the device is started. */
    void setParams(UblkDeviceInfo info, BlockDevice device) throws SystemCallException {
        ByteBuffer params = NativeMemory.allocate(UblkParamsLayout.BYTES);
        int physicalShift = Integer.numberOfTrailingZeros(device.physicalBlockBytes());
        params.putInt(UblkParamsLayout.LENGTH, UblkParamsLayout.BYTES);
        params.putInt(UblkParamsLayout.TYPES, Ublk.PARAM_TYPE_BASIC | Ublk.PARAM_TYPE_DISCARD);
        // Writes complete before they are durable; FLUSH and FUA make them durable.
        params.putInt(
                UblkParamsLayout.ATTRIBUTES,
                Ublk.ATTR_VOLATILE_CACHE | Ublk.ATTR_FUA | (device.readOnly() ? Ublk.ATTR_READ_ONLY : 0));
        params.put(UblkParamsLayout.LOGICAL_SHIFT, (byte) Integer.numberOfTrailingZeros(device.logicalBlockBytes()));
        params.put(UblkParamsLayout.PHYSICAL_SHIFT, (byte) physicalShift);
        params.put(UblkParamsLayout.IO_OPT_SHIFT, (byte) physicalShift);
        params.put(UblkParamsLayout.IO_MIN_SHIFT, (byte) physicalShift);
        params.putInt(UblkParamsLayout.MAX_SECTORS, info.maxIoBytes() >> Ublk.SECTOR_SHIFT);
        params.putLong(UblkParamsLayout.DEV_SECTORS, device.sizeBytes() >> Ublk.SECTOR_SHIFT);
        params.putInt(UblkParamsLayout.DISCARD_GRANULARITY, device.physicalBlockBytes());
        // The group is set in any case, because it has WRITE_ZEROES, too; 0 sectors say that there is no discard.
        params.putInt(UblkParamsLayout.MAX_DISCARD_SECTORS, device.discards() ? MAX_ZERO_SECTORS : 0);
        params.putInt(UblkParamsLayout.MAX_WRITE_ZEROES_SECTORS, MAX_ZERO_SECTORS);
        params.putShort(UblkParamsLayout.MAX_DISCARD_SEGMENTS, (short) (device.discards() ? 1 : 0));
        execute(UblkControlCommand.SET_PARAMS, info.id(), params, 0);
    }

    /** The size in bytes that the device was made with. */
    long sizeBytes(int id) throws SystemCallException {
        ByteBuffer params = NativeMemory.allocate(UblkParamsLayout.BYTES);
        params.putInt(UblkParamsLayout.LENGTH, UblkParamsLayout.BYTES);
        execute(UblkControlCommand.GET_PARAMS, id, params, 0);
        return params.getLong(UblkParamsLayout.DEV_SECTORS) << Ublk.SECTOR_SHIFT;
    }

    /** The CPUs that send their requests to a queue. */
    BitSet affinity(int id, int queue) throws SystemCallException {
        ByteBuffer mask = NativeMemory.allocate(AFFINITY_BYTES);
        execute(UblkControlCommand.GET_QUEUE_AFFINITY, id, UblkControlCommandLayout.NO_QUEUE, mask, queue, 0);
        return BitSet.valueOf(mask);
    }

    /** Makes the block device appear. All tags of all queues must have been fetched before. */
    void start(int id) throws SystemCallException {
        execute(UblkControlCommand.START_DEV, id, null, calls.getpid());
    }

    /**
     * Takes the block device away after all its requests have ended. Queues must be served meanwhile. A stopped device
     * stays stopped.
     */
    void stop(int id) throws SystemCallException {
        execute(UblkControlCommand.STOP_DEV, id, null, 0);
    }

    /**
     * As {@link #stop}, unless the device is open. The kernel refuses clients that open the device after that.
     *
     * @throws SystemCallException EBUSY if the device is open; nothing has changed then
     */
    void tryStop(int id) throws SystemCallException {
        execute(UblkControlCommand.TRY_STOP_DEV, id, null, 0);
    }

    /** Deletes the device. All files and mappings that this process has of the device must be closed. */
    void delete(int id) throws SystemCallException {
        execute(UblkControlCommand.DEL_DEV, id, null, 0);
    }

    /**
     * @throws SystemCallException EBUSY while the old server has not ended completely; EINVAL if the device is not
     *     recoverable
     */
    void startRecovery(int id) throws SystemCallException {
        execute(UblkControlCommand.START_USER_RECOVERY, id, null, 0);
    }

    /** Lets waiting requests go to this process. All tags of all queues must have been fetched before. */
    void endRecovery(int id) throws SystemCallException {
        execute(UblkControlCommand.END_USER_RECOVERY, id, null, calls.getpid());
    }

    private void execute(UblkControlCommand command, int id, ByteBuffer payload, long data) throws SystemCallException {
        execute(command, id, UblkControlCommandLayout.NO_QUEUE, payload, data, 0);
    }

    private synchronized void execute(
            UblkControlCommand command, int id, short queue, ByteBuffer payload, long data, int pathLength)
            throws SystemCallException {
        String name = "ublk " + command;
        String device = id < 0 ? PATH : "device " + id;
        if (abandoned != null) {
            throw new SystemCallException(Errno.ETIMEDOUT, name, device + " (an earlier command is not answered yet)");
        }
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(command.timeoutSeconds);
        int result;
        do {
            send(command, id, queue, payload, data, pathLength);
            if (!awaitAnswer(deadline)) {
                abandoned = payload == null ? NativeMemory.allocate(0) : payload;
                throw new SystemCallException(
                        Errno.ETIMEDOUT, name, device + " after " + command.timeoutSeconds + " s");
            }
            result = answer;
            // Every signal that the kernel sends to its worker interrupts a command that waits; a profiler's signal
            // does so, too.
        } while (result == -Errno.EINTR);
        if (result < 0) {
            throw new SystemCallException(-result, name, device);
        }
    }

    private void send(UblkControlCommand command, int id, short queue, ByteBuffer payload, long data, int pathLength) {
        int at = ring.submissions().command(fd, command.number, UserData.of(client, ++sent));
        ByteBuffer entries = ring.submissions().entries();
        entries.putInt(at + UblkControlCommandLayout.DEVICE_ID, id);
        entries.putShort(at + UblkControlCommandLayout.QUEUE_ID, queue);
        if (payload != null) {
            entries.putShort(at + UblkControlCommandLayout.LENGTH, (short) payload.capacity());
            entries.putLong(at + UblkControlCommandLayout.ADDRESS, NativeMemory.address(payload));
        }
        entries.putLong(at + UblkControlCommandLayout.DATA, data);
        entries.putShort(at + UblkControlCommandLayout.PATH_LENGTH, (short) pathLength);
    }

    private boolean awaitAnswer(long deadline) {
        while (answered != sent) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            ring.submitAndWait(1, left);
            ring.dispatch();
        }
        return true;
    }

    @Override
    public synchronized void close() throws SystemCallException {
        try {
            ring.close();
        } finally {
            calls.close(fd);
        }
    }
}
