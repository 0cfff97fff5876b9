package io.pcache.ring;

import io.pcache.sys.NativeMemory;
import java.nio.ByteBuffer;

/**
 * Operations on their way to the kernel. Each method queues one; {@link Ring#submit} or {@link Ring#submitAndWait}
 * hands over what is queued. When the queue is full, what is in it is submitted first. Owned by the ring's thread; all
 * methods are hot and allocate nothing.
 *
 * <p>{@link #flags} adds flags to the operation queued last. Before a chain of linked operations call
 * {@link #ensureRoom}: a chain must not be torn between two submissions.
 */
public final class SubmissionQueue {
    private final Ring ring;
    private final RingMemory memory;
    private final ByteBuffer sqes;
    private final int entries;
    private final int mask;
    private final int sqeBytes;
    private final int headOffset;
    private final int tailOffset;
    // One per entry: the kernel reads it at submission, so it is free again when the entry is.
    private final ByteBuffer timespecs;
    private final long timespecsAddress;

    private int tail;
    private int last;

    SubmissionQueue(Ring ring, RingMemory memory, ByteBuffer params, int sqeBytes, boolean indexArray) {
        this.ring = ring;
        this.memory = memory;
        this.sqes = memory.sqes;
        this.entries = params.getInt(RingParamsLayout.SQ_ENTRIES);
        this.mask = memory.opaque(params.getInt(RingParamsLayout.SQ_OFF_RING_MASK));
        this.sqeBytes = sqeBytes;
        this.headOffset = params.getInt(RingParamsLayout.SQ_OFF_HEAD);
        this.tailOffset = params.getInt(RingParamsLayout.SQ_OFF_TAIL);
        this.tail = memory.opaque(tailOffset);
        this.timespecs = NativeMemory.allocate(entries * WaitLayout.TIMESPEC_BYTES);
        this.timespecsAddress = NativeMemory.address(timespecs);
        if (indexArray) {
            int array = params.getInt(RingParamsLayout.SQ_OFF_ARRAY);
            for (int i = 0; i < entries; i++) {
                memory.ring.putInt(array + i * Integer.BYTES, i);
            }
        }
    }

    /** Entries in all. */
    public int capacity() {
        return entries;
    }

    /** Operations queued and not yet taken by the kernel. */
    int queued() {
        return tail - memory.acquire(headOffset);
    }

    /** Shows the kernel what is queued; returns how many entries it has not yet taken. */
    int publish() {
        memory.release(tailOffset, tail);
        return queued();
    }

    /** Makes room for {@code count} operations that must be submitted together; at most {@link #capacity}. */
    public void ensureRoom(int count) {
        if (count > entries) {
            throw new IllegalArgumentException(
                    "a chain of " + count + " operations on a ring of " + entries + " entries");
        }
        if (queued() > entries - count) {
            ring.submit();
        }
    }

    private int claim(byte opcode, int fd, long userData) {
        if (queued() == entries) {
            ring.submit();
        }
        int index = tail++ & mask;
        int at = index * sqeBytes;
        for (int i = 0; i < sqeBytes; i += Long.BYTES) {
            sqes.putLong(at + i, 0);
        }
        sqes.put(at + SqeLayout.OPCODE, opcode);
        sqes.putInt(at + SqeLayout.FD, fd);
        sqes.putLong(at + SqeLayout.USER_DATA, userData);
        last = at;
        return at;
    }

    private int transfer(byte opcode, int fd, long address, int length, long offset, long userData) {
        int at = claim(opcode, fd, userData);
        sqes.putLong(at + SqeLayout.OFFSET, offset);
        sqes.putLong(at + SqeLayout.ADDRESS, address);
        sqes.putInt(at + SqeLayout.LENGTH, length);
        return at;
    }

    /** Adds {@code SQE_…} flags to the operation queued last, which must not have been submitted. */
    public void flags(int flags) {
        sqes.put(last + SqeLayout.FLAGS, (byte) (sqes.get(last + SqeLayout.FLAGS) | flags));
    }

    /** Completes at once with 0. */
    public void nop(long userData) {
        claim(IoUring.OP_NOP, -1, userData);
    }

    /** Completes with the bytes read. */
    public void read(int fd, long address, int length, long offset, long userData) {
        transfer(IoUring.OP_READ, fd, address, length, offset, userData);
    }

    /** Completes with the bytes written. */
    public void write(int fd, long address, int length, long offset, long userData) {
        transfer(IoUring.OP_WRITE, fd, address, length, offset, userData);
    }

