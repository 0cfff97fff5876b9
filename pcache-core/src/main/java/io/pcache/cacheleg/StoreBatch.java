package io.pcache.cacheleg;

import io.pcache.backing.BackingIo;
import java.nio.ByteBuffer;

/**
 * Pieces that lie side by side in a segment, and are stored by one transfer. Pieces come in while the batch is open;
 * the batch is free again when the last of them is accepted.
 */
final class StoreBatch extends BackingIo {
    /** Most bytes of a batch: what an SSD takes in one piece. */
    static final int BYTES = 128 << 10;

    private static final int MAX_PIECES = 32;

    private final DeviceLeg leg;
    private final ByteBuffer staging;
    /** Where the batch's bytes are in the staging memory. */
    final int base;

    final StoredPiece[] pieces = new StoredPiece[MAX_PIECES];
    int count;
    /** How many of the pieces have ended. */
    int ended;

    int segment;
    /** Where in the segment's data the batch begins. */
    int place;
    /** Bytes that pieces have taken. */
    int bytes;
    /** Those of them that are fills. */
    int fillBytes;
    /** The link in the list of free batches, or of those whose pieces are to be accepted. */
    StoreBatch nextBatch;

    StoreBatch(DeviceLeg leg, ByteBuffer staging, int base) {
        this.leg = leg;
        this.staging = staging;
        this.base = base;
        for (int i = 0; i < MAX_PIECES; i++) {
            pieces[i] = new StoredPiece();
        }
    }

    void open(int inSegment, int atPlace) {
        segment = inSegment;
        place = atPlace;
        bytes = 0;
        fillBytes = 0;
        count = 0;
        ended = 0;
    }

    /** Whether another piece of so many bytes can come in. */
    boolean hasRoom(long length) {
        return count < MAX_PIECES && length <= BYTES - bytes;
    }

    /** The end of what the pieces take in the segment's data. */
    int end() {
        return place + bytes;
    }

    /**
     * Prepares the transfer.
     *
     * @param at the byte of the device at which the batch begins
     * @param unit what the length is rounded up to
     */
    StoreBatch write(long at, int unit) {
        int length = bytes + unit - 1 & -unit;
        // What pads the transfer must not be what a client wrote earlier.
        for (int i = bytes; i < length; i++) {
            staging.put(base + i, (byte) 0);
        }
        prepare(Kind.WRITE, at, staging, base, length);
        return this;
    }

    @Override
    protected void completed() {
        leg.ended(this);
    }
}
