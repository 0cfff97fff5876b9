package io.pcache.nbd;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the clients past the negotiation. A client that has gone still holds a place, and with it memory, until the
 * client's last request has ended. Safe for use by any thread.
 */
final class ClientCount {
    private final int limit;
    private final Runnable onLastClose;
    private final AtomicInteger places = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();

    /** @param onLastClose called when the number of open clients falls to 0 */
    ClientCount(int limit, Runnable onLastClose) {
        this.limit = limit;
        this.onLastClose = onLastClose;
    }

    /** Takes a place, if there is a free place; {@link #closed} and {@link #released} follow, once each. */
    boolean admit() {
        int taken = places.getAndUpdate(n -> n < limit ? n + 1 : n);
        if (taken == limit) {
            return false;
        }
        open.incrementAndGet();
        return true;
    }

    void closed() {
        if (open.decrementAndGet() == 0) {
            onLastClose.run();
        }
    }

    void released() {
        places.decrementAndGet();
    }

    int open() {
        return open.get();
    }
}