    /**
     * As {@link #write} out of several pieces of memory, in their order.
     *
     * @param vectors address of {@code count} {@code struct iovec}s, at most 1024, which stay as they are until this
     *     has completed
     */
    public void writev(int fd, long vectors, int count, long offset, long userData) {
        transfer(IoUring.OP_WRITEV, fd, vectors, count, offset, userData);
    }

    /** As {@link #read} into registered buffer {@code bufferIndex}, which holds the range. */
    public void readFixed(int fd, long address, int length, long offset, int bufferIndex, long userData) {
        int at = transfer(IoUring.OP_READ_FIXED, fd, address, length, offset, userData);
        sqes.putShort(at + SqeLayout.BUFFER_INDEX, (short) bufferIndex);
    }

    /** As {@link #write} from registered buffer {@code bufferIndex}, which holds the range. */
    public void writeFixed(int fd, long address, int length, long offset, int bufferIndex, long userData) {
        int at = transfer(IoUring.OP_WRITE_FIXED, fd, address, length, offset, userData);
        sqes.putShort(at + SqeLayout.BUFFER_INDEX, (short) bufferIndex);
    }

    /** fdatasync of the whole file; in no order to writes in flight. */
    public void fdatasync(int fd, long userData) {
        int at = claim(IoUring.OP_FSYNC, fd, userData);
        sqes.putInt(at + SqeLayout.OP_FLAGS, IoUring.FSYNC_DATASYNC);
    }

    /** @param mode {@code FALLOC_FL_…} */
    public void fallocate(int fd, int mode, long offset, long length, long userData) {
        int at = claim(IoUring.OP_FALLOCATE, fd, userData);
        sqes.putLong(at + SqeLayout.OFFSET, offset);
        // The kernel wants the length where others have the address, and the mode where others have the length.
        sqes.putLong(at + SqeLayout.ADDRESS, length);
        sqes.putInt(at + SqeLayout.LENGTH, mode);
    }

    /** Completes once with the events that came. @param events {@code POLLIN}, … */
    public void poll(int fd, int events, long userData) {
        int at = claim(IoUring.OP_POLL_ADD, fd, userData);
        sqes.putInt(at + SqeLayout.OP_FLAGS, events);
    }

    /** Completes with -ETIME after {@code nanoseconds}, or with -ECANCELED after {@link #timeoutRemove}. */
    public void timeout(long nanoseconds, long userData) {
        timer(IoUring.OP_TIMEOUT, nanoseconds, userData);
    }

    /** Cancels the operation before it, which must be linked to this one, if it takes longer. */
    public void linkTimeout(long nanoseconds, long userData) {
        timer(IoUring.OP_LINK_TIMEOUT, nanoseconds, userData);
    }

    private void timer(byte opcode, long nanoseconds, long userData) {
        int at = claim(opcode, -1, userData);
        int timespec = at / sqeBytes * WaitLayout.TIMESPEC_BYTES;
        timespecs.putLong(timespec + WaitLayout.SECONDS, nanoseconds / 1_000_000_000L);
        timespecs.putLong(timespec + WaitLayout.NANOSECONDS, nanoseconds % 1_000_000_000L);
        sqes.putLong(at + SqeLayout.ADDRESS, timespecsAddress + timespec);
        sqes.putInt(at + SqeLayout.LENGTH, 1);
    }

    /** Ends the timeout that was queued with {@code target} as its user data; completes with 0 or -ENOENT. */
    public void timeoutRemove(long target, long userData) {
        int at = claim(IoUring.OP_TIMEOUT_REMOVE, -1, userData);
        sqes.putLong(at + SqeLayout.ADDRESS, target);
    }

    /**
     * Cancels the operation that was queued with {@code target} as its user data; completes with 0, -ENOENT or
     * -EALREADY.
     */
    public void cancel(long target, long userData) {
        int at = claim(IoUring.OP_ASYNC_CANCEL, -1, userData);
        sqes.putLong(at + SqeLayout.ADDRESS, target);
    }

    /**
     * A driver's own command. Its payload, 16 bytes or 80 on a ring of large entries, is to be stored into
     * {@link #entries()} from the index returned, before the next operation is queued; it is zeroed.
     */
    public int command(int fd, int commandOp, long userData) {
        int at = claim(IoUring.OP_URING_CMD, fd, userData);
        sqes.putInt(at + SqeLayout.COMMAND_OP, commandOp);
        return at + SqeLayout.COMMAND;
    }

    /** The entries' memory, for {@link #command}. */
    public ByteBuffer entries() {
        return sqes;
    }
}
