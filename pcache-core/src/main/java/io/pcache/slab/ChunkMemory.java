package io.pcache.slab;

import io.pcache.sys.Linux;
import io.pcache.sys.NativeWords;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.lang.ref.Cleaner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Chunks of words outside of the Java heap, numbered from 0, mapped a region at a time. A chunk is touched when it is
 * taken, so that a thread that stores to the chunk never waits for memory. Only chunks that were taken use memory.
 *
 * <p>Safe for use by any thread.
 */
final class ChunkMemory {
    /** 256 KiB. */
    static final int CHUNK_ORDER = 15;

    static final int CHUNK_WORDS = 1 << CHUNK_ORDER;
    static final long CHUNK_BYTES = (long) CHUNK_WORDS * Long.BYTES;

    /** 16 MiB. */
    private static final int REGION_ORDER = 21;

    private static final long REGION_MASK = (1L << REGION_ORDER) - 1;
    private static final long REGION_BYTES = 1L << REGION_ORDER + 3;
    /** How many bytes the system is asked for at a time: a question for each chunk would cost more than the chunk. */
    private static final long STEP_BYTES = 4L << 20;
    /** How many bytes must be left to others after a step was taken. */
    static final long SPARED_BYTES = 48L << 20;

    private static final Cleaner CLEANER = Cleaner.create();
    private static final long[] NO_REGIONS = {};

    private final SystemCalls calls = SystemCalls.linux();
    /** Addresses of the regions. The cleaner knows this list; it must not know this object. */
    private final List<Long> mapped = new ArrayList<>();

    private final int pageBytes = calls.pageSize();
    // Volatile: a slab's address may come from an older array. A reader of a newer array must see the regions in it.
    private volatile long[] regions = NO_REGIONS;
    private volatile int count;
    private FreeMemory free = FreeMemory.UNLIMITED;
    /** Bytes that the system was asked for, and that were not taken yet. */
    private long granted;

    ChunkMemory() {
        List<Long> addresses = mapped;
        CLEANER.register(this, () -> unmap(addresses));
    }

    private static void unmap(List<Long> addresses) {
        synchronized (addresses) {
            for (long address : addresses) {
                try {
                    SystemCalls.linux().munmap(address, REGION_BYTES);
                } catch (SystemCallException e) {
                    // Only addresses are lost. The memory was given back before, or goes with the process.
                    continue;
                }
            }
        }
    }

    /** The address of a word, which must be in a chunk that was taken. */
    long locate(long word) {
        return regions[(int) (word >>> REGION_ORDER)] + ((word & REGION_MASK) << 3);
    }

    /** Number of chunks that were taken. */
    int count() {
        return count;
    }

    /** Sets whom to ask before memory is taken. */
    synchronized void askBefore(FreeMemory system) {
        free = system;
        granted = 0;
    }

    /**
     * Takes the next chunk.
     *
     * @throws MemoryShortageException when the system should not give more, or does not give more
     */
    synchronized void take(boolean whateverIsFree) {
        if (granted < CHUNK_BYTES && !whateverIsFree) {
            long available = Math.max(0, free.bytes() - SPARED_BYTES);
            if (available < STEP_BYTES) {
                throw new MemoryShortageException(STEP_BYTES, available, null);
            }
            granted = STEP_BYTES;
        }
        granted = Math.max(0, granted - CHUNK_BYTES);
        long first = (long) count << CHUNK_ORDER;
        if (first >>> REGION_ORDER == regions.length) {
            addRegion();
        }
        touch(locate(first));
        count++;
    }

    private void touch(long address) {
        try {
            calls.madvise(address, CHUNK_BYTES, Linux.MADV_POPULATE_WRITE);
        } catch (SystemCallException e) {
            // Linux before 5.14 does not know this advice (EINVAL). If the call fails for another reason, these stores
            // meet the same failure, as any store to memory would.
            for (long at = 0; at < CHUNK_BYTES; at += pageBytes) {
                NativeWords.set(address + at, 0);
            }
        }
    }

    private void addRegion() {
        long address;
        try {
            address = calls.mmap(
                    0,
                    REGION_BYTES,
                    Linux.PROT_READ | Linux.PROT_WRITE,
                    Linux.MAP_PRIVATE | Linux.MAP_ANONYMOUS,
                    -1,
                    0);
        } catch (SystemCallException e) {
            throw new MemoryShortageException(REGION_BYTES, Math.max(0, free.bytes()), e);
        }
        synchronized (mapped) {
            mapped.add(address);
        }
        long[] more = Arrays.copyOf(regions, regions.length + 1);
        more[regions.length] = address;
        regions = more;
    }

    /** Gives the memory back. Words that are read afterwards are zero. Stores afterwards take memory again. */
    synchronized void release() {
        for (long address : regions) {
            try {
                calls.discard(address, REGION_BYTES);
            } catch (SystemCallException e) {
                throw new IllegalStateException("cannot give memory back", e);
            }
        }
    }
}
