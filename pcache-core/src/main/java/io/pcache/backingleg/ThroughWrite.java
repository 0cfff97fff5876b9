package io.pcache.backingleg;

import io.pcache.backing.BackingIo;
import io.pcache.flight.Flights;
import io.pcache.index.CacheIndex;
import io.pcache.index.Extent;
import io.pcache.media.DeviceLayout;
import io.pcache.request.Request;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A part of a write on its way to the backing device, behind its way into the cache: the pieces of the cache that it
 * consists of, and a copy of their bytes. The bytes are taken from the cache, since a client may change its buffer
 * until the write ends. Owned by a queue; used again and again.
 */
public final class ThroughWrite extends Flights.Flight {
    /** Most bytes of one, on the backing device. */
    static final int MAX_BYTES = 128 << 10;

    private static final int MAX_BLOCK = 4096;
    private static final int MAX_SECTORS = MAX_BYTES >>> DeviceLayout.SECTOR_SHIFT;
    /** Where segments end, and data checksums keep keys short, a range is cut into a few pieces. */
    private static final int MAX_PIECES = 8;

    private final ByteBuffer buffer = aligned();
    final BackingIo io;
    /** What the backing device holds around and between the parts that are to be written; made when first needed. */
    private ByteBuffer around;

    /** The pieces, in the order of addresses. */
    final long[] pieces = new long[MAX_PIECES];

    int pieceCount;
    /** A bit for each sector from {@link #offset} on that is to be written. */
    private final long[] wanted = new long[MAX_SECTORS / Long.SIZE];

    /** Whose part this is; null once the request was given up, or if this is free. */
    Request request;

    int subtree;
    long offset;
    /** Bytes of the pieces so far, and most that there may be. */
    int length;

    int limit;
    private int blockBytes;
    /** Whether the transfer under way reads what is around, before the write. */
    boolean reads;

    /** What the log must have committed before the backing device may be written. */
    public long keyTarget;
    /** The link of the list in which this waits. */
    public ThroughWrite next;

    ThroughWrite(BackingLeg leg) {
        io = new BackingIo() {
            @Override
            protected void completed() {
                leg.ended(ThroughWrite.this);
            }
        };
    }

    private static ByteBuffer aligned() {
        return ByteBuffer.allocateDirect(MAX_BYTES + 3 * MAX_BLOCK).alignedSlice(MAX_BLOCK);
    }

    void describe(Request of, int inSubtree, long at, int most, int block) {
        request = of;
        subtree = inSubtree;
        offset = at;
        limit = most;
        blockBytes = block;
        length = 0;
        pieceCount = 0;
        reads = false;
        next = null;
    }

    /** The request that this is a part of; null if it was given up. */
    public Request request() {
        return request;
    }

    /** Bytes that further pieces may have; 0 if this is full. */
    public int room() {
        return pieceCount == MAX_PIECES ? 0 : limit - length;
    }

    public boolean isEmpty() {
        return length == 0;
    }

    /** Where the next piece's bytes belong, at {@link #bufferIndex}. */
    public ByteBuffer buffer() {
        return buffer;
    }

    public int bufferIndex() {
        return (int) (offset - blockStart()) + length;
    }

    /** Takes a piece, whose bytes are in the buffer. */
    public void add(long extent) {
        pieces[pieceCount++] = extent;
        length += Extent.sectors(extent) << DeviceLayout.SECTOR_SHIFT;
    }

    // ---- the range on the backing device, in whole blocks

    long blockStart() {
        return offset & -blockBytes;
    }

    int blockLength() {
        return (int) ((offset + length + blockBytes - 1 & -blockBytes) - blockStart());
    }

    /**
     * Finds out what is to be written: what the cache holds dirty. What it holds clean, or not at all, the backing
     * device has got from a newer write. With the subtree's lock held.
     *
     * @return how many sectors that are
     */
    int findWanted(CacheIndex index) {
        Arrays.fill(wanted, 0);
        int from = CacheIndex.sector(offset);
        int end = from + (length >>> DeviceLayout.SECTOR_SHIFT);
        int count = 0;
        for (int at = from; at < end; ) {
            int run = index.dirtyRun(subtree, at, end);
            int runEnd = run < 0 ? ~run : run;
            for (int sector = at; run >= 0 && sector < runEnd; sector++) {
                int bit = sector - from;
                wanted[bit / Long.SIZE] |= 1L << bit;
                count++;
            }
            at = runEnd;
        }
        return count;
    }

    BackingIo write() {
        reads = false;
        return io.prepare(BackingIo.Kind.WRITE, blockStart(), buffer, 0, blockLength());
    }

    BackingIo readAround() {
        if (around == null) {
            around = aligned();
        }
        reads = true;
        return io.prepare(BackingIo.Kind.READ, blockStart(), around, 0, blockLength());
    }

    /** Puts what the backing device holds into all sectors that are not to be written. */
    void keepAround() {
        int first = (int) (offset - blockStart()) >>> DeviceLayout.SECTOR_SHIFT;
        int sectors = length >>> DeviceLayout.SECTOR_SHIFT;
        for (int i = 0; i < blockLength() >>> DeviceLayout.SECTOR_SHIFT; i++) {
            int bit = i - first;
            boolean own = bit >= 0 && bit < sectors && (wanted[bit / Long.SIZE] >>> bit & 1) != 0;
            if (!own) {
                int at = i << DeviceLayout.SECTOR_SHIFT;
                buffer.put(at, around, at, DeviceLayout.SECTOR_BYTES);
            }
        }
    }
}
