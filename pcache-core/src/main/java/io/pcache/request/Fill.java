package io.pcache.request;

import io.pcache.backing.BackingIo;
import io.pcache.flight.PendingFills;
import java.nio.ByteBuffer;

/**
 * A read of the backing device for a range that the cache does not hold: answers a part of a request, and becomes a
 * clean key unless a write comes first. The data goes through a buffer of our own: the client may be changing its own
 * while we checksum. Owned by a queue; used again and again.
 */
final class Fill extends PendingFills.Fill {
    /** Most bytes of one fill. */
    static final int MAX_BYTES = 128 << 10;
    /** The backing device's blocks may be larger than the range's alignment: room for one at each end. */
    private static final int MAX_BLOCK = 4096;

    final ByteBuffer buffer;
    final BackingIo io;
    /** Null once it was given up: what the transfer brings is nobody's then. */
    Request request;

    int subtree;
    /** The range to answer, in bytes of the device. */
    long offset;

    int length;
    /** Where in the buffer it starts: the transfer is widened to whole blocks. */
    int skip;
    /** Whether it is among the pending fills, to be cached. */
    boolean watched;
    /** Among those free, or those that a read is about to submit, or the transfers under way. */
    Fill next;

    Fill previous;

    Fill(FillPath path, int bytes) {
        buffer = ByteBuffer.allocateDirect(bytes + 3 * MAX_BLOCK).alignedSlice(MAX_BLOCK);
        io = new BackingIo() {
            @Override
            protected void completed() {
                path.filled(Fill.this);
            }
        };
    }

    void describe(Request request, int subtree, long offset, int length) {
        this.request = request;
        this.subtree = subtree;
        this.offset = offset;
        this.length = length;
    }

    /** @param blockBytes of the backing device, a power of two, at most 4096 */
    BackingIo transfer(int blockBytes) {
        long start = offset & -blockBytes;
        long end = offset + length + blockBytes - 1 & -blockBytes;
        skip = (int) (offset - start);
        return io.prepare(BackingIo.Kind.READ, start, buffer, 0, (int) (end - start));
    }
}
