package io.pcache.backingleg;

import io.pcache.backing.BackingIo;
import io.pcache.backing.BackingQueue;
import io.pcache.flight.BackingFlushes;
import io.pcache.flight.Flights;
import io.pcache.health.Health;
import io.pcache.index.CacheIndex;
import io.pcache.media.DeviceLayout;
import io.pcache.request.Request;
import io.pcache.stats.CacheCounter;
import io.pcache.stats.CacheStats;
import io.pcache.sys.Errno;
import io.pcache.sys.NativeMemory;
import io.pcache.wake.Doorbells;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A queue's way to the backing device. The code that steers the queue's requests starts transfers here, and is told
 * when they end. The leg itself knows nothing of the cache device. Owned by one thread; hot.
 */
public final class BackingLeg {
    /** Most reads in flight. With {@link Fill#MAX_BYTES} for each, a queue has 4 MiB of buffers for them. */
    private static final int FILLS = 32;
    /**
     * Most writes through that are taken at a time. With their buffers, they take 4 MiB and a little for each queue.
     */
    private static final int WRITES = 32;

    private static final int ALIGNMENT = 4096;

    /** Is told when transfers end, on the queue's thread, from within {@link BackingQueue#poll}. */
    public interface Steering {
        /**
         * A read has ended. The steering answers with the data, and may put the data into the cache. When this returns,
         * the fill and its buffer are used again.
         *
         * @param result 0, or a negative errno
         */
        void filled(Fill fill, int result);

        /**
         * A write through has ended, possibly from within {@link BackingLeg#start}. When this returns, the object is
         * used again.
         *
         * @param result 0, or a negative errno
         */
        void written(ThroughWrite write, int result);
    }

    private final CacheIndex index;
    private final Flights flights;
    private final BackingFlushes flushes;
    private final BackingQueue backing;
    /** The buffers of all fills. */
    private final ByteBuffer buffers;

    private final int blockBytes;
    private final Doorbells doorbells;
    private final Health health;
    private final CacheStats stats;
    private Steering steering;
    private Fill free;
    /** Reads that have not ended. */
    private Fill underWay;

    private final ThroughWrite[] writes;
    private ThroughWrite freeWrite;
    private int writesTaken;

    private final BackingIo flush = new BackingIo() {
        @Override
        protected void completed() {
            flushEnded();
        }
    };
    private boolean flushing;
    /** The number that the flush under way covers. */
    private long covered;

    /**
     * @param blockBytes the backing device's logical block, at most 4096
     * @param writesThrough whether buffers for writes through are needed
     */
    public BackingLeg(
            CacheIndex index,
            Flights flights,
            BackingFlushes flushes,
            BackingQueue backing,
            int blockBytes,
            boolean writesThrough,
            Doorbells doorbells,
            Health health,
            CacheStats stats) {
        this.index = index;
        this.flights = flights;
        this.flushes = flushes;
        this.backing = backing;
        this.blockBytes = blockBytes;
        this.doorbells = doorbells;
        this.health = health;
        this.stats = stats;
        int bytes = Fill.bufferBytes(Fill.MAX_BYTES);
        buffers = NativeMemory.allocateAligned(FILLS * bytes, ALIGNMENT);
        backing.register(buffers);
        for (int i = 0; i < FILLS; i++) {
            free(new Fill(this, buffers.slice(i * bytes, bytes)));
        }
        writes = new ThroughWrite[writesThrough ? WRITES : 0];
        for (int i = 0; i < writes.length; i++) {
            writes[i] = new ThroughWrite(this);
            writes[i].next = freeWrite;
            freeWrite = writes[i];
        }
    }

    /** To be called once, before the first transfer. */
    public void steeredBy(Steering by) {
        this.steering = by;
    }

    // ---- reads

    /** Whether a read can be taken now. */
    public boolean hasFreeFill() {
        return free != null;
    }

    /**
     * Prepares to read a range that the cache does not hold, and enters the fill among the flights. To be called with
     * the subtree's lock held; {@link #read} is to be called without the lock. There must be a {@linkplain #hasFreeFill
     * free fill}.
     *
     * @param length bytes wanted; the fill may have fewer
     */
    public Fill take(Request request, int subtree, long offset, int length) {
        Fill fill = free;
        free = fill.next;
        fill.next = null;
        fill.describe(request, subtree, offset, Math.min(length, Fill.MAX_BYTES));
        fill.entered = true;
        flights.enter(subtree, fill, Flights.FILL, fill.offset, fill.length);
        return fill;
    }

    /** Starts the transfer. */
    public void read(Fill fill) {
        fill.previous = null;
        fill.next = underWay;
        if (underWay != null) {
            underWay.previous = fill;
        }
        underWay = fill;
        backing.submit(fill.transfer(blockBytes));
    }

    /**
     * Reads a range that is damaged in the cache. Off the hot path. Takes memory of its own, so that the read need not
     * wait for a free fill. The data answers the request, and does not go to the cache.
     */
    public void readAgain(Request request, int subtree, long offset, int length) {
        Fill fill = new Fill(this, NativeMemory.allocateAligned(Fill.bufferBytes(length), ALIGNMENT));
        fill.describe(request, subtree, offset, length);
        read(fill);
    }

    void ended(Fill fill) {
        if (fill.previous == null) {
            underWay = fill.next;
        } else {
            fill.previous.next = fill.next;
        }
        if (fill.next != null) {
            fill.next.previous = fill.previous;
        }
        steering.filled(fill, fill.io.result);
        fill.request = null;
        if (fill.entered) {
            synchronized (index.lock(fill.subtree)) {
                flights.leave(fill.subtree, fill);
            }
            free(fill);
        }
    }

