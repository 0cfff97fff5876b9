package io.pcache.recovery;

import io.pcache.backing.BackingDevice;
import io.pcache.backing.BackingIo;
import io.pcache.backing.BackingQueue;
import io.pcache.sys.NativeMemory;
import java.nio.ByteBuffer;
import java.util.concurrent.Semaphore;

/** Reads from a backing device, one piece after the other, before the cache serves requests. */
final class BackingReader implements AutoCloseable {
    /** Blocks of this size suit direct I/O on all devices. */
    private static final int LEAST_BLOCK_BYTES = 4096;

    private final Semaphore woken = new Semaphore(0);
    private final BackingQueue queue;
    private final long sizeBytes;
    private final int block;
    private final ByteBuffer buffer;

    /** @param pieceBytes the longest piece */
    BackingReader(BackingDevice backing, int pieceBytes) {
        this.sizeBytes = backing.sizeBytes();
        this.block = Math.max(LEAST_BLOCK_BYTES, backing.logicalBlockBytes());
        this.buffer = NativeMemory.allocateAligned((pieceBytes + block - 1) / block * block + block, block);
        this.queue = backing.openQueue(woken::release);
    }

    /**
     * Reads bytes.
     *
     * @return the index of the first byte in {@link #buffer}; -1 if the device does not give the bytes
     */
    int read(long offset, int length) {
        long start = offset / block * block;
        long end = Math.min(sizeBytes, (offset + length + block - 1) / block * block);
        if (offset + length > end) {
            return -1;
        }
        Read read = new Read();
        read.prepare(BackingIo.Kind.READ, start, buffer, 0, (int) (end - start));
        queue.submit(read);
        queue.kick();
        while (queue.poll() == 0) {
            woken.acquireUninterruptibly();
        }
        return read.result == 0 ? (int) (offset - start) : -1;
    }

    /** Holds the bytes that were read last. */
    ByteBuffer buffer() {
        return buffer;
    }

    @Override
    public void close() {
        queue.close();
    }

    private static final class Read extends BackingIo {
        @Override
        protected void completed() {
            // This read is alone on its queue: when poll has returned a transfer, this read has ended.
        }
    }
}
