package io.pcache.backing;

import java.nio.ByteBuffer;

/**
 * A transfer, made once and used again and again. Its buffer is direct, at an address that is a multiple of 4096, so
 * that the buffer serves O_DIRECT. The buffer belongs to the queue from {@link BackingQueue#submit} until
 * {@link #completed}.
 */
public abstract class BackingIo {

    public enum Kind {
        READ,
        WRITE,
        FLUSH
    }

    /**
     * The queue's own link while the transfer is in flight. {@link #transferred} is the queue's, too: how far a short
     * transfer has got.
     */
    public BackingIo next;

    public int transferred;

    public Kind kind;
    public long offset;
    public int length;
    public ByteBuffer buffer;
    /** Where in {@link #buffer} the transfer starts; a multiple of the device's logical block size. */
    public int bufferIndex;
    /** The source of a gathered write, in place of {@link #buffer}; null for all other transfers. */
    public MemoryPieces pieces;
    /** 0, or a negative errno. Set before {@link #completed}. */
    public int result;

    public final BackingIo prepare(Kind kind, long offset, ByteBuffer buffer, int bufferIndex, int length) {
        this.kind = kind;
        this.offset = offset;
        this.buffer = buffer;
        this.bufferIndex = bufferIndex;
        this.length = length;
        this.pieces = null;
        this.transferred = 0;
        this.result = 0;
        return this;
    }

    /**
     * Prepares a write out of memory that is no buffer. Only for devices that have a
     * {@link BackingDevice#gatherUnitBytes}. The memory and the list belong to the queue until {@link #completed}. The
     * write ends with -EFAULT if the kernel cannot get at the memory, with -EINVAL or -EOPNOTSUPP if the device cannot.
     * A part may be written then.
     *
     * @param pieces not empty
     */
    public final BackingIo prepareGather(long offset, MemoryPieces pieces) {
        prepare(Kind.WRITE, offset, null, 0, pieces.bytes());
        this.pieces = pieces;
        return this;
    }

    public final BackingIo prepareFlush() {
        return prepare(Kind.FLUSH, 0, null, 0, 0);
    }

    /** The transfer has ended with {@link #result}. Called on the owning thread. May submit again. */
    protected abstract void completed();

    /** Ends the transfer; for implementations of queues. */
    public final void end(int result) {
        this.result = result;
        completed();
    }
}
