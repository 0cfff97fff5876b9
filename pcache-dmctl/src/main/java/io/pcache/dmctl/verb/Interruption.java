package io.pcache.dmctl.verb;

import io.pcache.control.Creation;
import io.pcache.dmctl.progress.StartProgress;

/**
 * Takes a half-made device away when a signal ends the command (SIGINT, SIGTERM, SIGHUP). The exit status is that of
 * the signal.
 */
final class Interruption implements AutoCloseable {
    /**
     * How long the device's end is waited for. The target ends the device in any case; a script that goes on at once
     * shall find the device gone.
     */
    private static final long TIMEOUT_MS = 10_000;

    private final Creation creation;
    private final StartProgress progress;
    private final Thread hook;
    private volatile boolean came;

    /** @param progress the bar, which ends, too; null for none */
    Interruption(Creation creation, StartProgress progress) {
        this.creation = creation;
        this.progress = progress;
        this.hook = new Hook();
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The signal has come already. The next create clears away what is reserved.
            came = true;
            holdIfCame();
        }
    }

    /** A class, and no lambda, which would make quick commands slower. */
    private final class Hook extends Thread {
        Hook() {
            super("interruption");
        }

        @Override
        public void run() {
            came = true;
            if (progress != null) {
                progress.close();
            }
            creation.abandon(TIMEOUT_MS);
        }
    }

    /**
     * Never returns once a signal has come. To be called before a failure is told: what the signal itself brings about
     * is no failure to tell of, and the process is about to end.
     */
    void holdIfCame() {
        while (came) {
            try {
                Thread.sleep(TIMEOUT_MS);
            } catch (InterruptedException e) {
                // No thread of this process interrupts this one, and the end is near.
                continue;
            }
        }
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            holdIfCame();
        }
        creation.close();
    }
}
