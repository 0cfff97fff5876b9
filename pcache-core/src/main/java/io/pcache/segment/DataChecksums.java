package io.pcache.segment;

import io.pcache.slab.FreeMemory;
import io.pcache.slab.GrowingMemory;
import io.pcache.slab.SlabPool;
import io.pcache.sys.NativeWords;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * The checksums of cached data by place, for caches with data_crc on. There is one word for each key, so that a read
 * can verify what it takes. A key that was overwritten in part is still verified whole: its checksum covers all of its
 * bytes.
 *
 * <pre>
 *  word    63  62 61      47 46        32 31                       0
 *         +------+---------+------------+--------------------------+
 *         | zero | place   | sectors - 1| checksum                 |
 *         +------+---------+------------+--------------------------+
 * </pre>
 *
 * A segment's words lie in blocks of {@value #BLOCK_WORDS}, and a list names the blocks. Blocks and lists come from one
 * pool. The words are in the order of their places, because one thread gives out the space in a segment, from front to
 * back. {@link #append} is for this thread. {@link #verify} is for any thread that comes by an index entry: the entry
 * was published under the subtree's lock after the append.
 */
public final class DataChecksums implements GrowingMemory {
    /** Words of a block: 4 KiB. */
    static final int BLOCK_WORDS = 512;

    private static final int BLOCK_ORDER = 9;
    /** A segment that is full of keys of one sector needs as many. */
    private static final int MAX_BLOCKS = 64;

    private static final int LIST_ORDER = 6;
    /** Blocks of a segment full of keys of 4 KiB. */
    private static final int PLANNED_BLOCKS = 9;

    private static final int SECTOR_SHIFT = 9;
    private static final int PLACE_SHIFT = 47;
    private static final int SECTORS_SHIFT = 32;
    private static final int SECTORS_MASK = (1 << PLACE_SHIFT - SECTORS_SHIFT) - 1;

    /** Checks a range of a segment's data against a checksum. */
    public interface Verifier {
        /** Whether {@code length} bytes at {@code place} of the segment's data area have this checksum. */
        boolean matches(int segment, int place, int length, int checksum);
    }

    private final AtomicIntegerArray counts;
    private final SlabPool pool;
    /**
     * For each segment, the address of the slab with its list of blocks, plus one; 0 if there is no list. A list holds
     * the addresses of its blocks in the same way.
     */
    private final long[] lists;
    /** Room in which replay sorts one segment at a time. */
    private long[] sorting;

    /**
     * @param segments segments of the cache
     * @param memoryBytes limit of the pool: beyond it, {@link #reserve} fails until a segment is freed
     */
    public DataChecksums(int segments, long memoryBytes) {
        this.counts = new AtomicIntegerArray(segments);
        this.lists = new long[segments];
        this.pool = new SlabPool(memoryBytes);
    }

    /** Bytes of a pool that serves a cache of {@code segments} segments full of 4 KiB keys. */
    public static long memoryFor(int segments) {
        return (long) segments * (PLANNED_BLOCKS * BLOCK_WORDS + MAX_BLOCKS) * Long.BYTES;
    }

    /** Makes sure that the next {@link #append} to this segment cannot fail; false if the pool is exhausted. */
    public boolean reserve(int segment) {
        return reserve(segment, false);
    }

    private boolean reserve(int segment, boolean force) {
        int block = counts.get(segment) / BLOCK_WORDS;
        if (block >= MAX_BLOCKS) {
            return false;
        }
        if (lists[segment] == 0) {
            long list = pool.allocate(LIST_ORDER, force);
            if (list == SlabPool.NO_ROOM) {
                return false;
            }
            NativeWords.clear(pool.locate(list), MAX_BLOCKS);
            lists[segment] = list + 1;
        }
        long at = blockAt(segment, block);
        if (NativeWords.get(at) != 0) {
            return true;
        }
        long address = pool.allocate(BLOCK_ORDER, force);
        if (address == SlabPool.NO_ROOM) {
            return false;
        }
        NativeWords.set(at, address + 1);
        return true;
    }

    /** Where a segment's list holds the address of a block. */
    private long blockAt(int segment, int block) {
        return pool.locate(lists[segment] - 1) + (long) block * Long.BYTES;
    }

    /** Where one of a segment's words is. */
    private long wordAt(int segment, int index) {
        return pool.locate(NativeWords.get(blockAt(segment, index / BLOCK_WORDS)) - 1)
                + (long) (index % BLOCK_WORDS) * Long.BYTES;
    }

    private long word(int segment, int index) {
        return NativeWords.get(wordAt(segment, index));
    }

    /** Whether a segment that is begun now would have room for its first checksum. */
    public boolean hasRoom() {
        return pool.hasRoom(BLOCK_ORDER + 1);
    }

    /** Records the checksum of a piece of data whose place was just given out. To be called after {@link #reserve}. */
    public void append(int segment, int place, int length, int checksum) {
        int count = counts.get(segment);
        NativeWords.set(wordAt(segment, count), word(place, length, checksum));
        counts.setRelease(segment, count + 1);
    }

    /**
     * Records a checksum during replay, where keys come in any order and may need more memory than planned.
     * {@link #sort} has to follow.
     */
    public void replay(int segment, int place, int length, int checksum) {
        if (counts.get(segment) >= MAX_BLOCKS * BLOCK_WORDS) {
            // There are more keys than sectors, so some keys name the same place. One word for this place is enough.
            sort(segment);
        }
        if (!reserve(segment, true)) {
            throw new IllegalStateException("segment " + segment + " holds more keys than sectors");
        }
        append(segment, place, length, checksum);
    }

    /** Puts a replayed segment's words in the order of their places, one for each key. */
    public void sort(int segment) {
        int count = counts.get(segment);
        if (sorting == null) {
            sorting = new long[MAX_BLOCKS * BLOCK_WORDS];
        }
        for (int i = 0; i < count; i++) {
            sorting[i] = word(segment, i);
        }
        Arrays.sort(sorting, 0, count);
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (i == 0 || sorting[i] != sorting[i - 1]) {
                NativeWords.set(wordAt(segment, kept++), sorting[i]);
            }
        }
        counts.setRelease(segment, kept);
    }

    /** Ends replay. */
    public void sorted() {
        sorting = null;
    }

    @Override
    public void askBefore(FreeMemory system) {
        pool.askBefore(system);
    }

    @Override
    public void growAhead(Runnable shortage) {
        pool.growAhead(shortage);
    }

    @Override
    public boolean grow() {
        return pool.grow();
    }

    @Override
    public void close() {
        pool.close();
    }

    /** Bytes taken from the system, used or not. */
    public long memoryBytes() {
        return pool.memoryBytes();
    }

    /** Forgets a segment that is being freed. Its blocks go back to the pool. */
    void clear(int segment) {
        counts.set(segment, 0);
        if (lists[segment] == 0) {
            return;
        }
        for (int i = 0; i < MAX_BLOCKS; i++) {
            long block = NativeWords.get(blockAt(segment, i));
            if (block != 0) {
                pool.release(block - 1, BLOCK_ORDER);
            }
        }
        pool.release(lists[segment] - 1, LIST_ORDER);
        lists[segment] = 0;
    }

    /**
     * Verifies every recorded piece that overlaps a range.
     *
     * @return whether all pieces match; false also if a part of the range has no record
     */
    public boolean verify(int segment, int place, int length, Verifier verifier) {
        int first = place >>> SECTOR_SHIFT;
        int end = place + length >>> SECTOR_SHIFT;
        int count = counts.getAcquire(segment);
        int at = floor(segment, count, first);
        int covered = first;
        while (at >= 0 && at < count && covered < end) {
            long word = word(segment, at);
            int start = placeSector(word);
            int sectors = sectors(word);
            if (start > covered) {
                return false;
            }
            // An earlier, longer piece may overlap the next one only on media that others wrote. Each piece is
            // verified.
            if (!verifier.matches(segment, start << SECTOR_SHIFT, sectors << SECTOR_SHIFT, (int) word)) {
                return false;
            }
            covered = Math.max(covered, start + sectors);
            at++;
        }
        return covered >= end;
    }

    /**
     * The place of the first byte that {@link #verify} asks about.
     *
     * @return at most {@code place}
     */
    public int verifiedFrom(int segment, int place) {
        int at = floor(segment, counts.getAcquire(segment), place >>> SECTOR_SHIFT);
        return at < 0 ? place : placeSector(word(segment, at)) << SECTOR_SHIFT;
    }

    /**
     * The place behind the last byte that {@link #verify} asks about.
     *
     * @return at least {@code end}
     */
    public int verifiedTo(int segment, int end) {
        int last = floor(segment, counts.getAcquire(segment), (end >>> SECTOR_SHIFT) - 1);
        if (last < 0) {
            return end;
        }
        long word = word(segment, last);
        return Math.max(end, placeSector(word) + sectors(word) << SECTOR_SHIFT);
    }

    /** Index of the last word whose place is not beyond {@code sector}, or -1. */
    private int floor(int segment, int count, int sector) {
        int low = 0;
        int high = count - 1;
        while (low <= high) {
            int middle = low + high >>> 1;
            if (placeSector(word(segment, middle)) <= sector) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    private static long word(int place, int length, int checksum) {
        return (long) (place >>> SECTOR_SHIFT) << PLACE_SHIFT
                | (long) ((length >>> SECTOR_SHIFT) - 1) << SECTORS_SHIFT
                | checksum & 0xFFFFFFFFL;
    }

    private static int placeSector(long word) {
        return (int) (word >>> PLACE_SHIFT);
    }

    private static int sectors(long word) {
        return ((int) (word >>> SECTORS_SHIFT) & SECTORS_MASK) + 1;
    }
}
