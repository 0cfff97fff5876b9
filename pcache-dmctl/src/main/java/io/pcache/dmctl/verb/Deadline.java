package io.pcache.dmctl.verb;

import io.pcache.control.Device;
import java.util.concurrent.TimeUnit;

/**
 * The longest time until a new device can be used. When that time has passed, the target is killed. Nothing else ends a
 * replay half-way; the next target makes the replay again.
 */
final class Deadline implements AutoCloseable {
    private static final long MS_PER_SECOND = 1000;
    private static final long EXIT_SECONDS = 10;

    private final Thread watch;
    private volatile boolean passed;

    private Deadline(Device device, long endNanos) {
        this.watch = new Thread(() -> watch(device, endNanos), "deadline");
        watch.setDaemon(true);
        watch.start();
    }

    /**
     * @param endNanos when the time has passed, by {@link System#nanoTime}
     * @return null where there is no limit
     */
    static Deadline of(Device device, int seconds, long endNanos) {
        return seconds <= 0 ? null : new Deadline(device, endNanos);
    }

    static long endNanos(int seconds) {
        return System.nanoTime() + seconds * MS_PER_SECOND * 1_000_000;
    }

    private void watch(Device device, long endNanos) {
        try {
            Thread.sleep(Math.max(0, (endNanos - System.nanoTime()) / 1_000_000));
            passed = true;
            kill(device);
        } catch (InterruptedException e) {
            // The device can be used, or its table was refused.
            return;
        }
    }

    /** Ends a device's target, if the target lives, and waits up to 10 s for the end. */
    static void kill(Device device) {
        long pid = device.targetPid();
        if (pid > 0 && pid != ProcessHandle.current().pid()) {
            ProcessHandle.of(pid).ifPresent(target -> {
                target.destroyForcibly();
                // A target that waits for a device that hangs cannot end. The files of the new device are cleared away
                // all the same.
                target.onExit()
                        .completeOnTimeout(target, EXIT_SECONDS, TimeUnit.SECONDS)
                        .join();
            });
        }
    }

    boolean passed() {
        return passed;
    }

    @Override
    public void close() {
        watch.interrupt();
    }
}
