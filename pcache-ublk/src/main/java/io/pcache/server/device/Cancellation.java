package io.pcache.server.device;

import java.util.ArrayList;
import java.util.List;

/** Tells a command that waits that nobody wants the outcome any more. Safe for use by any thread. */
public final class Cancellation {
    public static final Cancellation NEVER = new Cancellation();

    private final List<Runnable> listeners = new ArrayList<>(1);
    private boolean requested;

    /** An interest in the request, which ends with {@link #close}. */
    interface Listener extends AutoCloseable {
        @Override
        void close();
    }

    public synchronized boolean requested() {
        return requested;
    }

    public void request() {
        if (this == NEVER) {
            throw new IllegalStateException("shared by all commands that cannot be cancelled");
        }
        List<Runnable> tell;
        synchronized (this) {
            requested = true;
            tell = List.copyOf(listeners);
        }
        // Outside the lock: a listener takes the lock that a waiter holds while the waiter asks requested().
        tell.forEach(Runnable::run);
    }

    /**
     * @param action run at most once, on the requesting thread. Not run where the request has come before, so ask
     *     {@link #requested} after this call
     */
    public Listener listen(Runnable action) {
        synchronized (this) {
            listeners.add(action);
        }
        return () -> {
            synchronized (this) {
                listeners.remove(action);
            }
        };
    }
}
