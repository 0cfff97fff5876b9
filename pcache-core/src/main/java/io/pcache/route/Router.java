package io.pcache.route;

import io.pcache.request.Request;

/** Decides where requests go. Nothing else knows what the modes mean. */
public final class Router {
    /** The cache holds the data that is read. */
    public static final int HELD = 1;
    /** The leg that the request would take has no free buffer. */
    public static final int BUSY = 2;
    /** The backing device has got writes that it may lose with its power. */
    public static final int VOLATILE = 4;

    private Router() {}

    /**
     * Where a request, or a part of a request, goes. Depends on the arguments alone; hot.
     *
     * @param facts any of {@link #HELD}, {@link #BUSY} and {@link #VOLATILE}
     */
    public static Route route(Request.Op op, CacheMode mode, int facts) {
        boolean busy = (facts & BUSY) != 0;
        return switch (op) {
            case READ -> busy ? Route.WAIT : (facts & HELD) != 0 ? Route.CACHE : Route.BACKING;
            case WRITE, WRITE_ZEROES -> busy ? Route.WAIT : mode == CacheMode.WRITEBACK ? Route.CACHE : Route.BOTH;
            // In any mode: data that was written through before the mode changed may still be volatile.
            case FLUSH -> (facts & VOLATILE) != 0 ? Route.BOTH : Route.CACHE;
            case DISCARD -> Route.NOWHERE;
        };
    }

    /** Whether queues of this mode write to the backing device, and so need buffers for these writes. */
    public static boolean writesThrough(CacheMode mode) {
        return mode == CacheMode.WRITETHROUGH;
    }
}
