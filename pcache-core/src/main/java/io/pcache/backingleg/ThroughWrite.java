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
 * A part of a write on its way to the backing device, after its way into the cache: the pieces of the cache that make
 * up the part, and a copy of their bytes. The bytes are copied from the cache, since a client may change its buffer
 * until the write ends. Owned by a queue; used again and again.
 */
public final class ThroughWrite extends Flights.Flight {
    /** Most bytes of a part, on the backing device. */
    static final int MAX_BYTES = 128 << 10;

    private static final int MAX_BLOCK = 4096;
    private static final int MAX_SECTORS = MAX_BYTES >>> DeviceLayout.SECTOR_SHIFT;
    /** A range is cut into a few pieces, where a segment ends, and where data checksums keep keys short. */
    private static final int MAX_PIECES = 8;

    private final ByteBuffer buffer = aligned();
    final BackingIo io;
    /** What the backing device holds around and between the sectors that are to be written. Made when first needed. */
    private ByteBuffer around;

    /** The pieces, in the order of addresses. */
    final long[] pieces = new long[MAX_PIECES];

    int pieceCount;
    /** A bit for each sector from {@link #offset} on that is to be written. */
    private final long[] wanted = new long[MAX_SECTORS / Long.SIZE];

    /** The request whose part this is; null if the request was given up, or if this object is free. */
    Request request;

    int subtree;
    long offset;
    /** Bytes of the pieces so far. {@link #limit} is the most that they may have. */
    int length;

    int limit;
    private int blockBytes;
    /** Whether the transfer under way is the read of {@link #around}, in front of the write. */
    boolean reads;

    /** Stores of pieces into the cache that have not ended. */
    public int stores;
    /** Whether no more pieces come. */
    public boolean isClosed;
    /** Whether the cache has not got all pieces. */
    public boolean hasFailed;
    /** How far the log must be committed before the backing device may be written. */
    public long keyTarget;
    /** The link in the list in which this object waits. */
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
        stores = 0;
        isClosed = false;
        hasFailed = false;
        next = null;
    }

    /** The request whose part this is; null if the request was given up. */
    public Request request() {
        return request;
    }

    /** Bytes that further pieces may have; 0 if there is no room for a piece. */
    public int room() {
        return pieceCount == MAX_PIECES ? 0 : limit - length;
    }

    public boolean isEmpty() {
        return length == 0;
    }

    /** The buffer for the next piece's bytes, which belong at {@link #bufferIndex}. */
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
     * Finds the sectors that are to be written: those that are dirty in the cache. For a sector that is clean there, or
     * not there at all, the backing device has already got a newer write. With the subtree's lock held.
     *
     * @return the number of these sectors
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

    /** Fills all sectors that are not to be written with what the backing device holds. */
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
