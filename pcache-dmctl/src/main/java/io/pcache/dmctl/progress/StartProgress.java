package io.pcache.dmctl.progress;

import io.pcache.control.Activity;
import io.pcache.control.ControlException;
import io.pcache.control.Device;
import io.pcache.control.DeviceControl;
import io.pcache.dmctl.invocation.Invocation;
import java.util.concurrent.TimeUnit;

/**
 * Draws how far a target has come with a device that a command waits for. A thread of its own asks the target, so the
 * request that the command waits for is never disturbed. Without a terminal nothing is asked.
 *
 * <p>{@link #close} may be called by any thread, and more than once; afterwards nothing is drawn.
 */
public final class StartProgress implements AutoCloseable {
    private final ProgressLine line;
    private final DeviceControl control;
    private final String name;
    private boolean closed;

    private StartProgress(ProgressLine line, Device device) {
        this.line = line;
        this.control = device.control();
        this.name = device.displayName();
    }

    /** Begins to watch; null where nobody would see the bar. */
    public static StartProgress of(Invocation invocation, Device device) {
        if (!ProgressLine.isDrawnFor(invocation)) {
            return null;
        }
        StartProgress progress = new StartProgress(ProgressLine.of(invocation), device);
        progress.new Watch().start();
        return progress;
    }

    private final class Watch extends Thread {
        Watch() {
            super("start-progress");
            setDaemon(true);
        }

        @Override
        public void run() {
            try {
                for (long pause = ProgressLine.FIRST_NANOS; pause(pause); pause = ProgressLine.INTERVAL_NANOS) {
                    show(activity());
                }
            } catch (InterruptedException e) {
                // No thread of this process interrupts this one. The command would go on without a bar.
                return;
            }
        }
    }

    private Activity activity() {
        try {
            return control.info(false).activity();
        } catch (ControlException e) {
            // The target is not up yet, or is failing. The command that waits for the target will tell of the failure.
            return Activity.NONE;
        }
    }

    /** @return whether to go on */
    private synchronized boolean pause(long nanos) throws InterruptedException {
        long end = System.nanoTime() + nanos;
        for (long left = nanos; !closed && left > 0; left = end - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return !closed;
    }

    private synchronized void show(Activity activity) {
        if (!closed) {
            line.draw(name + ": " + (activity.any() ? activity.what() : "start"), activity.done(), activity.total());
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
        line.close();
    }
}
