package io.pcache.writeback;

import io.pcache.backing.BackingIo;
import io.pcache.backing.BackingQueue;
import io.pcache.sys.Errno;
import io.pcache.memory.CacheMemory;
import io.pcache.state.Signal;
import io.pcache.stats.CacheCounter;
import io.pcache.stats.CacheStats;
import java.nio.ByteBuffer;

/**
 * Writes ranges to the backing device out of the cache: ranges that follow each other become one large write, several writes are in flight. Owned by
 * write-back's thread.
 */
final class BackingWriter implements AutoCloseable {
    /** Largest write in bytes, and how many are in flight. */
    static final int BUFFER_BYTES = 256 << 10;
    static final int BUFFERS = 32;
    private static final int MAX_BLOCK = 4096;

    private final class Transfer extends BackingIo {
        final ByteBuffer memory = ByteBuffer.allocateDirect(BUFFER_BYTES + 3 * MAX_BLOCK).alignedSlice(MAX_BLOCK);
        Transfer link;
        /** The range collected so far, on the backing device. */
        long start;
        int collected;
        /** Where in the memory it starts: a range that begins within a block keeps room for the block's front. */
        int skip;

        @Override
        protected void completed() {
            if (result < 0 && error == 0) {
                error = result;
                errorOffset = offset;
            }
            link = free;
            free = this;
        }
    }

    private final BackingQueue backing;
    private final int block;
    private final Signal signal;
    private final CacheStats stats;
    private Transfer free;
    private Transfer open;
    private final BackingIo single = new BackingIo() {
        @Override
        protected void completed() {
            if (result < 0 && error == 0) {
                error = result;
                errorOffset = offset;
            }
        }
    };
    private final ByteBuffer edge = ByteBuffer.allocateDirect(2 * MAX_BLOCK).alignedSlice(MAX_BLOCK);
    private int error;
    private long errorOffset;
    private boolean unflushed;
    private long flushNanos;

    /**
     * @param block  the backing device's logical block in bytes
     * @param signal raised by the backing queue's wake
     */
    BackingWriter(BackingQueue backing, int block, Signal signal, CacheStats stats) {
        this.stats = stats;
        this.backing = backing;
        this.block = block;
        this.signal = signal;
        for (int i = 0; i < BUFFERS; i++) {
            Transfer transfer = new Transfer();
            transfer.link = free;
            free = transfer;
        }
    }

    /** Writes a range that lies in one piece in the cache. Ranges come in ascending order, not overlapping. */
    void write(long offset, CacheMemory memory, long cacheOffset, int length) {
        int done = 0;
        while (done < length && error == 0) {
            if (open != null && (open.start + open.collected != offset + done || open.collected == BUFFER_BYTES)) {
                submitOpen();
                continue;
            }
            if (open == null) {
                open = take();
                open.start = offset + done;
                open.collected = 0;
                open.skip = (int) (open.start & block - 1);
            }
            int part = Math.min(length - done, BUFFER_BYTES - open.collected);
            memory.copyOut(cacheOffset + done, open.memory, open.skip + open.collected, part);
            open.collected += part;
            done += part;
        }
    }

    private Transfer take() {
        while (free == null) {
            await();
        }
        Transfer transfer = free;
        free = transfer.link;
        return transfer;
    }

    private void submitOpen() {
        Transfer transfer = open;
        open = null;
        int tail = (int) (-(transfer.start + transfer.collected) & block - 1);
        if (transfer.skip > 0 || tail > 0) {
            readAround(transfer, tail);
        }
        if (error != 0) {
            transfer.link = free;
            free = transfer;
            return;
        }
        unflushed = true;
        stats.add(CacheCounter.BACKING_WRITES);
        stats.add(CacheCounter.WRITTEN_BACK_BYTES, transfer.collected);
        backing.submit(transfer.prepare(BackingIo.Kind.WRITE, transfer.start - transfer.skip, transfer.memory, 0,
            transfer.skip + transfer.collected + tail));
        backing.kick();
    }

    /**
     * Completes a range that does not begin and end with a block of the device. Only a cache made for a device with smaller blocks
     * has such; the writes in flight are let finish first, since one may hold the other half of the block.
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
        backing.kick();
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
     * Waits for all writes and makes them durable.
     *
     * @return whether all went well; if not, {@link #problem} says what did not, and the next write starts anew
     */
    boolean flush() {
        if (open != null) {
            submitOpen();
        }
        drain();
        long since = System.nanoTime();
        if (error == 0 && unflushed) {
            transfer(BackingIo.Kind.FLUSH, 0, null, 0);
            stats.add(CacheCounter.BACKING_FLUSHES);
        }
        if (error != 0) {
            stats.add(CacheCounter.BACKING_ERRORS);
            return false;
        }
        unflushed = false;
        flushNanos = System.nanoTime() - since;
        return true;
    }

    /** How long the backing device took for the last flush. */
    long flushNanos() {
        return flushNanos;
    }

    /** After {@link #flush} returned false: what failed. */
    String problem() {
        return single.kind == BackingIo.Kind.FLUSH && single.result < 0
            ? "flush of the backing device failed: " + Errno.name(-error)
            : "write to backing device byte " + errorOffset + " failed: " + Errno.name(-error);
    }

    /** Forgets what was collected and what failed, once nothing is in flight any more; the batch will come again. */
    void abandon() {
        drain();
        error = 0;
        single.result = 0;
        if (open != null) {
            open.link = free;
            free = open;
            open = null;
        }
    }

    @Override
    public void close() {
        backing.close();
    }
}
