package io.pcache.ring;

import io.pcache.sys.NativeMemory;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.nio.ByteBuffer;
import java.util.BitSet;

/** A ring's table of registered files. Off the I/O path; owned by the ring's thread. */
final class RingFiles {
    private static final int EMPTY = -1;

    private final SystemCalls calls;
    private final int ringFd;
    private final int slots;
    private final BitSet used = new BitSet();

    RingFiles(SystemCalls calls, int ringFd, int slots) {
        this.calls = calls;
        this.ringFd = ringFd;
        this.slots = slots > 0 && makeTable(slots) ? slots : 0;
    }

    private boolean makeTable(int count) {
        ByteBuffer table = NativeMemory.allocate(ResourceLayout.REGISTER_BYTES);
        table.putInt(ResourceLayout.REGISTER_COUNT, count);
        table.putInt(ResourceLayout.REGISTER_FLAGS, IoUring.RSRC_REGISTER_SPARSE);
        return calls.ioUringRegister(
                        ringFd, IoUring.REGISTER_FILES2, NativeMemory.address(table), ResourceLayout.REGISTER_BYTES)
                >= 0;
    }

    /** Returns the slot, or -1. */
    int register(int fd) {
        int slot = used.nextClearBit(0);
        if (slot >= slots || update(slot, fd) < 0) {
            return -1;
        }
        used.set(slot);
        return slot;
    }

    void unregister(int slot) throws SystemCallException {
        int result = update(slot, EMPTY);
        if (result < 0) {
            throw new SystemCallException(-result, "io_uring_register", "empty file slot " + slot);
        }
        used.clear(slot);
    }

    private int update(int slot, int fd) {
        ByteBuffer descriptors = NativeMemory.allocate(Integer.BYTES);
        descriptors.putInt(0, fd);
        ByteBuffer update = NativeMemory.allocate(ResourceLayout.UPDATE2_BYTES);
        update.putInt(ResourceLayout.UPDATE_SLOT, slot);
        update.putLong(ResourceLayout.UPDATE_DATA, NativeMemory.address(descriptors));
        update.putInt(ResourceLayout.UPDATE2_COUNT, 1);
        int result = calls.ioUringRegister(
                ringFd, IoUring.REGISTER_FILES_UPDATE2, NativeMemory.address(update), ResourceLayout.UPDATE2_BYTES);
        java.lang.ref.Reference.reachabilityFence(descriptors);
        return result;
    }
}
