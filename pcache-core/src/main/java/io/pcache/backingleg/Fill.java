package io.pcache.backingleg;

import io.pcache.backing.BackingIo;
import io.pcache.flight.Flights;
import io.pcache.request.Request;
import java.nio.ByteBuffer;

/**
 * A read of the backing device for a range that the cache does not hold. The data goes through a buffer of the queue,
 * because a client may change its own buffer while the data's checksum is computed. Owned by a queue; used again and
 * again.
 */
public final class Fill extends Flights.Flight {
    /** Most bytes of a fill. */
    static final int MAX_BYTES = 128 << 10;
    /** The range may begin or end inside a block of the backing device, so there is room for a block at each end. */
    private static final int MAX_BLOCK = 4096;

    private final ByteBuffer buffer;
    final BackingIo io;
    /** The request for which the range is read. Null once the request was given up: nobody wants the data then. */
    Request request;

    int subtree;
    long offset;
    int length;
    /** Where in the buffer the range starts. The transfer begins earlier, because it has whole blocks. */
    private int skip;
    /** Whether the fill is among the flights, so that its data may be cached. */
    boolean entered;
    /** The link in a list: of free fills, of fills that a read is about to submit, or of transfers under way. */
    public Fill next;

    Fill previous;

    /** @param buffer of {@link #bufferBytes} for the most that the fill will read, at a multiple of 4096 */
    Fill(BackingLeg leg, ByteBuffer buffer) {
        this.buffer = buffer;
        io = new BackingIo() {
            @Override
            protected void completed() {
                leg.ended(Fill.this);
            }
        };
    }

    /** What a fill's buffer must hold, for a range of so many bytes: a multiple of 4096. */
    static int bufferBytes(int length) {
        return (length + MAX_BLOCK - 1 & -MAX_BLOCK) + 2 * MAX_BLOCK;
    }

    void describe(Request wanting, int ofSubtree, long at, int bytes) {
        request = wanting;
        subtree = ofSubtree;
        offset = at;
        length = bytes;
    }

    /** @param blockBytes the backing device's logical block, a power of two, at most 4096 */
    BackingIo transfer(int blockBytes) {
        long start = offset & -blockBytes;
        long end = offset + length + blockBytes - 1 & -blockBytes;
        skip = (int) (offset - start);
        return io.prepare(BackingIo.Kind.READ, start, buffer, 0, (int) (end - start));
    }

    /** The request that wants the range; null if none does any more. */
    public Request request() {
        return request;
    }

    /** The subtree in which the range lies. */
    public int subtree() {
        return subtree;
    }

    /** Where the range starts, in bytes of the device. */
    public long offset() {
        return offset;
    }

    /** Bytes of the range. */
    public int length() {
        return length;
    }

    /** Where the data is, from {@link #bufferIndex} on. */
    public ByteBuffer buffer() {
        return buffer;
    }

    public int bufferIndex() {
        return skip;
    }

    /** Whether the data may become a clean key. Not so for data that the cache held damaged, and that is read again. */
    public boolean isForCache() {
        return entered;
    }
}
