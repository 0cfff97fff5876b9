package io.pcache.ring;

import io.pcache.backing.BackingFile;
import io.pcache.backing.BackingIo;
import io.pcache.backing.BackingIoList;
import io.pcache.backing.BackingQueue;
import io.pcache.sys.SystemCallException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/**
 * Transfers on the caller's own ring: no other thread, no wake-up. The owner's round submits the transfers together
 * with all other operations that are queued, in one system call. {@link Ring#dispatch} collects the transfers that have
 * ended, and {@link #poll} completes them.
 *
 * <p>{@link #kick} does nothing: the round's {@link Ring#submitAndWait} hands transfers to the kernel.
 */
public final class RingBackingQueue implements BackingQueue {
    private final RingTransfers<RingBackingQueue> transfers;
    private final BackingIoList waiting = new BackingIoList();
    private final BackingIoList ended = new BackingIoList();
    private int inFlight;

    /**
     * @param depth transfers in the kernel at once; further transfers wait. The ring's completion queue should have
     *     room for {@code depth} completions
     */
    RingBackingQueue(Ring ring, BackingFile file, int depth) {
        this.transfers = new RingTransfers<>(ring, file, depth, (owner, io) -> ended.add(io));
    }

    @Override
    public void register(ByteBuffer memory) {
        transfers.register(memory);
    }

    @Override
    public void unregister(ByteBuffer memory) {
        try {
            transfers.unregister(memory);
        } catch (SystemCallException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void submit(BackingIo io) {
        inFlight++;
        if (transfers.hasRoom()) {
            transfers.submit(this, io);
        } else {
            waiting.add(io);
        }
    }

    @Override
    public void kick() {}

    @Override
    public int poll() {
        while (!waiting.isEmpty() && transfers.hasRoom()) {
            transfers.submit(this, waiting.poll());
        }
        int count = 0;
        for (BackingIo io = ended.poll(); io != null; io = ended.poll()) {
            inFlight--;
            count++;
            io.end(io.result);
        }
        return count;
    }

    @Override
    public int inFlight() {
        return inFlight;
    }

    @Override
    public void close() {
        if (inFlight != 0) {
            throw new IllegalStateException(inFlight + " transfers in flight");
        }
        try {
            transfers.close();
        } catch (SystemCallException e) {
            throw new UncheckedIOException(e);
        }
    }
}
