package io.pcache.segment;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * The checksums of cached data by place, for caches with data_crc on: one word a key, so that a read can verify what it takes. A key
 * that was overwritten in part is still verified whole: its checksum covers all of its bytes.
 *
 * <pre>
 *  word   63      49 48        34 33  32 31                        0
 *         +---------+------------+------+--------------------------+
 *         | place   | sectors - 1| zero | checksum                 |
 *         +---------+------------+------+--------------------------+
 * </pre>
 *
 * A segment's words lie in blocks of {@value #BLOCK_WORDS} taken from one pool, in the order of their places: space in a segment is given out from front to
 * back by one thread. {@link #append} is for that thread; {@link #verify} callers may be on any thread and come by an index entry, published
 * under the subtree's lock after the append.
 */
public final class DataChecksums {
    /** Words of a block: 4 KiB. */
    static final int BLOCK_WORDS = 512;
    private static final int MAX_BLOCKS = 64;
    private static final int SECTOR_SHIFT = 9;
    private static final int PLACE_SHIFT = 49;
    private static final int SECTORS_SHIFT = 34;
    private static final int SECTORS_MASK = (1 << PLACE_SHIFT - SECTORS_SHIFT) - 1;

    /** Checks a range of a segment's data against a checksum. */
    public interface Verifier {
        /** Whether {@code length} bytes at {@code place} of the segment's data area have this checksum. */
        boolean matches(int segment, int place, int length, int checksum);
    }

    private final long[][][] blocks;
    private final AtomicIntegerArray counts;
    private final long[][] pool;
    private int pooled;

    /**
     * @param segments    segments of the cache
     * @param memoryBytes what the pool may hold; a {@link #reserve} beyond it fails until a segment is freed
     */
    public DataChecksums(int segments, long memoryBytes) {
        this.blocks = new long[segments][][];
        this.counts = new AtomicIntegerArray(segments);
        this.pool = new long[(int) Math.max(16, Math.min(Integer.MAX_VALUE - 8, memoryBytes / (BLOCK_WORDS * Long.BYTES)))][];
        for (int i = 0; i < pool.length; i++) {
            pool[i] = new long[BLOCK_WORDS];
        }
        this.pooled = pool.length;
    }

    /** What a pool that serves a cache of {@code segments} segments full of 4 KiB keys takes, in bytes. */
    public static long memoryFor(int segments) {
        return (long) segments * 9 * BLOCK_WORDS * Long.BYTES;
    }

    /** Makes sure that the next {@link #append} to this segment cannot fail; false if the pool is exhausted. */
    public boolean reserve(int segment) {
        int count = counts.get(segment);
        long[][] own = blocks[segment];
        if (own == null) {
            own = new long[MAX_BLOCKS][];
            blocks[segment] = own;
        }
        int block = count / BLOCK_WORDS;
        if (block >= MAX_BLOCKS) {
            return false;
        }
        if (own[block] != null) {
            return true;
        }
        synchronized (this) {
            if (pooled == 0) {
                return false;
            }
            own[block] = pool[--pooled];
        }
        return true;
    }

    /** Whether a segment that is begun now would have room for a first checksum. */
    public synchronized boolean hasRoom() {
        return pooled > 0;
    }

    /** Records the checksum of a piece that was just given out; after {@link #reserve}. */
    public void append(int segment, int place, int length, int checksum) {
        int count = counts.get(segment);
        blocks[segment][count / BLOCK_WORDS][count % BLOCK_WORDS] = word(place, length, checksum);
        counts.setRelease(segment, count + 1);
    }

    /** Records a checksum during replay, where keys come in any order and may need more memory than planned; ends with {@link #sort}. */
    public void replay(int segment, int place, int length, int checksum) {
        if (!reserve(segment)) {
            if (counts.get(segment) >= MAX_BLOCKS * BLOCK_WORDS) {
                // More keys than the segment has sectors: some name the same place, and one word for it is enough.
                sort(segment);
                if (!reserve(segment)) {
                    throw new IllegalStateException("segment " + segment + " holds more keys than sectors");
                }
            } else {
                blocks[segment][counts.get(segment) / BLOCK_WORDS] = new long[BLOCK_WORDS];
            }
        }
        append(segment, place, length, checksum);
    }

    /** Puts a replayed segment's words in the order of their places, one for each key. */
    public void sort(int segment) {
        int count = counts.get(segment);
        long[] words = new long[count];
        for (int i = 0; i < count; i++) {
            words[i] = blocks[segment][i / BLOCK_WORDS][i % BLOCK_WORDS] ^ Long.MIN_VALUE;
        }
        Arrays.sort(words);
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (i > 0 && words[i] == words[i - 1]) {
                continue;
            }
            blocks[segment][kept / BLOCK_WORDS][kept % BLOCK_WORDS] = words[i] ^ Long.MIN_VALUE;
            kept++;
        }
        counts.setRelease(segment, kept);
    }

    /** Forgets a segment that is being freed; its blocks go back to the pool. */
    void clear(int segment) {
        counts.set(segment, 0);
        long[][] own = blocks[segment];
        if (own == null) {
            return;
        }
        synchronized (this) {
            for (int i = 0; i < MAX_BLOCKS && own[i] != null; i++) {
                if (pooled < pool.length) {
                    pool[pooled++] = own[i];
                }
                own[i] = null;
            }
        }
    }

    /**
     * Verifies every recorded piece that overlaps a range.
     *
     * @return whether all match; false also if part of the range has no record
     */
    public boolean verify(int segment, int place, int length, Verifier verifier) {
        int first = place >>> SECTOR_SHIFT;
        int end = place + length >>> SECTOR_SHIFT;
        long[][] own = blocks[segment];
        int count = counts.getAcquire(segment);
        int at = own == null ? -1 : floor(own, count, first);
        int covered = first;
        while (at >= 0 && at < count && covered < end) {
            long word = own[at / BLOCK_WORDS][at % BLOCK_WORDS];
            int start = placeSector(word);
            int sectors = sectors(word);
            if (start > covered) {
                return false;
            }
            // A longer piece from before may overlap the next one only in media that others wrote; each is verified.
            if (!verifier.matches(segment, start << SECTOR_SHIFT, sectors << SECTOR_SHIFT, (int) word)) {
                return false;
            }
            covered = Math.max(covered, start + sectors);
            at++;
        }
        return covered >= end;
    }

    /** Index of the last word whose place is not beyond {@code sector}, or -1. */
    private static int floor(long[][] own, int count, int sector) {
        int low = 0;
        int high = count - 1;
        while (low <= high) {
            int middle = low + high >>> 1;
            if (placeSector(own[middle / BLOCK_WORDS][middle % BLOCK_WORDS]) <= sector) {
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
