package io.pcache.server.device;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs work that may wait for a device that hangs on a thread of its own, so that other changes need not wait for the
 * work.
 */
final class Bounded {
    interface Work {
        void run() throws IOException;
    }

    private Bounded() {}

    /**
     * @param name of the thread
     * @return false when the work has not ended in time; the work goes on then
     * @throws IOException from the work
     */
    static boolean run(String name, long patienceMs, Work work) throws IOException {
        CompletableFuture<Void> end = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                        end.complete(null);
                    } catch (IOException | RuntimeException | Error e) {
                        end.completeExceptionally(e);
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    end.get(patienceMs, TimeUnit.MILLISECONDS);
                    return true;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw rethrown(e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static IOException rethrown(Throwable cause) {
        if (cause instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        if (cause instanceof Error error) {
            throw error;
        }
        return (IOException) cause;
    }
}
