package io.pcache.control;

import io.pcache.sys.Errno;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A device that is being created. The creator holds the file {@code creating} locked, and deletes the file when the
 * device is complete. When a target finds the lock free and the file there, the creator has ended half-way, for
 * whatever reason, and the target takes the device away again.
 *
 * <p>{@link #complete}, {@link #abandon} and {@link #close} are safe for use by any thread; the other methods are for
 * one thread.
 */
public final class Creation implements AutoCloseable {
    private static final String FILE = "creating";
    private static final long LOOK_MS = 10;

    private final RunDirectory directory;
    private final TargetStarter starter;
    private final Device device;
    private final String incarnation;
    private final LivenessLock lock;
    private boolean over;

    Creation(RunDirectory directory, TargetStarter starter, Device device, String incarnation, LivenessLock lock) {
        this.directory = directory;
        this.starter = starter;
        this.device = device;
        this.incarnation = incarnation;
        this.lock = lock;
    }

    static Path file(Path deviceFiles) {
        return deviceFiles.resolve(FILE);
    }

    public Device device() {
        return device;
    }

    /**
     * Starts the device's target and returns when the target answers. When this fails, nothing is left behind.
     *
     * @throws ControlException what the target said when it could not start
     */
    public void start(CreateOptions options) throws ControlException {
        try {
            starter.start(directory, device, incarnation, options);
        } catch (ControlException | RuntimeException e) {
            giveUp(e);
            throw e;
        }
    }

    private synchronized void giveUp(Exception failure) {
        if (over) {
            // By now the minor may belong to another device.
            return;
        }
        try (RegistryLock registry = RegistryLock.acquire(directory)) {
            release();
            DeviceFiles.delete(directory, device.minor());
        } catch (ControlException | IOException e) {
            // The next create finds out that the remaining files are out of date.
            failure.addSuppressed(e);
        }
    }

    private void release() throws IOException {
        over = true;
        lock.close();
    }

    /**
     * Makes the device stay, whatever becomes of its creator.
     *
     * @throws ControlException EINTR when the device has been abandoned
     */
    public synchronized void complete() throws ControlException {
        if (over) {
            throw new ControlException(
                    Errno.EINTR, device.displayName() + ": interrupted while it was created (-EINTR)");
        }
        try {
            // In this order, because the target looks at the content of the file when the target gets the lock. The
            // target looks at the file that it has open: by then, a restart may have made another file of this name.
            lock.empty();
            Files.deleteIfExists(file(device.directory()));
            release();
        } catch (IOException e) {
            throw ControlException.ofFile("cannot make the device's files", e);
        }
    }

    /**
     * Leaves a device that is not complete to its target, which takes the device away, and waits until the device is
     * gone.
     *
     * @param timeoutMs longest wait; after that, the target goes on, and nothing waits for it
     * @return false when the device was complete, or has been given up already
     */
    public boolean abandon(long timeoutMs) {
        synchronized (this) {
            if (over) {
                return false;
            }
            close();
        }
        long end = System.nanoTime() + timeoutMs * 1_000_000;
        try {
            while (Files.exists(device.directory()) && System.nanoTime() - end < 0) {
                Thread.sleep(LOOK_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return true;
    }

    /**
     * Leaves a device that is not complete to its target, which takes the device away. Does nothing for a complete
     * device.
     */
    @Override
    public synchronized void close() {
        try {
            if (!over) {
                release();
            }
        } catch (IOException e) {
            // The descriptor is gone in any case, and with it the lock.
            return;
        }
    }

    /**
     * For a target: watches the creator, on a thread for this purpose.
     *
     * @param onAbandoned called once on that thread when the creator has ended before the device was complete
     * @throws IOException when the file is there and cannot be opened
     */
    public static void watch(Device device, Runnable onAbandoned) throws IOException {
        Path file = file(device.directory());
        FileChannel channel;
        try {
            channel = FileChannel.open(file, StandardOpenOption.READ);
        } catch (NoSuchFileException e) {
            return;
        }
        Thread watch = new Thread(
                () -> {
                    if (isAbandoned(channel) && Files.exists(file)) {
                        onAbandoned.run();
                    }
                },
                "creator-watch");
        watch.setDaemon(true);
        watch.start();
    }

    /** Waits for the creator's end. A creator that has completed its device has left the file empty. */
    private static boolean isAbandoned(FileChannel channel) {
        try (channel;
                FileLock lock = channel.lock(0, Long.MAX_VALUE, true)) {
            return lock.isValid() && channel.size() > 0;
        } catch (IOException e) {
            // The reason of the creator's end is unknown, so the device stays.
            return false;
        }
    }
}
