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
 * taken, so that who stores to it never waits for memory. Each takes the bytes that it has, and none before.
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
    /** To ask the system for each chunk would cost more than the chunk. */
    private static final long STEP_BYTES = 4L << 20;
    /** What taking a step leaves to others. */
    static final long SPARED_BYTES = 48L << 20;

    private static final Cleaner CLEANER = Cleaner.create();
    private static final long[] NO_REGIONS = {};

    private final SystemCalls calls = SystemCalls.linux();
    /** Addresses; known to the cleaner, which must not know this object. */
    private final List<Long> mapped = new ArrayList<>();

    private final int pageBytes = calls.pageSize();
    // Volatile: who reads a newer array than the one its slab's address came from must see the regions in it.
    private volatile long[] regions = NO_REGIONS;
    private volatile int count;
    private FreeMemory free = FreeMemory.UNLIMITED;
    /** Bytes that the system was asked for and that were not taken yet. */
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
                    // Only addresses are lost: the memory was given back before, or is with the process.
                    continue;
                }
            }
        }
    }

    /** The address of a word, of those in chunks that were taken. */
    long locate(long word) {
        return regions[(int) (word >>> REGION_ORDER)] + ((word & REGION_MASK) << 3);
    }

    /** Chunks taken. */
    int count() {
        return count;
    }

    /** Who is asked before memory is taken. */
    synchronized void askBefore(FreeMemory system) {
        free = system;
        granted = 0;
    }

    /**
     * Takes the next chunk.
     *
     * @throws MemoryShortageException when the system should not give more, or does not
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
            // Linux before 5.14 does not know it (EINVAL). Where it fails for another reason, so does this, as memory
            // does.
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

    /** Gives the memory back. What is read afterwards is zero, and what is stored takes memory again. */
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
