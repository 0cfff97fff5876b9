package io.pcache.nbd;

import java.nio.ByteBuffer;

/** An NBD command under way, made of one or more pieces. Belongs to a connection, which uses the object again. */
final class NbdCommand {
    int type;
    int flags;
    long cookie;
    long offset;
    long length;

    /** Bytes of a READ or WRITE that are not yet part of a submitted piece. */
    long left;
    /** Pieces that are submitted and not completed. */
    int outstanding;
    /** The first error of a piece, as the reply gives the error. */
    int error;

    /**
     * Pieces of a READ that has to be answered in order, oldest first. {@link #headSent}: whether the head of the reply
     * has been sent.
     */
    Piece first;

    Piece last;
    boolean headSent;

    NbdCommand next;

    void read(ByteBuffer buffer, int at) {
        type = RequestHeader.type(buffer, at);
        flags = RequestHeader.flags(buffer, at);
        cookie = buffer.getLong(at + RequestHeader.COOKIE);
        offset = RequestHeader.offset(buffer, at);
        length = RequestHeader.length(buffer, at);
        left = length;
        outstanding = 0;
        error = 0;
        first = null;
        last = null;
        headSent = false;
    }

    boolean fua() {
        return (flags & Protocol.CMD_FLAG_FUA) != 0;
    }

    /** Whether no piece is under way, and none will follow. */
    boolean ended() {
        return left == 0 && outstanding == 0;
    }

    void append(Piece piece) {
        piece.next = null;
        if (first == null) {
            first = piece;
        } else {
            last.next = piece;
        }
        last = piece;
    }
}
