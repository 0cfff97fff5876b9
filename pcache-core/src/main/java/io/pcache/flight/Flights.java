package io.pcache.flight;

/**
 * What is under way between the cache and the backing device, by the range of the device that it concerns. Whoever
 * begins a transfer whose outcome depends on what others do to its range enters a {@link Flight}; the others look here,
 * and do what their kind asks for.
 *
 * <ul>
 *   <li>{@link #FILL}: a read whose data is to be put into the cache. A write that is accepted for part of the range
 *       cancels the fill: the data is older than the write, and must not hide the write even after the write has long
 *       been written back and dropped.
 * </ul>
 *
 * <p>All methods are called with the lock of the subtree held, in which the whole range lies. There is a list for each
 * stripe of subtrees; a list is nearly always empty. Nothing is allocated.
 */
public final class Flights {
    public static final int FILL = 1;

    /** A power of two, at least the number of stripes of the index: subtrees that share a list share a lock. */
    private static final int LISTS = 4096;

    /** One transfer. Owned by whoever made it while it is not entered. */
    public abstract static class Flight {
        private Flight nextFlight;
        private int kind;
        private long start;
        private long end;
        private boolean cancelled;

        /** Whether a write was accepted in the range since {@link Flights#enter}. With the subtree's lock held. */
        public final boolean isCancelled() {
            return cancelled;
        }
    }

    private final Flight[] lists = new Flight[LISTS];

    /**
     * A transfer begins.
     *
     * @param kind one of the constants above
     * @param offset of the range, in bytes of the device
     * @param length of the range, in bytes
     */
    public void enter(int subtree, Flight flight, int kind, long offset, int length) {
        int list = subtree & LISTS - 1;
        flight.kind = kind;
        flight.start = offset;
        flight.end = offset + length;
        flight.cancelled = false;
        flight.nextFlight = lists[list];
        lists[list] = flight;
    }

    /** A write to this range was accepted: fills that overlap the range are cancelled. Hot. */
    public void cancelFills(int subtree, long offset, int length) {
        for (Flight flight = lists[subtree & LISTS - 1]; flight != null; flight = flight.nextFlight) {
            if (flight.kind == FILL && flight.start < offset + length && offset < flight.end) {
                flight.cancelled = true;
            }
        }
    }

    /** The transfer has ended. */
    public void leave(int subtree, Flight flight) {
        int list = subtree & LISTS - 1;
        if (lists[list] == flight) {
            lists[list] = flight.nextFlight;
        } else {
            Flight before = lists[list];
            while (before.nextFlight != flight) {
                before = before.nextFlight;
            }
            before.nextFlight = flight.nextFlight;
        }
        flight.nextFlight = null;
    }
}
