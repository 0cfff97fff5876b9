package io.pcache.writeback;

import io.pcache.flight.Flights;

/**
 * Tells whether others write to the backing device too, and which ranges of a batch are left to be written when their
 * turn comes.
 */
public interface Claims {
    /** Nobody else writes, and all ranges are left to be written. */
    Claims ALL = new Claims() {
        @Override
        public boolean isNeeded(int subtree, long extent) {
            return true;
        }

        @Override
        public int claim(Flights.Flight transfer, long offset, int length) {
            return length;
        }

        @Override
        public void release(Flights.Flight transfer, long offset) {}

        @Override
        public void flushEnded() {}
    };

    /**
     * Whether some of an extent was not written anew since the extent's key came, so that a loss of the extent matters.
     * Asked about data that the cache device fails to load.
     */
    boolean isNeeded(int subtree, long extent);

    /**
     * Takes the front of a range into the range that a transfer is to write. The given range lies in one subtree. The
     * transfer has the taken part to itself until {@link #release}.
     *
     * @param transfer has a range that ends where the given range begins, or has no range yet
     * @return the number of bytes at the front that may be written; or, negative, the number of bytes at the front that
     *     must not be written
     */
    int claim(Flights.Flight transfer, long offset, int length);

    /**
     * The transfer has ended, or is not made. Nothing happens if nothing was claimed.
     *
     * @param offset where the transfer's range begins
     */
    void release(Flights.Flight transfer, long offset);

    /** A flush of the backing device has ended, for which others wait too. */
    void flushEnded();
}
