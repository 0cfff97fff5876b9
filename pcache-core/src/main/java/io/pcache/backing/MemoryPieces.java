package io.pcache.backing;

import io.pcache.sys.IovecLayout;
import io.pcache.sys.NativeMemory;
import java.nio.ByteBuffer;

/**
 * Pieces of memory that one write takes its bytes from, in order, as the kernel wants to be told: an array of
 * {@code struct iovec}. Made once, filled again and again; allocates nothing after that. Keeps no memory reachable but
 * its own. Owned by one thread at a time: who fills it, then the queue.
 */
public final class MemoryPieces {
    private final int capacity;
    private final ByteBuffer vectors;
    private final long address;
    private int first;
    private int end;
    private int bytes;
    private int dropped;

    /** @param capacity pieces at most, 1 to 1024, which is the kernel's own limit */
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
     * Adds a piece, and joins it to the last one if it begins where that ends. Returns false, and adds nothing, if
     * there is no room.
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

    /** Of all pieces added, those that were {@linkplain #dropTo dropped} among them. */
    public int bytes() {
        return bytes;
    }

    /**
     * Leaves the first {@code total} of the {@link #bytes} out of what {@link #count} and {@link #vectors} show: they
     * are transferred. Only ever more.
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

    /** Pieces not dropped. */
    public int count() {
        return end - first;
    }

    /** Address of the array of {@code struct iovec}, {@link #count} of them. */
    public long vectors() {
        return address + (long) first * IovecLayout.BYTES;
    }

    /** Address of a piece; of the first one not dropped for 0. */
    public long address(int index) {
        return vectors.getLong((first + index) * IovecLayout.BYTES + IovecLayout.BASE);
    }

    /** Bytes of a piece. */
    public int length(int index) {
        return (int) vectors.getLong((first + index) * IovecLayout.BYTES + IovecLayout.LENGTH);
    }
}
