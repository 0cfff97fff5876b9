package io.pcache.writeback;

import io.pcache.flight.Flights;

/** Who else writes to the backing device, and what of a batch is left to be written when its turn comes. */
public interface Claims {
    /** Nobody else does, and all is. */
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
     * Asked about data that the cache device fails to load: whether some of an extent was not written anew since its
     * key came, so that its loss matters.
     */
    boolean isNeeded(int subtree, long extent);

    /**
     * Takes the front of a range, which lies in one subtree, into the range that a transfer is to write; the transfer
     * has it to itself until {@link #release}.
     *
     * @param transfer whose range so far ends where this one begins, or that has none yet
     * @return bytes from the front that may be written; or negative, the bytes from the front that must not be
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
