package io.pcache.nbd;

import java.nio.ByteBuffer;

/** An NBD command under way, made of one piece or of several. Belongs to a connection, which uses the object again. */
final class NbdCommand {
    int type;
    int flags;
    long cookie;
    long offset;
    long length;

    /** Bytes of a READ or WRITE that are not yet in a piece that was submitted. */
    long left;
    /** Pieces submitted and not completed. */
    int outstanding;
    /** The first error that a piece ended with, as the reply gives it. */
    int error;

    /**
     * Pieces of a READ whose reply has to be in order, oldest first, and whether the head of that reply has been sent.
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

    /** No piece is under way and none will follow. */
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
