package io.pcache.backing;

import io.pcache.sys.IovecLayout;
import io.pcache.sys.NativeMemory;
import java.nio.ByteBuffer;

/**
 * Pieces of memory from which one write takes its bytes, in order. They are kept as the kernel wants them: as an array
 * of {@code struct iovec}. Made once and filled again and again; after that nothing is allocated. Keeps no memory
 * reachable but its own. Owned by one thread at a time: by the thread that fills the pieces, then by the queue.
 */
public final class MemoryPieces {
    private final int capacity;
    private final ByteBuffer vectors;
    private final long address;
    private int first;
    private int end;
    private int bytes;
    private int dropped;

    /** @param capacity most pieces, 1 to 1024, which is the kernel's own limit */
    public MemoryPieces(int capacity) {
        this.capacity = capacity;
        this.vectors = NativeMemory.allocate(capacity * IovecLayout.BYTES);
        this.address = NativeMemory.address(vectors);
    }

    public void clear() {
        first = 0;
        end = 0;
        bytes = 0;
        dropped = 0;
    }

    /**
     * Adds a piece. A piece that begins where the last one ends is joined to the last one. Returns false, and adds
     * nothing, if there is no room.
     */
    public boolean add(long pieceAddress, int length) {
        int last = (end - 1) * IovecLayout.BYTES;
        if (end > 0
                && vectors.getLong(last + IovecLayout.BASE) + vectors.getLong(last + IovecLayout.LENGTH)
                        == pieceAddress) {
            vectors.putLong(last + IovecLayout.LENGTH, vectors.getLong(last + IovecLayout.LENGTH) + length);
        } else if (end < capacity) {
            vectors.putLong(end * IovecLayout.BYTES + IovecLayout.BASE, pieceAddress);
            vectors.putLong(end * IovecLayout.BYTES + IovecLayout.LENGTH, length);
            end++;
        } else {
            return false;
        }
        bytes += length;
        return true;
    }

    /** Bytes of all pieces added, including those that were {@linkplain #dropTo dropped}. */
    public int bytes() {
        return bytes;
    }

    /**
     * Drops the first {@code total} of the {@link #bytes}, because they are transferred: {@link #count} and
     * {@link #vectors} no longer show them. The total only grows.
     */
    public void dropTo(int total) {
        while (dropped < total) {
            int at = first * IovecLayout.BYTES;
            int part = (int) Math.min(vectors.getLong(at + IovecLayout.LENGTH), total - dropped);
            vectors.putLong(at + IovecLayout.BASE, vectors.getLong(at + IovecLayout.BASE) + part);
            vectors.putLong(at + IovecLayout.LENGTH, vectors.getLong(at + IovecLayout.LENGTH) - part);
            dropped += part;
            if (vectors.getLong(at + IovecLayout.LENGTH) == 0) {
                first++;
            }
        }
    }

    /** Number of pieces that are not dropped. */
    public int count() {
        return end - first;
    }

    /** Address of the array of {@code struct iovec}, which has {@link #count} elements. */
    public long vectors() {
        return address + (long) first * IovecLayout.BYTES;
    }

    /** Address of a piece. Index 0 is the first piece that is not dropped. */
    public long address(int index) {
        return vectors.getLong((first + index) * IovecLayout.BYTES + IovecLayout.BASE);
    }

    /** Bytes of a piece. */
    public int length(int index) {
        return (int) vectors.getLong((first + index) * IovecLayout.BYTES + IovecLayout.LENGTH);
    }
}
