package io.pcache.ublk;

import io.pcache.frontend.FrontEnd;
import io.pcache.request.BlockDevice;
import io.pcache.sys.Errno;
import io.pcache.sys.Linux;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Serves a device as {@code /dev/ublkbN}, with a thread per hardware queue.
 *
 * <p><b>Data mode.</b> Where the kernel has UBLK_F_USER_COPY (Linux 6.5), request data is copied once, by the queue's
 * thread, between the client's pages and the cache's mapping. Elsewhere, or when asked for, request data goes through a
 * buffer per tag, which costs a second copy and {@code queues × depth × maxIoBytes} of memory. The table has the
 * requests per second through buffers, divided by the requests per second with user copy. Measured in a guest (Linux
 * 6.12, 2 processors, QEMU 10 without KVM on a shared 2-CPU virtual machine, AMD EPYC, JDK 17; {@link NullServer} with
 * {@code --memory} on a file on DAX and one queue, random requests, depth 16): lowest to highest of four passes. Each
 * pass is the median of 11 turns of 0.2 s; in each turn the two modes alternated.
 *
 * <pre>
 *   bytes         4096        65536
 *   read    0.39..1.83   0.79..1.08
 *   write   0.73..3.27   0.58..0.78
 * </pre>
 *
 * The machine was busy with other work, hence the spread. At 4096 bytes neither mode is seen to be ahead; at 65536
 * bytes, writes through buffers are slower, and reads are not quicker. So the system call that buffers save does not
 * make up for their second copy and their memory. It does where the device is served by transfers
 * ({@link BlockDevice#wantsBuffers}), since these need a buffer anyway: then all that a round of a queue has to do is
 * one system call. The kernel's zero-copy modes (6.15) are of no use to a cache: the bytes must get into the cache's
 * mapping, and the server cannot see them.
 *
 * <p><b>Death of the process.</b> Devices are made with USER_RECOVERY and REISSUE. If the process dies, the device
 * stays, its clients wait, and a successor takes the device over ({@link UblkOptions#takingOver}). The kernel issues to
 * the successor again the requests that the dead process had not answered, so writes may happen twice. Before a
 * successor changes the cache or the backing device, the successor must make sure that nothing of the predecessor can
 * still reach these devices. Locks on these devices, which end with the process, are for that.
 *
 * <p>Methods may be called by any thread but the queues' threads, one at a time.
 */
public final class UblkFrontEnd implements FrontEnd {
    private static final long REQUIRED_FLAGS =
            Ublk.F_CMD_IOCTL_ENCODE | Ublk.F_USER_RECOVERY | Ublk.F_USER_RECOVERY_REISSUE;
    // udev opens new devices for a moment; a killed server with much memory takes a while to end.
    private static final long OPEN_PATIENCE_MS = 30_000;
    private static final long PREDECESSOR_PATIENCE_MS = 300_000;
    private static final long RETRY_MS = 20;
    // For queues that have no request any more, but perhaps transfers of a backing device.
    private static final long QUEUE_PATIENCE_MS = 20_000;
    // The kernel tells nobody when a block device is closed. A look goes through all processes: milliseconds, and only
    // while a removal waits.
    private static final long LAST_CLOSE_MS = 250;

    private static final Path IO_URING_DISABLED = Path.of("/proc/sys/kernel/io_uring_disabled");

    private final SystemCalls calls = SystemCalls.linux();
    private final UblkOptions options;
    private final Runnable onLastClose;
    private final NodeRecord record;
    private final AtomicBoolean watching = new AtomicBoolean();
    private final List<UblkQueue> queues = new ArrayList<>();
    private UblkControl control;
    private volatile UblkDeviceInfo info;
    private int charFd = -1;
    private RingKeeper keeper;

    public UblkFrontEnd(UblkOptions options) {
        this(options, () -> {}, NodeRecord.NONE);
    }

    /**
     * @param onLastClose called once after {@link #watchLastClose}, when nobody has the device open any more; may close
     *     the front end
     * @param record told by the thread that starts or closes the front end
     */
    public UblkFrontEnd(UblkOptions options, Runnable onLastClose, NodeRecord record) {
        this.options = options;
        this.onLastClose = onLastClose;
        this.record = record;
    }

    /** Whether this machine can serve ublk devices: null if it can, else why not, in one line for people. */
    public static String unavailable() {
        try (UblkControl control = new UblkControl()) {
            control.features();
            return null;
        } catch (SystemCallException e) {
            return reason(e, IO_URING_DISABLED);
        }
    }

    /**
     * Whether there is a device that clients may use or wait for. A device that was never started, or has been stopped,
     * does not count.
     */
    public static boolean isStarted(int id) throws SystemCallException {
        try (UblkControl control = new UblkControl()) {
            return control.info(id).state() != Ublk.S_DEV_DEAD;
        } catch (SystemCallException e) {
            if (e.errno() == Errno.ENODEV) {
                return false;
            }
            throw e;
        }
    }

    /**
     * Takes away a device that has no server any more. Clients that have the device open, or wait for answers, get
     * errors. Does nothing where there is no such device.
     *
     * @throws SystemCallException EBUSY where a process serves the device
     */
    public static void discard(int id) throws SystemCallException {
        try (UblkControl control = new UblkControl()) {
            UblkDeviceInfo found = control.info(id);
            if (found.state() == Ublk.S_DEV_LIVE
                    && ProcessHandle.of(found.serverPid()).isPresent()) {
                throw new SystemCallException(
                        Errno.EBUSY,
                        "take away",
                        found.blockPath() + ", which process " + found.serverPid() + " serves");
            }
            control.stop(id);
            delete(control, id);
        } catch (SystemCallException e) {
            if (e.errno() != Errno.ENODEV) {
                throw e;
            }
        }
    }

    static String reason(SystemCallException refusal, Path ioUringDisabled) {
        return switch (refusal.errno()) {
            case Errno.ENOENT -> "no " + UblkControl.PATH + ": the kernel module ublk_drv is not loaded or not there";
            case Errno.EOPNOTSUPP -> "ublk needs Linux 6.5 or later";
            case Errno.EPERM -> {
                String setting = setting(ioUringDisabled);
                yield setting.equals("0")
                        ? refusal.getMessage()
                        : "ublk needs io_uring, which the sysctl kernel.io_uring_disabled=" + setting + " forbids";
            }
            default -> refusal.getMessage();
        };
    }

    /** A sysctl's value; 0 where the kernel has no such setting, as before Linux 6.6. */
    private static String setting(Path sysctl) {
        try {
            return Files.readString(sysctl).trim();
        } catch (IOException e) {
            return "0";
        }
    }

    @Override
    public void start(BlockDevice device) throws IOException {
        if (control != null) {
            throw new IllegalStateException("started before");
        }
        control = new UblkControl();
        try {
            if (options.takeOver()) {
                takeOver(device);
            } else {
                create(device);
            }
        } catch (IOException | RuntimeException | Error e) {
            undo(e);
            throw e;
        }
    }

    private void create(BlockDevice device) throws IOException {
        long features = control.features();
        UblkOptions chosen = device.wantsBuffers() ? options.withBoundedBuffers() : options;
        boolean userCopy = (features & Ublk.F_USER_COPY) != 0 && !chosen.bufferMode();
        info = control.add(UblkDeviceInfo.wanted(
                chosen.id(),
                chosen.queues(),
                chosen.depth(),
                chosen.maxIoBytes(),
                REQUIRED_FLAGS | (userCopy ? Ublk.F_USER_COPY : 0)));
        requireFlags();
        record.begin(info.id());
        control.setParams(info, device);
        boolean scansWithin = (features & Ublk.F_NO_AUTO_PART_SCAN) == 0;
        openQueues(device, scansWithin);
        control.start(info.id());
        if (scansWithin) {
            PartitionScan.run(info.blockPath());
        }
    }

    private void takeOver(BlockDevice device) throws IOException {
        int id = options.id();
        UblkDeviceInfo found = control.info(id);
        if (found.state() == Ublk.S_DEV_DEAD) {
            throw new SystemCallException(
                    Errno.EINVAL, "take over", found.blockPath() + ", which is " + found.stateName());
        }
        long size = control.sizeBytes(id);
        if (size != device.sizeBytes()) {
            throw new SystemCallException(
                    Errno.EINVAL,
                    "take over",
                    found.blockPath() + ", which has " + size + " bytes, with a device of " + device.sizeBytes());
        }
        retry(PREDECESSOR_PATIENCE_MS, () -> {
            control.startRecovery(id);
            return 0;
        });
        // From here on undo must close all that it finds, but must not delete the device, which is the predecessor's.
        info = control.info(id);
        requireFlags();
        openQueues(device, false);
        control.endRecovery(id);
    }

    private void requireFlags() throws SystemCallException {
        if (!info.has(REQUIRED_FLAGS)) {
            throw new SystemCallException(
                    Errno.EOPNOTSUPP,
                    "ublk ADD_DEV",
                    "flags 0x" + Long.toHexString(REQUIRED_FLAGS & ~info.flags())
                            + " are missing: USER_RECOVERY_REISSUE needs Linux 6.1, CMD_IOCTL_ENCODE Linux 6.4");
        }
    }

    private void openQueues(BlockDevice device, boolean unprivileged) throws IOException {
        boolean survives = survivesDeathOfServer();
        charFd = retry(OPEN_PATIENCE_MS, () -> calls.open(info.charPath(), Linux.O_RDWR));
        for (int queue = 0; queue < info.queues(); queue++) {
            BitSet cpus = control.affinity(info.id(), queue);
            queues.add(new UblkQueue(info, queue, charFd, cpus, device, survives, unprivileged));
        }
        queues.forEach(UblkQueue::start);
        for (UblkQueue queue : queues) {
            queue.awaitFetched();
        }
        if (!survives) {
            keeper = RingKeeper.start(queues.stream().map(UblkQueue::ringFd).toList());
        }
    }

    /**
     * Whether the kernel has no need of a {@link RingKeeper}. No feature says that the race is repaired; QUIESCE is the
     * first feature that came after the repair.
     */
    private boolean survivesDeathOfServer() throws SystemCallException {
        return (control.features() & Ublk.F_QUIESCE) != 0;
    }

    private interface Attempt {
        int run() throws SystemCallException;
    }

    // Tries again and again, off the I/O path: the kernel gives no notice when a device node appears, or a dead process
    // is gone.
    private static int retry(long patienceMs, Attempt attempt) throws SystemCallException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMs);
        while (true) {
            try {
                return attempt.run();
            } catch (SystemCallException e) {
                if (e.errno() != Errno.EBUSY && e.errno() != Errno.ENOENT || System.nanoTime() > deadline) {
                    throw e;
                }
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(RETRY_MS));
        }
    }

    // Takes back what start has done, in reverse. Failures on the way are told beside the cause.
    private void undo(Throwable cause) {
        try {
            leaveQueues(options.takeOver());
            if (info != null && !options.takeOver()) {
                control.delete(info.id());
                record.end();
            }
        } catch (IOException | RuntimeException e) {
            cause.addSuppressed(e);
        }
        try {
            control.close();
        } catch (IOException | RuntimeException e) {
            cause.addSuppressed(e);
        }
        info = null;
    }

    /** @param deviceStays whether the device stays, and with the device its clients' requests */
    private void leaveQueues(boolean deviceStays) throws IOException {
        queues.forEach(UblkQueue::leave);
        awaitQueues();
        queues.clear();
        RingKeeper current = keeper;
        keeper = null;
        if (current != null && deviceStays) {
            current.leave();
        } else if (current != null) {
            current.release();
        }
        if (charFd >= 0) {
            int fd = charFd;
            charFd = -1;
            calls.close(fd);
        }
    }

    /** @throws IOException with the names of threads that do not end; what these threads use stays as it is */
    private void awaitQueues() throws IOException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(QUEUE_PATIENCE_MS);
        List<String> left = queues.stream()
                .filter(queue -> !queue.join(end))
                .map(UblkQueue::threadName)
                .toList();
        if (!left.isEmpty()) {
            throw new IOException("waits for transfers of the backing device, which do not end, by thread "
                    + String.join(", ", left));
        }
    }

    @Override
    public String location() {
        return info == null ? "" : info.blockPath();
    }

    /** One line for people: queues, depth and how data is moved. */
    public String describe() {
        return info.blockPath() + ", " + info.queues() + " queues of " + info.depth() + " requests up to "
                + info.maxIoBytes() + " bytes, " + (info.has(Ublk.F_USER_COPY) ? "user copy" : "buffers") + ", flags 0x"
                + Long.toHexString(info.flags());
    }

    @Override
    public int openCount() {
        UblkDeviceInfo current = info;
        return current == null ? 0 : OpenCount.of("ublkb" + current.id());
    }

    @Override
    public List<String> openers() {
        UblkDeviceInfo current = info;
        return current == null ? List.of() : OpenCount.usersOf("ublkb" + current.id());
    }

    @Override
    public void watchLastClose() {
        if (watching.compareAndSet(false, true)) {
            Thread watch = new Thread(this::awaitLastClose, "pcache-ublk-last-close");
            watch.setDaemon(true);
            watch.start();
        }
    }

    private void awaitLastClose() {
        while (openCount() > 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(LAST_CLOSE_MS));
        }
        // Before the call of onLastClose, which may want another watch.
        watching.set(false);
        if (info != null) {
            onLastClose.run();
        }
    }

    /**
     * Stops serving and leaves the device to a successor, as if the process had died, but with no request half done.
     * Clients wait until the device is taken over.
     */
    public void leave() throws IOException {
        if (info != null) {
            leaveQueues(true);
            control.close();
            info = null;
        }
    }

    /**
     * Takes the device away. Pages that clients have not yet written back are written first. A client that has the
     * device open gets errors. The device's number is free when the last client has closed the device.
     */
    @Override
    public void close() throws IOException {
        if (info != null) {
            control.stop(info.id());
            finish();
        }
    }

    /**
     * As {@link #close}, unless the device is open. The kernel tells so since Linux 7.0; with an older kernel, the
     * device is closed in any case.
     */
    @Override
    public boolean closeUnlessOpen() throws IOException {
        if (info == null || (control.features() & Ublk.F_SAFE_STOP_DEV) == 0) {
            close();
            return true;
        }
        try {
            control.tryStop(info.id());
        } catch (SystemCallException e) {
            if (e.errno() == Errno.EBUSY) {
                return false;
            }
            throw e;
        }
        finish();
        return true;
    }

    /** Ends the rest of a device that is stopped. */
    private void finish() throws IOException {
        int id = info.id();
        try {
            awaitQueues();
            leaveQueues(false);
        } finally {
            info = null;
            try {
                // Where a queue does not end, the kernel deletes the device when the process ends.
                delete(control, id);
                record.end();
            } finally {
                control.close();
            }
        }
    }

    private static void delete(UblkControl control, int id) throws SystemCallException {
        try {
            control.delete(id);
        } catch (SystemCallException e) {
            // If the device is still open, the kernel deletes the device at the last close. Or the device has been
            // deleted already.
            if (e.errno() != Errno.ETIMEDOUT && e.errno() != Errno.ENODEV) {
                throw e;
            }
        }
    }
}
