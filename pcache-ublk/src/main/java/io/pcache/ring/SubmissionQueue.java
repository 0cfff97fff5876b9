package io.pcache.ring;

import java.nio.ByteBuffer;

/**
 * Operations on their way to the kernel. Each method queues one operation; {@link Ring#submit} or
 * {@link Ring#submitAndWait} hands the queued operations to the kernel. When the queue is full, its operations are
 * submitted first. Owned by the ring's thread; all methods are hot and allocate nothing.
 *
 * <p>{@link #flags} adds flags to the operation that was queued last.
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
        if (indexArray) {
            int array = params.getInt(RingParamsLayout.SQ_OFF_ARRAY);
            for (int i = 0; i < entries; i++) {
                memory.ring.putInt(array + i * Integer.BYTES, i);
            }
        }
    }

    /** The number of entries. */
    public int capacity() {
        return entries;
    }

    /** The number of operations that are queued and that the kernel has not yet taken. */
    public int queued() {
        return tail - memory.acquire(headOffset);
    }

    /** Shows the queued operations to the kernel; returns how many entries the kernel has not yet taken. */
    int publish() {
        memory.release(tailOffset, tail);
        return queued();
    }

    /** Queues an operation without arguments; returns where the operation's entry begins. */
    int claim(byte opcode, int fd, long userData) {
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

    private void transfer(byte opcode, int fd, long address, int length, long offset, long userData) {
        int at = claim(opcode, fd, userData);
        sqes.putLong(at + SqeLayout.OFFSET, offset);
        sqes.putLong(at + SqeLayout.ADDRESS, address);
        sqes.putInt(at + SqeLayout.LENGTH, length);
    }

    /** Adds {@code SQE_…} flags to the operation that was queued last, and has not been submitted yet. */
    public void flags(int flags) {
        sqes.put(last + SqeLayout.FLAGS, (byte) (sqes.get(last + SqeLayout.FLAGS) | flags));
    }

    /** Queues a read, which completes with the number of bytes read. */
    public void read(int fd, long address, int length, long offset, long userData) {
        transfer(IoUring.OP_READ, fd, address, length, offset, userData);
    }

    /** Queues a write, which completes with the number of bytes written. */
    public void write(int fd, long address, int length, long offset, long userData) {
        transfer(IoUring.OP_WRITE, fd, address, length, offset, userData);
    }

    /** As {@link #read}, into memory that {@link Ring#registerMemory} has given a slot. */
    public void readFixed(int fd, long address, int length, long offset, int slot, long userData) {
        transfer(IoUring.OP_READ_FIXED, fd, address, length, offset, userData);
        sqes.putShort(last + SqeLayout.BUFFER_INDEX, (short) slot);
    }

    /** As {@link #write}, from memory that {@link Ring#registerMemory} has given a slot. */
    public void writeFixed(int fd, long address, int length, long offset, int slot, long userData) {
        transfer(IoUring.OP_WRITE_FIXED, fd, address, length, offset, userData);
        sqes.putShort(last + SqeLayout.BUFFER_INDEX, (short) slot);
    }

    /**
     * As {@link #write}, from several pieces of memory, in their order.
     *
     * @param vectors address of {@code count} {@code struct iovec}s, at most 1024, which must not change until the
     *     write has completed
     */
    public void writev(int fd, long vectors, int count, long offset, long userData) {
        transfer(IoUring.OP_WRITEV, fd, vectors, count, offset, userData);
    }

    /** Queues an fdatasync of the whole file. The kernel brings the fdatasync and writes in flight into no order. */
    public void fdatasync(int fd, long userData) {
        int at = claim(IoUring.OP_FSYNC, fd, userData);
        sqes.putInt(at + SqeLayout.OP_FLAGS, IoUring.FSYNC_DATASYNC);
    }

    /**
     * Queues a driver's own command. The command's payload, 16 bytes, or 80 on a ring of large entries, is zeroed. The
     * caller stores it into {@link #entries()} from the returned index on, before the next operation is queued.
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
