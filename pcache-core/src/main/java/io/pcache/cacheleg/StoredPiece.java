package io.pcache.cacheleg;

import io.pcache.flight.Flights;
import io.pcache.request.Request;

/** A piece that a transfer stores: what the piece was placed for, and what becomes of it then. */
final class StoredPiece extends Piece {
    /** The write; null for a fill, and if the write was given up. */
    Request request;

    Object attachment;
    /** Whether the piece is data that was read from the backing device. */
    boolean isFill;
    /** The fill's entry among the flights, which a write to its range cancels. */
    final Flights.Flight flight = new Flights.Flight();

    void take(Piece placed, int dataChecksum, Request by, Object with) {
        placed(placed.offset, placed.length, placed.segment, placed.place);
        stored(dataChecksum);
        request = by;
        attachment = with;
        isFill = false;
    }
}
