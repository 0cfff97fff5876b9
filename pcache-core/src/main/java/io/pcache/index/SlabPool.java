package io.pcache.index;

import java.util.Arrays;

/**
 * Memory for arrays of words, cut out of chunks by a buddy system: a slab has a power of two of words, and two free
 * halves of a larger one become one again.
 *
 * <p>A slab's <em>address</em> counts words over all chunks. Allocation and release lock the pool; the words of a slab that was given out
 * are its owner's.
 *
 * <p>The pool keeps its lists in the free slabs themselves:
 * <pre>
 *   word 0:  63        62     58                                      0
 *            +---------+------+---------------------------------------+
 *            | 1 free  | order| address of the next free slab, or END |
 *            +---------+------+---------------------------------------+
 *   word 1:  address of the slab before it in the list, or END
 * </pre>
 * So the first word of a slab in use must never have bit 63 set. That is what lets {@link #isFree} ask a neighbour whether it is
 * free. It reads the word without the neighbour's lock: the owner may be storing there, but both the old and the new value
 * have the bit clear, and the bit itself changes only under the pool's lock.
 */
final class SlabPool {
    /** Words of the smallest slab: 4. */
    static final int MIN_ORDER = 2;
    /** Words of the largest slab: 8192, an extent for each sector of a subtree. */
    static final int MAX_ORDER = 13;
    /** 256 KiB: below half of the smallest G1 region, since larger arrays waste the rest of their last region. */
    static final int CHUNK_ORDER = 15;
    static final int CHUNK_WORDS = 1 << CHUNK_ORDER;
    static final long CHUNK_BYTES = (long) CHUNK_WORDS * Long.BYTES;

    /** Result of an allocation that met the limit. */
    static final long NO_ROOM = -1;

    private static final long FREE = 1L << 63;
    private static final int ORDER_SHIFT = 59;
    private static final long ADDRESS_MASK = (1L << ORDER_SHIFT) - 1;
    private static final long END = ADDRESS_MASK;

    // Volatile: who reads a newer array than the one its slab's address came from must see the chunks in it.
    private volatile long[][] chunks;
    // Read without the lock: an old value only lets an array move a little later or sooner.
    private volatile int wanted;
    private int chunkCount;
    private long usedWords;
    private long limitWords;
    private long forced;
    private final long[] heads = new long[MAX_ORDER + 1];

    /** @param limitBytes rounded up to whole chunks, at least one */
    SlabPool(long limitBytes) {
        limitWords = wholeChunks(limitBytes) * CHUNK_WORDS;
        chunks = new long[(int) Math.min(limitWords / CHUNK_WORDS + 1, 4096)][];
        Arrays.fill(heads, END);
    }

    private static long wholeChunks(long bytes) {
        long count = Math.max(1, (bytes + CHUNK_BYTES - 1) / CHUNK_BYTES);
        if (bytes < 0 || count >= Integer.MAX_VALUE - 16) {
            throw new IllegalArgumentException("index memory limit out of range: " + bytes + " bytes");
        }
        return count;
    }

    /** The array that holds the slab at this address. */
    long[] chunk(long address) {
        return chunks[(int) (address >>> CHUNK_ORDER)];
    }

    /** Where in {@link #chunk} the slab begins. */
    static int index(long address) {
        return (int) address & CHUNK_WORDS - 1;
    }

    /** The smallest order whose slabs hold so many words. */
    static int orderFor(int words) {
        return Math.max(MIN_ORDER, Integer.SIZE - Integer.numberOfLeadingZeros(words - 1));
    }

    /**
     * Gives out a slab.
     *
     * @param force go beyond the limit rather than fail
     * @return its address, or {@link #NO_ROOM}
     */
    synchronized long allocate(int order, boolean force) {
        boolean withinLimit = usedWords + (1L << order) <= limitWords;
        int from = smallestFree(order);
        if (from > MAX_ORDER) {
            withinLimit &= (long) chunkCount * CHUNK_WORDS < limitWords;
        }
        if (!withinLimit) {
            if (!force) {
                wanted = Math.max(wanted, order);
                return NO_ROOM;
            }
            forced++;
        } else if (order >= wanted) {
            wanted = 0;
        }
        if (from > MAX_ORDER) {
            addChunk();
            from = MAX_ORDER;
        }
        long address = take(heads[from], from);
        for (int half = from - 1; half >= order; half--) {
            usedWords -= 1L << half;
            link(address + (1L << half), half);
        }
        return address;
    }

