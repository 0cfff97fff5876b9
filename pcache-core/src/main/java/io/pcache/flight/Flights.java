package io.pcache.flight;

import io.pcache.index.CacheIndex;
import java.util.Arrays;
import java.util.Objects;

/**
 * What is under way between the cache and the backing device, by the range of the device. If the outcome of a transfer
 * depends on what others do to its range, the transfer is entered as a {@link Flight}. The others look here, and do
 * what the flight's kind asks for.
 *
 * <ul>
 *   <li>{@link #FILL}: a read whose data is to be put into the cache. A write that is accepted for a part of the range
 *       cancels the fill. The fill's data is older than the write, and must not hide the write, even when the write has
 *       long been written back and dropped.
 *   <li>{@link #INTENT}: a queue's write to the backing device that is to come, as soon as its key is durable.
 *       Write-back passes no key in such a range: the queue writes the data itself, and until then older and newer keys
 *       of the range must stay in the log.
 *   <li>{@link #BACKING_WRITE}: such a write under way. No other write to the backing device may overlap it.
 *   <li>{@link #WRITE_BACK}: a write of write-back under way; the same holds.
 * </ul>
 *
 * <p>A caller that must wait for a flight {@linkplain #isBlocked asks here}, and is woken by
 * {@link io.pcache.wake.Doorbells#flightEnded} when the flight has left.
 *
 * <p>All methods are called with the lock of the subtree held in which the whole range lies. There is a list for each
 * stripe of subtrees; a list is nearly always empty. Nothing is allocated.
 */
public final class Flights {
    public static final int FILL = 1;
    public static final int INTENT = 2;
    public static final int BACKING_WRITE = 4;
    public static final int WRITE_BACK = 8;

    private static final int LISTS = CacheIndex.requireListsForLocks("Flights.LISTS", 4096);

    /** A transfer. While it is not entered, it belongs to its maker. */
    public static class Flight {
        private Flight nextFlight;
        private int kind;
        private long start;
        private long end;
        private boolean cancelled;
        private boolean awaited;

        /** Whether a write was accepted in the range since {@link Flights#enter}. With the subtree's lock held. */
        public final boolean isCancelled() {
            return cancelled;
        }
    }

    private final Flight[] lists = new Flight[LISTS];

    /**
     * Enters a transfer that begins.
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
        flight.awaited = false;
        flight.nextFlight = lists[list];
        lists[list] = flight;
    }

    /** Cancels the fills that overlap a range, for which a write was accepted. Hot. */
    public void cancelFills(int subtree, long offset, int length) {
        for (Flight flight = lists[subtree & LISTS - 1]; flight != null; flight = flight.nextFlight) {
            if (flight.kind == FILL && flight.start < offset + length && offset < flight.end) {
                flight.cancelled = true;
            }
        }
    }

    /** Gives an entered flight another kind, and another range of the same subtree. */
    public void change(Flight flight, int kind, long offset, int length) {
        flight.kind = kind;
        flight.start = offset;
        flight.end = offset + length;
    }

    /** Enters a flight. If the flight is entered already, its range is made to reach to the end of the given range. */
    public void extend(int subtree, Flight flight, int kind, long offset, int length) {
        if (flight.kind == 0) {
            enter(subtree, flight, kind, offset, length);
        } else {
            flight.end = Math.max(flight.end, offset + length);
        }
    }

    /**
     * Whether a flight of certain kinds overlaps a range. If so, the caller is taken to wait for that flight.
     *
     * @param kinds the kinds that are in the way, added up
     */
    public boolean isBlocked(int subtree, long offset, int length, int kinds) {
        for (Flight flight = lists[subtree & LISTS - 1]; flight != null; flight = flight.nextFlight) {
            if ((flight.kind & kinds) != 0 && flight.start < offset + length && offset < flight.end) {
                flight.awaited = true;
                return true;
            }
        }
        return false;
    }

    /** Whether nothing is under way. Takes no lock: for the time when all queues are closed. */
    public boolean isEmpty() {
        return Arrays.stream(lists).allMatch(Objects::isNull);
    }

    /**
     * Takes out a flight whose transfer has ended. Nothing happens if the flight is not entered.
     *
     * @return whether somebody waits for the flight, and is to be woken once the lock is given back
     */
    public boolean leave(int subtree, Flight flight) {
        if (flight.kind == 0) {
            return false;
        }
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
        flight.kind = 0;
        return flight.awaited;
    }
}
