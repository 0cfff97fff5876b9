package io.pcache.nbd;

import java.nio.ByteBuffer;

/**
 * A connection's pieces and memory. The connection's home buffer holds the heads of replies, the memory for received
 * requests, and pages for pieces. Further page buffers come and go with the load.
 */
final class PiecePool {
    /** The largest number of pieces in the request queue, or waiting to be sent: a connection's queue depth. */
    static final int PIECES = 128;
    /** The largest number of buffers besides the home: 4 MiB in flight. */
    static final int MAX_SPARE = 16;

    private static final int HEAD_BYTES = PIECES * ReplyHeader.MAX_SIZE;
    private static final int RECEIVE_BYTES = 15 * PageBuffer.PAGE_BYTES;

    private final PageBufferPool buffers;
    private final PageBuffer home;
    private final PageBuffer[] spare = new PageBuffer[MAX_SPARE];
    private int spares;

    private final Connection connection;
    private final Piece[] free = new Piece[PIECES];
    private int freePieces;
    private int made;

    PiecePool(PageBufferPool buffers, PageBuffer home, Connection connection) {
        this.buffers = buffers;
        this.home = home;
        this.connection = connection;
        home.take(PageBuffer.pages(HEAD_BYTES) + PageBuffer.pages(RECEIVE_BYTES));
    }

    /** The buffer for received requests. */
    ByteBuffer receiveBuffer() {
        return home.memory.slice(PageBuffer.pages(HEAD_BYTES) * PageBuffer.PAGE_BYTES, RECEIVE_BYTES);
    }

    boolean hasPiece() {
        return freePieces > 0 || made < PIECES;
    }

    /** A piece without data. The caller has seen that {@link #hasPiece}. */
    Piece take() {
        Piece piece = freePieces > 0 ? free[--freePieces] : make();
        piece.begin();
        return piece;
    }

    /**
     * A piece with room for 1 to {@link Piece#MAX_BYTES} bytes; null when there is no piece, or no memory, until
     * another piece is given back.
     */
    Piece take(int bytes) {
        if (!hasPiece()) {
            return null;
        }
        int pages = PageBuffer.pages(bytes);
        PageBuffer buffer = home;
        int page = home.take(pages);
        for (int i = 0; page < 0; i++) {
            if (i == spares && !takeSpare()) {
                return null;
            }
            buffer = spare[i];
            page = buffer.take(pages);
        }
        Piece piece = take();
        piece.begin(buffer, page, bytes);
        return piece;
    }

    void give(Piece piece) {
        giveData(piece);
        free[freePieces++] = piece;
    }

    /** Frees the data of a piece before the piece is free. */
    void giveData(Piece piece) {
        PageBuffer buffer = piece.buffer;
        if (buffer == null) {
            return;
        }
        buffer.give(piece.firstPage, PageBuffer.pages(piece.bytes));
        piece.begin();
        if (buffer != home && buffer.isFree()) {
            giveSpare(buffer);
        }
    }

    /** Gives all memory back. No piece may be in the request queue. */
    void close() {
        while (spares > 0) {
            buffers.giveSpare(spare[--spares]);
        }
        buffers.giveHome(home);
    }

    private Piece make() {
        return new Piece(connection, home.memory.slice(made++ * ReplyHeader.MAX_SIZE, ReplyHeader.MAX_SIZE));
    }

    private boolean takeSpare() {
        PageBuffer buffer = spares < MAX_SPARE ? buffers.takeSpare() : null;
        if (buffer == null) {
            return false;
        }
        spare[spares++] = buffer;
        return true;
    }

    private void giveSpare(PageBuffer buffer) {
        int i = 0;
        while (spare[i] != buffer) {
            i++;
        }
        spare[i] = spare[--spares];
        spare[spares] = null;
        buffers.giveSpare(buffer);
    }
}
