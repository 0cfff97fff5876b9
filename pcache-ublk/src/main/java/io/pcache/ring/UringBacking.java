package io.pcache.ring;

import io.pcache.backing.BackingFile;
import io.pcache.backing.BackingQueue;
import io.pcache.backing.CacheDisk;
import io.pcache.sys.SystemCallException;
import java.nio.ByteBuffer;

/**
 * A backing device driven with io_uring. A thread that shares its ring ({@link Ring#shareOnThread}) gets a queue on
 * that ring. For all other threads, one thread of the device keeps the transfers in flight.
 */
public final class UringBacking implements CacheDisk {
    /**
     * Transfers in the kernel at once, of all queues on the device's own ring: deep enough for flash, and a ring of
     * this depth takes little memory.
     */
    static final int DEPTH = 512;
    /** Transfers in the kernel at once on a caller's ring, which is one of several rings. */
    static final int QUEUE_DEPTH = 256;

    private final BackingFile file;
    private final BackingThread thread;

    /**
     * Takes the file over; {@link #close} closes the file. If this constructor throws, the file still belongs to the
     * caller.
     *
     * @throws SystemCallException when no ring can be had; EPERM or ENOSYS where io_uring is forbidden
     */
    public UringBacking(BackingFile file) throws SystemCallException {
        this.file = file;
        this.thread = BackingThread.start(file, DEPTH);
    }

    @Override
    public String path() {
        return file.path();
    }

    @Override
    public long sizeBytes() {
        return file.sizeBytes();
    }

    @Override
    public int logicalBlockBytes() {
        return file.logicalBlockBytes();
    }

    @Override
    public int physicalBlockBytes() {
        return file.physicalBlockBytes();
    }

    @Override
    public boolean direct() {
        return file.direct();
    }

    @Override
    public boolean writesAreDurable() {
        return file.writesAreDurable();
    }

    @Override
    public void writeDurably(long offset, ByteBuffer buffer, int bufferIndex, int length) {
        file.writeDurably(offset, buffer, bufferIndex, length);
    }

    @Override
    public boolean discardsCheaply() {
        return file.discardsCheaply();
    }

    @Override
    public boolean discard(long offset, long length) {
        return file.discard(offset, length);
    }

    @Override
    public int gatherUnitBytes() {
        return file.gatherUnitBytes();
    }

    @Override
    public String describe() {
        return file.describe("io_uring");
    }

    @Override
    public BackingQueue openQueue(Runnable wake) {
        Ring ring = Ring.ofThread();
        return ring == null ? thread.openQueue(wake) : openQueue(ring, QUEUE_DEPTH);
    }

    /**
     * A queue on the calling thread's ring.
     *
     * @param depth transfers in the kernel at once; further transfers wait
     */
    public RingBackingQueue openQueue(Ring ring, int depth) {
        return new RingBackingQueue(ring, file, depth);
    }

    @Override
    public void close() {
        thread.close();
        file.close();
    }
}
