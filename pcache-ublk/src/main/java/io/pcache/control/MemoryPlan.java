package io.pcache.control;

import io.pcache.cache.MemoryNeeds;
import io.pcache.media.DeviceLayout;
import io.pcache.slab.AvailableMemory;
import io.pcache.slab.FreeMemory;
import io.pcache.sys.Errno;
import java.util.List;

/**
 * The memory that a target will take, besides the pages of the cache device, known before the target starts.
 * {@link MemoryNeeds} says which part is for the cache.
 *
 * @param heapMiB the Java heap, all taken at the start
 * @param startMiB the memory of a target with an empty cache
 * @param fullMiB the most memory: of a target with a full cache, when all of the mapped device was cached at some time
 */
public record MemoryPlan(int heapMiB, long startMiB, long fullMiB) {
    /** What a target that has been in use for long has besides its heap and the cache's index, as measured. */
    private static final int OUTSIDE_MIB = 112;
    /** The buffers of four queues and of write-back, where the data of the cache goes by transfers. */
    private static final int TRANSFERS_MIB = 108;
    /** The index, the data checksums and write-back's batch, before anything is in them. */
    private static final int EMPTY_MIB = 16;

    private static final long MIB = 1 << 20;

    /**
     * The plan for a target that will be given this table; null stands for a table that comes later.
     *
     * @param buffered whether data is to go through the page cache, also where the cache device is a disk
     */
    public static MemoryPlan forTable(List<TableLine> lines, boolean buffered) {
        int heapMiB = lines == null ? TargetLauncher.DEFAULT_HEAP_MIB : HeapSize.forTable(lines);
        long limit = 0;
        long mapping = 0;
        boolean transfers = lines == null && !buffered;
        for (TableLine line : lines == null ? List.<TableLine>of() : lines) {
            List<String> words = ArgumentWords.split(line.args());
            long cacheBytes = line.type().equals("pcache") && words.size() >= 2 ? HeapSize.sizeOf(words.get(0)) : 0;
            if (cacheBytes > 0) {
                transfers |= !buffered && !CacheDeviceKind.isMemory(words.get(0));
                mapping = Math.max(mapping, MemoryNeeds.mappingBytes(DeviceLayout.segmentsIn(cacheBytes)));
                limit = Math.max(
                        limit,
                        MemoryNeeds.limitBytes(
                                cacheBytes, line.length() * DeviceLayout.SECTOR_BYTES, words.contains("true")));
            }
        }
        long fixed = heapMiB + OUTSIDE_MIB + (transfers ? TRANSFERS_MIB : 0) + mebibytes(mapping);
        return new MemoryPlan(heapMiB, fixed + EMPTY_MIB, Math.max(fixed + EMPTY_MIB, fixed + mebibytes(limit)));
    }

    /**
     * The most memory that a target takes in order to activate a cache with a log of this size, in MiB.
     *
     * @param segments of the cache
     */
    public static long activationMiB(int segments, long keys, boolean dataCrc) {
        int heapMiB = HeapSize.mebibytes((long) segments * DeviceLayout.SEGMENT_BYTES, 0);
        return heapMiB
                + OUTSIDE_MIB
                + TRANSFERS_MIB
                + EMPTY_MIB
                + mebibytes(MemoryNeeds.mappingBytes(segments))
                + mebibytes(MemoryNeeds.keysBytes(keys, dataCrc));
    }

    private static long mebibytes(long bytes) {
        return (bytes + MIB - 1) / MIB;
    }

    /** The plan in one line for people. */
    public String text() {
        return "memory: " + startMiB + " MiB, and up to " + fullMiB
                + " MiB when it is full, besides the cache device's own pages";
    }

    /**
     * Refuses to start a target for which the machine, or the limit of a control group, has no memory: the kernel would
     * end other processes to find memory.
     *
     * @throws ControlException ENOMEM, with both numbers
     */
    public void requireRoom() throws ControlException {
        requireRoom(free());
    }

    /** The memory that is there for a target, in MiB. */
    public static long availableMiB() {
        return free().bytes() / MIB;
    }

    private static FreeMemory free() {
        return Daemon.STANDARD.leavesControlGroup() ? AvailableMemory.ofMachine() : AvailableMemory.ofThisProcess();
    }

    void requireRoom(FreeMemory free) throws ControlException {
        long availableMiB = free.bytes() / MIB;
        if (startMiB > availableMiB) {
            throw new ControlException(
                    Errno.ENOMEM,
                    "pcache: not enough memory: the target needs " + startMiB + " MiB to start, " + availableMiB
                            + " MiB are available; free some, or use --force to start it all the same (-ENOMEM)");
        }
    }
}
