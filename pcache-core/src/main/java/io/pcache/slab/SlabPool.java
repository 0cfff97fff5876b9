package io.pcache.slab;

import io.pcache.sys.NativeWords;
import java.util.Arrays;

/**
 * Memory for arrays of words, cut out of chunks by a buddy system: a slab has a power of two of words, and two free
 * halves of a larger slab become one again.
 *
 * <p>A slab's <em>address</em> counts words over all chunks; {@link #locate} tells where in the process these words
 * are. Allocation and release lock the pool. The words of a slab that was given out belong to its owner, and their
 * first content is undefined.
 *
 * <p>The pool keeps its lists in the free slabs themselves:
 *
 * <pre>
 *   word 0:  63        62     58                                      0
 *            +---------+------+---------------------------------------+
 *            | 1 free  | order| address of the next free slab, or END |
 *            +---------+------+---------------------------------------+
 *   word 1:  address of the slab before it in the list, or END
 * </pre>
 *
 * So the first word of a slab in use must never have bit 63 set. {@link #isFree} relies on this when it asks whether a
 * neighbour is free. The neighbour's word is read without its owner's lock, while the owner may be storing there. But
 * both the old and the new value have the bit clear, and the bit itself changes only under the pool's lock.
 */
public final class SlabPool implements GrowingMemory {
    /** Order of the smallest slab, which has 4 words. */
    public static final int MIN_ORDER = 2;
    /** Order of the largest slab, which has 8192 words: an extent for each sector of a subtree. */
    public static final int MAX_ORDER = 13;

    static final int CHUNK_ORDER = ChunkMemory.CHUNK_ORDER;
    static final int CHUNK_WORDS = ChunkMemory.CHUNK_WORDS;
    /** Bytes by which a pool grows. */
    public static final long CHUNK_BYTES = ChunkMemory.CHUNK_BYTES;

    /** Result of an allocation for which the limit leaves no room. */
    public static final long NO_ROOM = -1;

    private static final long FREE = 1L << 63;
    private static final int ORDER_SHIFT = 59;
    private static final long ADDRESS_MASK = (1L << ORDER_SHIFT) - 1;
    private static final long END = ADDRESS_MASK;

    /** Number of chunks that are kept for allocations that must not fail. */
    private static final int KEPT_CHUNKS = 1;
    /**
     * Bounds for the number of chunks ahead of use: a sixteenth of the chunks in use, but not less than 2 MiB and not
     * more than 32.
     */
    private static final int MIN_AHEAD = 8;

    private static final int MAX_AHEAD = 128;
    private static final int AHEAD_SHIFT = 4;

    private final ChunkMemory memory = new ChunkMemory();
    // Read without the lock: because of an old value, an array only moves a little later or sooner.
    private volatile int wanted;
    /** Number of chunks that slabs are cut out of. The chunks behind these are ahead of use. */
    private int chunkCount;

    private long usedWords;
    private long limitWords;
    private long forced;
    /** Called when there are few chunks ahead of use; null while the pool grows by itself. */
    private Runnable onShortage;

    private final long[] heads = new long[MAX_ORDER + 1];

    /** @param limitBytes rounded up to whole chunks, at least one */
    public SlabPool(long limitBytes) {
        limitWords = wholeChunks(limitBytes) * CHUNK_WORDS;
        Arrays.fill(heads, END);
    }

    private static long wholeChunks(long bytes) {
        long count = Math.max(1, (bytes + CHUNK_BYTES - 1) / CHUNK_BYTES);
        if (bytes < 0 || count >= Integer.MAX_VALUE - 16) {
            throw new IllegalArgumentException("index memory limit out of range: " + bytes + " bytes");
        }
        return count;
    }

    /** Where in the process a slab's first word is. */
    public long locate(long address) {
        return memory.locate(address);
    }

    /** The smallest order of a slab for {@code words} words. */
    public static int orderFor(int words) {
        return Math.max(MIN_ORDER, Integer.SIZE - Integer.numberOfLeadingZeros(words - 1));
    }

    /**
     * Gives out a slab.
     *
     * @param force whether to go beyond the limit rather than fail
     * @return the slab's address, or {@link #NO_ROOM}
     * @throws MemoryShortageException when the system gives no more, if the pool grows by itself or is forced to
     */
    public synchronized long allocate(int order, boolean force) {
        int from = smallestFree(order);
        if (!isWithinLimit(order, from)) {
            if (!force) {
                wanted = Math.max(wanted, order);
                callForMore();
                return NO_ROOM;
            }
            forced++;
        } else if (order >= wanted) {
            wanted = 0;
        }
        if (from > MAX_ORDER) {
            addChunk(force);
            from = MAX_ORDER;
        }
        long address = take(heads[from], from);
        for (int half = from - 1; half >= order; half--) {
            usedWords -= 1L << half;
            link(address + (1L << half), half);
        }
        return address;
    }

    /** Whether an allocation that may fail would succeed now, if nobody else came before it. */
    public synchronized boolean hasRoom(int order) {
        boolean room = isWithinLimit(order, smallestFree(order));
        if (!room) {
            callForMore();
        }
        return room;
    }

    private boolean isWithinLimit(int order, int from) {
        return usedWords + (1L << order) <= limitWords
                && (from <= MAX_ORDER
                        || (long) chunkCount * CHUNK_WORDS < limitWords
                                && (onShortage == null || ahead() > KEPT_CHUNKS));
    }