    private void free(Fill fill) {
        fill.entered = false;
        fill.next = free;
        free = fill;
    }

    // ---- writes through

    /** Whether a write through can be taken now. */
    public boolean hasFreeWrite() {
        return freeWrite != null;
    }

    /**
     * Takes a write through for a range, or for as much of the range as a write through may have, and enters it among
     * the flights. From now on write-back leaves the keys of that range alone. To be called before the first of these
     * keys is accepted. There must be a {@linkplain #hasFreeWrite free write through}.
     *
     * @param wantedBytes from the offset on
     */
    public ThroughWrite takeWrite(Request request, long offset, long wantedBytes) {
        ThroughWrite write = freeWrite;
        freeWrite = write.next;
        writesTaken++;
        int toSubtreeEnd = DeviceLayout.SUBTREE_BYTES - ((int) offset & DeviceLayout.SUBTREE_BYTES - 1);
        int limit = (int) Math.min(wantedBytes, Math.min(ThroughWrite.MAX_BYTES, toSubtreeEnd));
        write.describe(request, CacheIndex.subtree(offset), offset, limit, blockBytes);
        synchronized (index.lock(write.subtree)) {
            flights.enter(write.subtree, write, Flights.INTENT, offset, limit);
        }
        return write;
    }

    /**
     * Starts a write through. Its keys must be durable.
     *
     * @return false if another write to the backing device is in the way; when that write has ended, the queue is woken
     */
    public boolean start(ThroughWrite write) {
        int sectors;
        synchronized (index.lock(write.subtree)) {
            if (flights.isBlocked(
                    write.subtree,
                    write.blockStart(),
                    write.blockLength(),
                    Flights.BACKING_WRITE | Flights.WRITE_BACK)) {
                return false;
            }
            flights.change(write, Flights.BACKING_WRITE, write.blockStart(), write.blockLength());
            sectors = write.findWanted(index);
        }
        if (sectors == 0) {
            end(write, 0, false);
        } else if (sectors << DeviceLayout.SECTOR_SHIFT == write.blockLength()) {
            submit(write);
        } else {
            backing.submit(write.readAround());
        }
        return true;
    }

    private void submit(ThroughWrite write) {
        stats.add(CacheCounter.BACKING_WRITES);
        stats.add(CacheCounter.WRITTEN_THROUGH_BYTES, write.length);
        backing.submit(write.write());
    }

    void ended(ThroughWrite write) {
        int result = write.io.result;
        if (result < 0) {
            health.backingWriteFailed("write to backing device bytes " + write.offset + " + " + write.length
                    + " failed: " + Errno.name(-result) + "; the data stays in the cache, dirty");
            end(write, result, false);
        } else if (write.reads) {
            write.keepAround();
            submit(write);
        } else {
            health.backingWritten();
            end(write, 0, true);
        }
    }

    /**
     * Ends a write through. What it has brought to the backing device becomes clean in the cache, as far as the cache
     * still holds the data. The data is not durable there yet: until write-back has passed the keys, behind a flush,
     * the log holds them as dirty.
     */
    private void end(ThroughWrite write, int result, boolean written) {
        if (written) {
            flushes.written();
        }
        boolean awaited;
        synchronized (index.lock(write.subtree)) {
            for (int i = 0; written && i < write.pieceCount; i++) {
                index.markClean(write.subtree, write.pieces[i]);
            }
            awaited = flights.leave(write.subtree, write);
        }
        if (awaited) {
            doorbells.flightEnded();
        }
        steering.written(write, result);
        free(write);
    }

    /** Gives up a write through that was not started. Its data stays dirty in the cache. */
    public void drop(ThroughWrite write) {
        boolean awaited;
        synchronized (index.lock(write.subtree)) {
            awaited = flights.leave(write.subtree, write);
        }
        if (awaited) {
            doorbells.flightEnded();
        }
        free(write);
    }

    private void free(ThroughWrite write) {
        write.request = null;
        write.next = freeWrite;
        freeWrite = write;
        writesTaken--;
    }

    // ---- flushes

    /**
     * Begins a flush, unless one is under way, of whichever queue: who wants a flush asks again when that has ended.
     */
    public void flush() {
        if (flushing) {
            return;
        }
        covered = flushes.begin();
        if (covered >= 0) {
            flushing = true;
            stats.add(CacheCounter.BACKING_FLUSHES);
            backing.submit(flush.prepareFlush());
        }
    }

    private void flushEnded() {
        flushing = false;
        if (flush.result < 0) {
            health.backingWriteFailed("flush of the backing device failed: " + Errno.name(-flush.result));
        }
        boolean awaited = flushes.end(covered, flush.result == 0);
        // Data that a failed flush may have lost is written back anew.
        if (awaited || flush.result < 0) {
            doorbells.flightEnded();
        }
    }

    // ---- all transfers

    /**
     * Lets transfers go on without the requests for which they were made.
     *
     * @param given told of each request once for each of its transfers
     */
    public void giveUp(Predicate<Request> which, Consumer<Request> given) {
        for (Fill fill = underWay; fill != null; fill = fill.next) {
            Request request = fill.request;
            if (request != null && which.test(request)) {
                fill.request = null;
                given.accept(request);
            }
        }
        for (ThroughWrite write : writes) {
            Request request = write.request;
            if (request != null && which.test(request)) {
                write.request = null;
                given.accept(request);
            }
        }
    }

    /** Whether no transfer is under way, and none is to come. */
    public boolean isIdle() {
        return underWay == null && writesTaken == 0 && !flushing;
    }

    /** Lets go of what the leg has announced to the backing device. Nothing may be under way. */
    public void close() {
        backing.unregister(buffers);
    }
}
