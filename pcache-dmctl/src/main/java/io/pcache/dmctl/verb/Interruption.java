package io.pcache.dmctl.verb;

import io.pcache.control.Creation;
import io.pcache.dmctl.progress.StartProgress;

/**
 * Takes a half-made device away when the command is told to end (SIGINT, SIGTERM, SIGHUP); the exit status is that of
 * the signal.
 */
final class Interruption implements AutoCloseable {
    /** The device goes in any case, its target sees to that; this is for a script that goes on at once. */
    private static final long TIMEOUT_MS = 10_000;

    private final Creation creation;
    private final StartProgress progress;
    private final Thread hook;
    private volatile boolean came;

    /** @param progress ends, too; null for none */
    Interruption(Creation creation, StartProgress progress) {
        this.creation = creation;
        this.progress = progress;
        this.hook = new Hook();
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException e) {
            // It has come already. What is reserved, the next create clears away.
            came = true;
            holdIfCame();
        }
    }

    /** Not a lambda, for the sake of quick commands. */
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
     * To be called before anything is said of a failure: of what an interruption brings about there is nothing to say,
     * and the process is about to end.
     */
    void holdIfCame() {
        while (came) {
            try {
                Thread.sleep(TIMEOUT_MS);
            } catch (InterruptedException e) {
                // Nobody in this process does that, and its end is near.
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
