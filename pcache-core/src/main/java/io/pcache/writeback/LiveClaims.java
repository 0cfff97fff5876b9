package io.pcache.writeback;

import io.pcache.flight.Flights;
import io.pcache.index.CacheIndex;
import io.pcache.media.DeviceLayout;
import io.pcache.wake.Doorbells;
import java.util.Arrays;

/**
 * Keeps apart the writes of write-back and the queues' own writes to the backing device. Of a batch's ranges,
 * write-back writes all that the index holds dirty, whatever the place in the cache: if a range is still dirty, a flush
 * may have put an older copy of the range in front of other writes. If the index holds a range clean, or does not hold
 * the range, the backing device has got the range from a queue. An older copy would undo the queue's write.
 *
 * <p>A device takes overlapping writes in any order. So a range that a queue is writing at the moment is put off.
 */
final class LiveClaims implements Claims {
    private final CacheIndex index;
    private final Flights flights;
    private final int blockBytes;
    private final Doorbells doorbells;
    private long[] putOffOffsets = new long[16];
    private int[] putOffLengths = new int[16];
    private int putOff;

    /** @param blockBytes the backing device's logical block: transfers are widened to whole blocks */
    LiveClaims(CacheIndex index, Flights flights, int blockBytes, Doorbells doorbells) {
        this.index = index;
        this.flights = flights;
        this.blockBytes = blockBytes;
        this.doorbells = doorbells;
    }

    @Override
    public boolean isNeeded(int subtree, long extent) {
        synchronized (index.lock(subtree)) {
            return index.holdsPlace(subtree, extent);
        }
    }

    @Override
    public int claim(Flights.Flight transfer, long offset, int length) {
        int subtree = CacheIndex.subtree(offset);
        int from = CacheIndex.sector(offset);
        int claimed;
        synchronized (index.lock(subtree)) {
            int run = index.dirtyRun(subtree, from, from + (length >>> DeviceLayout.SECTOR_SHIFT));
            if (run < 0) {
                return from - ~run << DeviceLayout.SECTOR_SHIFT;
            }
            claimed = run - from << DeviceLayout.SECTOR_SHIFT;
            long start = offset & -blockBytes;
            int blocks = (int) ((offset + claimed + blockBytes - 1 & -blockBytes) - start);
            if (!flights.isBlocked(subtree, start, blocks, Flights.BACKING_WRITE)) {
                flights.extend(subtree, transfer, Flights.WRITE_BACK, start, blocks);
                return claimed;
            }
        }
        putOff(offset, claimed);
        return -claimed;
    }

    private void putOff(long offset, int length) {
        if (putOff == putOffOffsets.length) {
            putOffOffsets = Arrays.copyOf(putOffOffsets, 2 * putOff);
            putOffLengths = Arrays.copyOf(putOffLengths, 2 * putOff);
        }
        putOffOffsets[putOff] = offset;
        putOffLengths[putOff++] = length;
    }

    @Override
    public void release(Flights.Flight transfer, long offset) {
        int subtree = CacheIndex.subtree(offset);
        boolean awaited;
        synchronized (index.lock(subtree)) {
            awaited = flights.leave(subtree, transfer);
        }
        if (awaited) {
            doorbells.flightEnded();
        }
    }

    @Override
    public void flushEnded() {
        doorbells.flightEnded();
    }

    /** Forgets the ranges that were put off. */
    void clear() {
        putOff = 0;
    }

    /** How many ranges were put off since {@link #clear}. */
    int putOff() {
        return putOff;
    }

    long putOffOffset(int i) {
        return putOffOffsets[i];
    }

    int putOffLength(int i) {
        return putOffLengths[i];
    }
}
