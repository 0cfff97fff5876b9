package io.pcache.nbd;

import java.nio.ByteBuffer;

/**
 * A connection's pieces and memory. Its home segment holds the heads of replies, the buffer that requests are received
 * in, and pages for pieces; further segments come and go with the load.
 */
final class PiecePool {
    /** Most pieces at once, in the request queue or waiting to be sent: a connection's queue depth. */
    static final int PIECES = 128;
    /** Most segments besides the home: 4 MiB in flight. */
    static final int MAX_SPARE = 16;

    private static final int HEAD_BYTES = PIECES * ReplyHeader.MAX_SIZE;
    private static final int RECEIVE_BYTES = 15 * Segment.PAGE_BYTES;

    private final SegmentPool segments;
    private final Segment home;
    private final Segment[] spare = new Segment[MAX_SPARE];
    private int spares;

    private final Connection connection;
    private final Piece[] free = new Piece[PIECES];
    private int freePieces;
    private int made;

    PiecePool(SegmentPool segments, Segment home, Connection connection) {
        this.segments = segments;
        this.home = home;
        this.connection = connection;
        home.take(Segment.pages(HEAD_BYTES) + Segment.pages(RECEIVE_BYTES));
    }

    /** The buffer that requests are received in. */
    ByteBuffer receiveBuffer() {
        return home.memory.slice(Segment.pages(HEAD_BYTES) * Segment.PAGE_BYTES, RECEIVE_BYTES);
    }

    boolean hasPiece() {
        return freePieces > 0 || made < PIECES;
    }

    /** A piece without data; there must be one. */
    Piece take() {
        Piece piece = freePieces > 0 ? free[--freePieces] : make();
        piece.begin();
        return piece;
    }

    /**
     * A piece with room for 1 to {@link Piece#MAX_BYTES} bytes; null when there is none until another one is given
     * back.
     */
    Piece take(int bytes) {
        if (!hasPiece()) {
            return null;
        }
        int pages = Segment.pages(bytes);
        Segment segment = home;
        int page = home.take(pages);
        for (int i = 0; page < 0; i++) {
            if (i == spares && !takeSpare()) {
                return null;
            }
            segment = spare[i];
            page = segment.take(pages);
        }
        Piece piece = take();
        piece.begin(segment, page, bytes);
        return piece;
    }

    void give(Piece piece) {
        giveData(piece);
        free[freePieces++] = piece;
    }

    /** Frees a piece's data ahead of the piece. */
    void giveData(Piece piece) {
        Segment segment = piece.segment;
        if (segment == null) {
            return;
        }
        segment.give(piece.firstPage, Segment.pages(piece.bytes));
        piece.begin();
        if (segment != home && segment.isFree()) {
            giveSpare(segment);
        }
    }

    /** Gives all memory back. No piece may be in the request queue. */
    void close() {
        while (spares > 0) {
            segments.giveSpare(spare[--spares]);
        }
        segments.giveHome(home);
    }

    private Piece make() {
        return new Piece(connection, home.memory.slice(made++ * ReplyHeader.MAX_SIZE, ReplyHeader.MAX_SIZE));
    }

    private boolean takeSpare() {
        Segment segment = spares < MAX_SPARE ? segments.takeSpare() : null;
        if (segment == null) {
            return false;
        }
        spare[spares++] = segment;
        return true;
    }

    private void giveSpare(Segment segment) {
        int i = 0;
        while (spare[i] != segment) {
            i++;
        }
        spare[i] = spare[--spares];
        spare[spares] = null;
        segments.giveSpare(segment);
    }
}
