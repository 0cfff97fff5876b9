package io.pcache.server.device;

import java.util.ArrayList;
import java.util.List;

/** Says to a command that waits that nobody wants its outcome any more. Safe for use by any thread. */
public final class Cancellation {
    public static final Cancellation NEVER = new Cancellation();

    private final List<Runnable> listeners = new ArrayList<>(1);
    private boolean requested;

    /** An interest in the request, until it is closed. */
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
        // Outside the lock: a listener takes the lock that its waiter holds when it asks requested().
        tell.forEach(Runnable::run);
    }

    /**
     * @param action run at most once, on the requesting thread; never when the request came earlier, so look at
     *     {@link #requested} after this
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
