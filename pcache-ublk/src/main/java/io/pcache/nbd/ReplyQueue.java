package io.pcache.nbd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;

/** Replies to one client, in the order in which they go out. */
final class ReplyQueue {
    /** The largest number of buffers for one write: a head and data for each piece of a connection. */
    static final int GATHER_SIZE = 2 * PiecePool.PIECES;

    private final GatheringByteChannel channel;
    private final PiecePool pool;
    private final ByteBuffer[] gather;
    private Piece first;
    private Piece last;

    /** @param gather scratch of {@link #GATHER_SIZE}, which all connections of a thread can share */
    ReplyQueue(GatheringByteChannel channel, PiecePool pool, ByteBuffer[] gather) {
        this.channel = channel;
        this.pool = pool;
        this.gather = gather;
    }

    boolean isEmpty() {
        return first == null;
    }

    /** Takes a piece; its head and its window are to be sent. */
    void add(Piece piece) {
        piece.next = null;
        if (first == null) {
            first = piece;
        } else {
            last.next = piece;
        }
        last = piece;
    }

    /** Sends as much as the client takes without waiting, and frees the pieces that are sent. */
    void send() throws IOException {
        if (first == null) {
            return;
        }
        int buffers = 0;
        for (Piece piece = first; piece != null; piece = piece.next) {
            if (piece.head.hasRemaining()) {
                gather[buffers++] = piece.head;
            }
            if (piece.window != null) {
                gather[buffers++] = piece.window;
            }
        }
        channel.write(gather, 0, buffers);
        while (first != null && isSent(first)) {
            Piece sent = first;
            first = sent.next;
            pool.give(sent);
        }
    }

    private static boolean isSent(Piece piece) {
        return !piece.head.hasRemaining() && (piece.window == null || !piece.window.hasRemaining());
    }
}
