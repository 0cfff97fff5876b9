package io.pcache.writeback;

import io.pcache.backing.BackingDevice;
import io.pcache.backing.BackingIo;
import io.pcache.backing.BackingQueue;
import io.pcache.index.Extent;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.BufferMemory;
import io.pcache.memory.CacheMemory;
import io.pcache.wake.Signal;
import java.nio.ByteBuffer;
import java.util.function.IntToLongFunction;

/**
 * Reads dirty data from a cache device that is a disk, ahead of the writes to the backing device. Many reads are in
 * flight, past the page cache; they are given out in the order in which they were begun. Owned by one thread.
 */
final class CacheReads implements AutoCloseable {
    /** Number of reads in flight, and bytes of each: 4 MiB and a little in all. */
    private static final int READS = 32;

    private static final int READ_BYTES = 128 << 10;
    /** Transfers begin and end with a block of the device; no device has larger blocks. */
    private static final int UNIT = 4096;

    private static final int BUFFER_BYTES = READ_BYTES + 2 * UNIT;
    /** Most sectors of an extent in one read. */
    static final int MOST_SECTORS = READ_BYTES >>> DeviceLayout.SECTOR_SHIFT;

    private final class Read extends BackingIo {
        final int base;
        int subtree;
        long extent;
        /** Where in {@link #memory} the extent's data is. */
        int at;

        boolean ended;

        Read(int base) {
            this.base = base;
        }

        @Override
        protected void completed() {
            ended = true;
        }
    }

    private final BackingQueue device;
    private final IntToLongFunction dataOffsets;
    private final Signal signal;
    private final BufferMemory buffers = new BufferMemory(READS * BUFFER_BYTES);
    private final Read[] reads = new Read[READS];
    /** How many reads were begun, and how many of these were given back. */
    private long begun;

    private long done;

    /**
     * @param dataOffsets device offset of a cache segment's data area
     * @param signal raised when a read has ended, and awaited
     */
    CacheReads(BackingDevice device, IntToLongFunction dataOffsets, Signal signal) {
        this.device = device.openQueue(signal::raise);
        this.dataOffsets = dataOffsets;
        this.signal = signal;
        for (int i = 0; i < READS; i++) {
            reads[i] = new Read(i * BUFFER_BYTES);
        }
    }

    /** Whether the oldest read must be given back before another read can begin. */
    boolean isFull() {
        return begun - done == READS;
    }

    boolean isEmpty() {
        return begun == done;
    }

    /**
     * Begins to read an extent of at most {@link #MOST_SECTORS}. To be called only if not {@linkplain #isFull full}.
     */
    void begin(int subtree, long extent) {
        Read read = reads[(int) (begun++ % READS)];
        int place = Extent.place(extent) << DeviceLayout.SECTOR_SHIFT;
        int end = place + (Extent.sectors(extent) << DeviceLayout.SECTOR_SHIFT) + UNIT - 1 & -UNIT;
        int from = place & -UNIT;
        read.subtree = subtree;
        read.extent = extent;
        read.at = read.base + place - from;
        read.ended = false;
        ByteBuffer all = buffers.buffer();
        device.submit(read.prepare(
                BackingIo.Kind.READ,
                dataOffsets.applyAsLong(Extent.segment(extent)) + from,
                all,
                read.base,
                end - from));
    }

    /** Waits for the oldest read. The data stays until {@link #giveBack}. */
    void await() {
        Read read = oldest();
        device.kick();
        while (!read.ended) {
            if (device.poll() == 0 && !read.ended) {
                signal.await();
            }
        }
    }

    private Read oldest() {
        return reads[(int) (done % READS)];
    }

    /** Whether the device gave the data of the oldest read. After {@link #await}. */
    boolean isGood() {
        return oldest().result >= 0;
    }

    int subtree() {
        return oldest().subtree;
    }

    long extent() {
        return oldest().extent;
    }

    /** Where the data is in {@link #memory}. */
    int at() {
        return oldest().at;
    }

    /** The memory to which the data is read. */
    CacheMemory memory() {
        return buffers;
    }

    /** Ends the use of the oldest read. */
    void giveBack() {
        done++;
    }

    /** Waits for all that is in flight, and forgets it. */
    void abandon() {
        while (!isEmpty()) {
            await();
            giveBack();
        }
    }

    /** Waits for all that is in flight, and gives back the queue. */
    @Override
    public void close() {
        abandon();
        device.close();
    }
}
