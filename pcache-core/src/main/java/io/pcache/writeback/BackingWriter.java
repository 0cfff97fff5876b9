package io.pcache.writeback;

import io.pcache.backing.BackingDevice;
import io.pcache.backing.BackingIo;
import io.pcache.backing.BackingQueue;
import io.pcache.backing.MemoryPieces;
import io.pcache.clock.Clock;
import io.pcache.flight.BackingFlushes;
import io.pcache.flight.Flights;
import io.pcache.index.CacheIndex;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.stats.CacheCounter;
import io.pcache.stats.CacheStats;
import io.pcache.sys.Errno;
import io.pcache.sys.NativeMemory;
import io.pcache.wake.Signal;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Writes ranges to the backing device out of the cache. Ranges that follow each other become one large write, and
 * several writes are in flight. Owned by write-back's thread.
 *
 * <p>If the cache is persistent memory and the backing device can gather, the kernel takes the bytes from the cache's
 * mapping itself, wherever they lie. Dirty data stays in its place until the data is clean. Otherwise the bytes are
 * copied into buffers, each of which is one piece of the machine's memory.
 *
 * <ul>
 *   <li>A cache on tmpfs is copied. Its pages of 4 KiB lie anywhere in the machine, and for some devices each page is a
 *       piece of the write. MiB/s, 25 to 30 runs of 128 MiB each in random order, to a virtio disk that is slower for
 *       each piece, on a busy 2-CPU virtual machine (AMD EPYC, Linux 6.18, JDK 17); CPU is the process's:
 *       <pre>
 *                                       median   upper quartile   CPU ms/GiB, lower quartile
 *         gathered                         385              646                         114
 *         copied                          1200             1470                         191
 *         bare writes, small pages        1435             1641                          72
 *         bare writes, huge pages         1679             2169                          46
 *       </pre>
 *   <li>A cache behind the page cache is copied. Otherwise the submission of a write would read each page that is not
 *       resident, in the thread that keeps all transfers of the backing device going.
 *   <li>Bytes at odd addresses are copied, and so is a range that begins or ends within a block of the device.
 *   <li>If the kernel or the device refuses the memory, everything is copied from then on; see {@link #refusal}.
 *   <li>After any other failure, the next batch is copied. If a device loads poisoned memory, the failure may look like
 *       a failure of the backing device. A copy tells which of the two devices has failed.
 * </ul>
 */
final class BackingWriter implements AutoCloseable {
    /** Largest write in bytes, and number of writes in flight. */
    static final int WRITE_BYTES = 256 << 10;

    static final int WRITES = 32;
    /** One bio of the kernel takes as many pieces; a write in pieces of 4 KiB needs 64. */
    private static final int MAX_PIECES = 256;
    /**
     * While most writes are in flight, one wake-up of the thread that makes the transfers serves several writes, and so
     * does one wake-up of write-back's thread.
     */
    private static final int SUBMITTED_TOGETHER = 4;

    private static final int TAKEN_TOGETHER = WRITES / 4;
    private static final int MAX_BLOCK = 4096;

    private final class Transfer extends BackingIo {
        final ByteBuffer memory;
        final MemoryPieces gathered = new MemoryPieces(MAX_PIECES);
        final Flights.Flight flight = new Flights.Flight();
        Transfer link;
        /** Whether the range collected so far is in {@link #gathered} and not in {@link #memory}. */
        boolean gathers;
        /** The range collected so far, on the backing device. */
        long start;

        int collected;
        /**
         * Where in the memory the range starts: if a range begins within a block, the block's front has room before the
         * range.
         */
        int skip;

        Transfer(ByteBuffer memory) {
            this.memory = memory;
        }

        void begin(long offset, boolean gathers) {
            this.gathers = gathers;
            gathered.clear();
            start = offset;
            collected = 0;
            skip = (int) (offset & block - 1);
        }

        @Override
        protected void completed() {
            if (result < 0) {
                failed(this, gathers);
            }
            release(this);
        }

        /**
         * Bytes from an offset to the end of the range's subtree: so far the range may be continued. 0 in another
         * subtree.
         */
        int toSubtreeEnd(long offset) {
            return CacheIndex.subtree(offset) == CacheIndex.subtree(start)
                    ? DeviceLayout.SUBTREE_BYTES - ((int) offset & DeviceLayout.SUBTREE_BYTES - 1)
                    : 0;
        }
    }

    private final BackingQueue backing;
    private final int block;
    private final Signal signal;
    private final CacheStats stats;
    private final Clock clock;
    private final Claims claims;
    private final BackingFlushes flushes;
    private Transfer free;
    private int freeCount;
    private Transfer open;
    private final BackingIo single = new BackingIo() {
        @Override
        protected void completed() {
            if (result < 0) {
                failed(this, false);
            }
        }
    };
    private final ByteBuffer edge = ByteBuffer.allocateDirect(2 * MAX_BLOCK).alignedSlice(MAX_BLOCK);
    private final int gatherUnit;
    private boolean copies;
    private int refusal;
    private int error;
    private long errorOffset;
    private int unkicked;
    private boolean unflushed;
    /** Number of the last write of queues, and number of flushes begun, when all writes of the batch had ended. */
    private long writtenByQueues;

    private long flushesBegun;
    private long flushNanos;

    /**
     * @param claims asked before a range is taken into a transfer
     * @param flushes told what is made durable, and asked what queues have written
     * @param signal raised when a transfer has ended, and awaited
     */
    BackingWriter(
            BackingDevice device,
            CacheMemory memory,
            Claims claims,
            BackingFlushes flushes,
            Signal signal,
            CacheStats stats,
            Clock clock) {
        this.claims = claims;
        this.flushes = flushes;
        this.stats = stats;
        this.clock = clock;
        this.backing = device.openQueue(signal::raise);
        this.block = device.logicalBlockBytes();
        this.signal = signal;
        boolean suits = memory.kind() == CacheMemory.Kind.DAX && memory.address(0) != 0;
        this.gatherUnit = suits ? device.gatherUnitBytes() : 0;
        int each = WRITE_BYTES + 2 * MAX_BLOCK;
        ByteBuffer all = NativeMemory.allocateHuge(WRITES * each);
        for (int i = 0; i < WRITES; i++) {
            free(new Transfer(all.slice(i * each, each)));
        }
    }

    private void release(Transfer transfer) {
        claims.release(transfer.flight, transfer.start);
        free(transfer);
    }

    private void free(Transfer transfer) {
        transfer.link = free;
        free = transfer;
        freeCount++;
    }

    private void failed(BackingIo io, boolean gathered) {
        boolean refused = gathered
                && (io.result == -Errno.EFAULT || io.result == -Errno.EINVAL || io.result == -Errno.EOPNOTSUPP);
        if (refused) {
            refusal = io.result;
        }
        if (error == 0) {
            error = io.result;
            errorOffset = io.offset;
        }
    }

    /** Writes a range that lies in one piece in the cache. Ranges come in ascending order, and do not overlap. */
    void write(long offset, CacheMemory memory, long cacheOffset, int length) {
        boolean gathers = canGather(offset, memory, cacheOffset, length);
        int done = 0;
        while (done < length && error == 0) {
            if (open == null) {
                open = take();
                open.begin(offset + done, gathers);
            }
            int part =
                    Math.min(Math.min(length - done, WRITE_BYTES - open.collected), open.toSubtreeEnd(offset + done));
            if (part == 0 || open.gathers != gathers || open.start + open.collected != offset + done) {
                submitOpen();
                continue;
            }
            int claimed = claims.claim(open.flight, offset + done, part);
            if (claimed < 0) {
                done -= claimed;
            } else if (collect(memory, cacheOffset + done, claimed)) {
                open.collected += claimed;
                done += claimed;
            } else {
                submitOpen();
            }
        }
    }

    private boolean canGather(long offset, CacheMemory memory, long cacheOffset, int length) {
        if (gatherUnit == 0 || copies || refusal != 0) {
            return false;
        }
        // The kernel does not know the cache's bounds.
        Objects.checkFromIndexSize(cacheOffset, length, memory.size());
        return ((offset | length) & block - 1) == 0 && ((memory.address(cacheOffset) | length) & gatherUnit - 1) == 0;
    }

    private boolean collect(CacheMemory memory, long cacheOffset, int length) {
        if (open.gathers) {
            return open.gathered.add(memory.address(cacheOffset), length);
        }
        memory.copyOut(cacheOffset, open.memory, open.skip + open.collected, length);
        return true;
    }

    private Transfer take() {
        if (free == null) {
            kick();
            while (freeCount < TAKEN_TOGETHER) {
                await();
            }
        }
        Transfer transfer = free;
        free = transfer.link;
        freeCount--;
        return transfer;
    }

    private void submitOpen() {
        Transfer transfer = open;
        open = null;
        if (transfer.collected == 0) {
            release(transfer);
            return;
        }
        int tail = (int) (-(transfer.start + transfer.collected) & block - 1);
        if (transfer.skip > 0 || tail > 0) {
            readAround(transfer, tail);
        }
        if (error != 0) {
            release(transfer);
            return;
        }
        unflushed = true;
        stats.add(CacheCounter.BACKING_WRITES);
        stats.add(CacheCounter.WRITTEN_BACK_BYTES, transfer.collected);
        if (transfer.gathers) {
            backing.submit(transfer.prepareGather(transfer.start, transfer.gathered));
        } else {
            backing.submit(transfer.prepare(
                    BackingIo.Kind.WRITE,
                    transfer.start - transfer.skip,
                    transfer.memory,
                    0,
                    transfer.skip + transfer.collected + tail));
        }
        if (++unkicked >= SUBMITTED_TOGETHER) {
            kick();
        }
    }

    private void kick() {
        unkicked = 0;
        backing.kick();
    }

    /**
     * Completes a range that does not begin and end with a block of the device. Such ranges exist only if the cache was
     * made for a device with smaller blocks. First the writes in flight must end, since one of them may hold the other
     * half of the block.
     */
    private void readAround(Transfer transfer, int tail) {
        drain();
        if (transfer.skip > 0) {
            transfer(BackingIo.Kind.READ, transfer.start - transfer.skip, edge, block);
            transfer.memory.put(0, edge, 0, transfer.skip);
        }
        if (tail > 0 && error == 0) {
            long end = transfer.start + transfer.collected;
            transfer(BackingIo.Kind.READ, end + tail - block, edge, block);
            transfer.memory.put(transfer.skip + transfer.collected, edge, block - tail, tail);
        }
    }

    private void transfer(BackingIo.Kind kind, long offset, ByteBuffer buffer, int length) {
        backing.submit(single.prepare(kind, offset, buffer, 0, length));
        drain();
    }

    private void drain() {
        kick();
        while (backing.inFlight() > 0) {
            await();
        }
    }

    private void await() {
        if (backing.poll() == 0) {
            signal.await();
        }
    }

    /**
     * Waits for all writes.
     *
     * @return whether all writes went well; if not, {@link #problem} says what failed, and the next write starts anew
     */
    boolean finish() {
        if (open != null) {
            submitOpen();
        }
        drain();
        writtenByQueues = flushes.lastWritten();
        flushesBegun = flushes.begun();
        return isWell();
    }

    private boolean isWell() {
        if (error != 0) {
            stats.add(CacheCounter.BACKING_ERRORS);
        }
        return error == 0;
    }

    /** Makes durable what this writer and the queues had written until {@link #finish}. */
    FlushOutcome flush() {
        if ((unflushed || !flushes.isFlushed(writtenByQueues)) && !flushes.hasEndedSince(flushesBegun)) {
            long covered = flushes.begin();
            if (covered < 0) {
                return FlushOutcome.PUT_OFF;
            }
            long since = clock.nanoTime();
            transfer(BackingIo.Kind.FLUSH, 0, null, 0);
            flushNanos = clock.nanoTime() - since;
            stats.add(CacheCounter.BACKING_FLUSHES);
            if (flushes.end(covered, error == 0)) {
                claims.flushEnded();
            }
        }
        if (!isWell()) {
            return FlushOutcome.FAILED;
        }
        unflushed = false;
        copies = false;
        return FlushOutcome.DONE;
    }

    /** How long the last flush of the backing device took. */
    long flushNanos() {
        return flushNanos;
    }

    /** What failed, after {@link #finish} or {@link #flush} told of a failure. */
    String problem() {
        return single.kind == BackingIo.Kind.FLUSH && single.result < 0
                ? "flush of the backing device failed: " + Errno.name(-error)
                : "write to backing device byte " + errorOffset + " failed: " + Errno.name(-error);
    }

    /**
     * The negative errno with which a write out of the cache's mapping was refused; 0 if none was refused. After a
     * refusal, everything is copied.
     */
    int refusal() {
        return refusal;
    }

    /** Waits for all that is in flight, then forgets what was collected and what failed. The batch will come again. */
    void abandon() {
        drain();
        error = 0;
        copies = true;
        single.result = 0;
        if (open != null) {
            release(open);
            open = null;
        }
    }

    /** Waits for all that is in flight: the cache may be unmapped next. */
    @Override
    public void close() {
        drain();
        backing.close();
    }
}
