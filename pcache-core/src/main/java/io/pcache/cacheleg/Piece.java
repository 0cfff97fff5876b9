package io.pcache.cacheleg;

import io.pcache.index.CacheIndex;

/**
 * A part of a write on its way into the cache, which becomes one key. First the piece has a place in a segment, and a
 * reference on that segment. Then the data is stored there. Then the log and the index have the piece, and the
 * reference is the key's. Owned by a queue; used again and again.
 */
public class Piece {
    private enum State {
        FREE,
        PLACED,
        STORED
    }

    private State state = State.FREE;
    long offset;
    int length;
    int segment;
    int place;
    int checksum;
    int error;

    void placed(long at, int bytes, int inSegment, int atPlace) {
        state = State.PLACED;
        offset = at;
        length = bytes;
        segment = inSegment;
        place = atPlace;
        error = 0;
    }

    void stored(int dataChecksum) {
        state = State.STORED;
        checksum = dataChecksum;
    }

    void free() {
        state = State.FREE;
    }

    boolean isStored() {
        return state == State.STORED;
    }

    /** Whether the piece has a place, and is not in the log yet. */
    public boolean isPlaced() {
        return state != State.FREE;
    }

    /** 0, or the negative errno with which the piece has ended. */
    public int error() {
        return error;
    }

    /** The piece as the index has it; also after the piece has ended. */
    public long extent() {
        return CacheIndex.extent(offset, length, false, segment, place);
    }

    /** Bytes of the piece; also after the piece has ended. */
    public int length() {
        return length;
    }
}