    private int ahead() {
        return memory.count() - chunkCount;
    }

    private void callForMore() {
        if (onShortage != null && wantedAhead() > ahead()) {
            onShortage.run();
        }
    }

    /** How many chunks should be ahead of use; never more than the limit allows to be used. */
    private int wantedAhead() {
        int most = Math.max(MIN_AHEAD, Math.min(MAX_AHEAD, chunkCount >> AHEAD_SHIFT));
        return KEPT_CHUNKS + (int) Math.max(0, Math.min(most, limitWords / CHUNK_WORDS - chunkCount));
    }

    /**
     * Gives out a slab that is free in exactly this size, for an array that moves out of a larger slab. Ignores the
     * limit, since less is in use after the move.
     *
     * @return the slab's address, or {@link #NO_ROOM} when there is none
     */
    public synchronized long takeFree(int order) {
        return heads[order] == END ? NO_ROOM : take(heads[order], order);
    }

    /**
     * Gives out another slab of the same size, for an array whose slab has a free other half. When the old slab is
     * released, the two halves become a larger slab.
     *
     * @return the slab's address, or {@link #NO_ROOM} when the other half is in use or no other slab of this size is
     *     free
     */
    public synchronized long takeAnother(long address, int order) {
        long buddy = address ^ 1L << order;
        if (order == MAX_ORDER || !isFree(buddy, order)) {
            return NO_ROOM;
        }
        long other = heads[order];
        if (other == buddy) {
            other = word(buddy) & ADDRESS_MASK;
        }
        return other == END ? NO_ROOM : take(other, order);
    }

    private long take(long address, int order) {
        unlink(address, order);
        NativeWords.set(locate(address), 0);
        usedWords += 1L << order;
        return address;
    }

    private long word(long address) {
        return NativeWords.get(locate(address));
    }

    private boolean isFree(long address, int order) {
        return (word(address) & ~ADDRESS_MASK) == (FREE | (long) order << ORDER_SHIFT);
    }

    private int smallestFree(int order) {
        int from = order;
        while (from <= MAX_ORDER && heads[from] == END) {
            from++;
        }
        return from;
    }

    /** Takes a slab back. */
    public synchronized void release(long address, int order) {
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
     * The largest order that was refused since a slab of this order was given out; 0 when none was refused. If not 0,
     * somebody waits for removals to make room for such a slab.
     */
    public int wanted() {
        return wanted;
    }

    private void link(long address, int order) {
        long next = heads[order];
        long at = locate(address);
        NativeWords.set(at, FREE | (long) order << ORDER_SHIFT | next);
        NativeWords.set(at + Long.BYTES, END);
        if (next != END) {
            NativeWords.set(locate(next) + Long.BYTES, address);
        }
        heads[order] = address;
    }

    private void unlink(long address, int order) {
        long at = locate(address);
        long next = NativeWords.get(at) & ADDRESS_MASK;
        long previous = NativeWords.get(at + Long.BYTES);
        if (previous == END) {
            heads[order] = next;
        } else {
            NativeWords.set(locate(previous), FREE | (long) order << ORDER_SHIFT | next);
        }
        if (next != END) {
            NativeWords.set(locate(next) + Long.BYTES, previous);
        }
    }

    private void addChunk(boolean force) {
        if (ahead() == 0) {
            memory.take(force);
        }
        long address = (long) chunkCount++ << CHUNK_ORDER;
        for (int at = CHUNK_WORDS - (1 << MAX_ORDER); at >= 0; at -= 1 << MAX_ORDER) {
            link(address + at, MAX_ORDER);
        }
        if (ahead() < wantedAhead() / 2 + KEPT_CHUNKS) {
            callForMore();
        }
    }

    // ---- memory of the system

    @Override
    public void askBefore(FreeMemory system) {
        memory.askBefore(system);
    }

    @Override
    public synchronized void growAhead(Runnable shortage) {
        onShortage = shortage;
    }

    /** Takes one chunk, without keeping others from the pool meanwhile. */
    @Override
    public boolean grow() {
        synchronized (this) {
            if (ahead() >= wantedAhead()) {
                return false;
            }
        }
        memory.take(false);
        return true;
    }

    /** Takes {@code bytes} of memory, used or not, but not beyond the limit. */
    public synchronized void prepare(long bytes) {
        long chunks = Math.min(wholeChunks(bytes), limitWords / CHUNK_WORDS);
        while (memory.count() < chunks) {
            memory.take(false);
        }
    }

    /** Gives the memory back. Nothing may be allocated or released afterwards. Slabs can still be read, as zeros. */
    @Override
    public synchronized void close() {
        memory.release();
    }

    /** Raises the limit. A value below the present limit is ignored. */
    public synchronized void raiseLimit(long limitBytes) {
        limitWords = Math.max(limitWords, wholeChunks(limitBytes) * CHUNK_WORDS);
    }

    public synchronized long limitBytes() {
        return limitWords * Long.BYTES;
    }

    /** Bytes taken from the system, used or not. */
    public long memoryBytes() {
        return memory.count() * CHUNK_BYTES;
    }

    /** Bytes of the slabs that are given out. */
    public synchronized long usedBytes() {
        return usedWords * Long.BYTES;
    }

    /** How many allocations went beyond the limit. */
    public synchronized long forcedAllocations() {
        return forced;
    }
}