    /**
     * Gives out a slab that lies free in just this size, for an array that moves out of a larger one. Ignores the limit, since less is in use
     * after the move.
     *
     * @return its address, or {@link #NO_ROOM} when there is none
     */
    synchronized long takeFree(int order) {
        return heads[order] == END ? NO_ROOM : take(heads[order], order);
    }

    /**
     * Gives out another slab of the same size for one whose other half is free, so that the two become a larger slab when the old one is released.
     *
     * @return its address, or {@link #NO_ROOM} when the other half is in use or nothing else of this size is free
     */
    synchronized long takeAnother(long address, int order) {
        long buddy = address ^ 1L << order;
        if (order == MAX_ORDER || !isFree(buddy, order)) {
            return NO_ROOM;
        }
        long other = heads[order];
        if (other == buddy) {
            other = chunk(buddy)[index(buddy)] & ADDRESS_MASK;
        }
        return other == END ? NO_ROOM : take(other, order);
    }

    private long take(long address, int order) {
        unlink(address, order);
        chunk(address)[index(address)] = 0;
        usedWords += 1L << order;
        return address;
    }

    private boolean isFree(long address, int order) {
        return (chunk(address)[index(address)] & ~ADDRESS_MASK) == (FREE | (long) order << ORDER_SHIFT);
    }

    private int smallestFree(int order) {
        int from = order;
        while (from <= MAX_ORDER && heads[from] == END) {
            from++;
        }
        return from;
    }

    /** Takes a slab back. */
    synchronized void release(long address, int order) {
        usedWords -= 1L << order;
        while (order < MAX_ORDER) {
            long buddy = address ^ 1L << order;
            if (!isFree(buddy, order)) {
                break;
            }
            unlink(buddy, order);
            address &= ~(1L << order);
            order++;
        }
        link(address, order);
    }

    /**
     * The largest order that was refused since one of its size was given out, 0 when none was: somebody waits for removals to
     * make room for it.
     */
    int wanted() {
        return wanted;
    }

    private void link(long address, int order) {
        long next = heads[order];
        long[] words = chunk(address);
        int index = index(address);
        words[index] = FREE | (long) order << ORDER_SHIFT | next;
        words[index + 1] = END;
        if (next != END) {
            chunk(next)[index(next) + 1] = address;
        }
        heads[order] = address;
    }

    private void unlink(long address, int order) {
        long[] words = chunk(address);
        int index = index(address);
        long next = words[index] & ADDRESS_MASK;
        long previous = words[index + 1];
        if (previous == END) {
            heads[order] = next;
        } else {
            chunk(previous)[index(previous)] = FREE | (long) order << ORDER_SHIFT | next;
        }
        if (next != END) {
            chunk(next)[index(next) + 1] = previous;
        }
    }

    private void addChunk() {
        long[][] current = chunks;
        if (chunkCount == current.length) {
            current = Arrays.copyOf(current, chunkCount + Math.max(16, chunkCount / 8));
        }
        current[chunkCount] = new long[CHUNK_WORDS];
        chunks = current;
        long address = (long) chunkCount++ << CHUNK_ORDER;
        for (int at = CHUNK_WORDS - (1 << MAX_ORDER); at >= 0; at -= 1 << MAX_ORDER) {
            link(address + at, MAX_ORDER);
        }
    }

    /** Allocates all chunks up to the limit now, and one more for allocations that must not fail. */
    synchronized void preallocate() {
        while ((long) chunkCount * CHUNK_WORDS < limitWords + CHUNK_WORDS) {
            addChunk();
        }
    }

    /** Raises the limit; a lower one than the present is ignored. */
    synchronized void raiseLimit(long limitBytes) {
        limitWords = Math.max(limitWords, wholeChunks(limitBytes) * CHUNK_WORDS);
    }

    synchronized long limitBytes() {
        return limitWords * Long.BYTES;
    }

    /** Bytes of all chunks, used or not. */
    synchronized long memoryBytes() {
        return chunkCount * CHUNK_BYTES;
    }

    /** Bytes of the slabs that are given out. */
    synchronized long usedBytes() {
        return usedWords * Long.BYTES;
    }

    /** Allocations that went beyond the limit. */
    synchronized long forcedAllocations() {
        return forced;
    }
}
