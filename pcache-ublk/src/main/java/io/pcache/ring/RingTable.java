package io.pcache.ring;

import io.pcache.sys.NativeMemory;
import io.pcache.sys.SystemCallException;
import io.pcache.sys.SystemCalls;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.BitSet;

/** A ring's table of what is registered with the ring. Off the I/O path; owned by the ring's thread. */
final class RingTable {

    /** What a table holds. The kernel has such tables since 5.19. */
    enum Kind {
        /** Entries of four bytes: a descriptor, or -1. */
        FILES(IoUring.REGISTER_FILES2, IoUring.REGISTER_FILES_UPDATE2, Integer.BYTES, (byte) -1),
        /** Entries of two words, {@code struct iovec}: an address and a length, or zeros. */
        BUFFERS(IoUring.REGISTER_BUFFERS2, IoUring.REGISTER_BUFFERS_UPDATE, 2 * Long.BYTES, (byte) 0);

        private final int make;
        private final int update;
        private final int entryBytes;
        private final byte empty;

        Kind(int make, int update, int entryBytes, byte empty) {
            this.make = make;
            this.update = update;
            this.entryBytes = entryBytes;
            this.empty = empty;
        }
    }

    private final SystemCalls calls;
    private final int ringFd;
    private final Kind kind;
    private final int slots;
    private final BitSet used = new BitSet();
    private final ByteBuffer entry;

    RingTable(SystemCalls calls, int ringFd, Kind kind, int slots) {
        this.calls = calls;
        this.ringFd = ringFd;
        this.kind = kind;
        this.entry = NativeMemory.allocate(kind.entryBytes);
        this.slots = slots > 0 && make(slots) ? slots : 0;
    }

    private boolean make(int count) {
        ByteBuffer table = NativeMemory.allocate(ResourceLayout.REGISTER_BYTES);
        table.putInt(ResourceLayout.REGISTER_COUNT, count);
        table.putInt(ResourceLayout.REGISTER_FLAGS, IoUring.RSRC_REGISTER_SPARSE);
        return calls.ioUringRegister(ringFd, kind.make, NativeMemory.address(table), ResourceLayout.REGISTER_BYTES)
                >= 0;
    }

    /** Returns the slot, or -1 where there is no table, where none is free, or where the kernel refuses the file. */
    int registerFile(int fd) {
        entry.putInt(0, fd);
        return register();
    }

    /** As {@link #registerFile}, memory. The kernel pins the pages: ENOMEM above the limit of locked memory. */
    int registerMemory(long address, long length) {
        entry.putLong(0, address);
        entry.putLong(Long.BYTES, length);
        return register();
    }

    private int register() {
        int slot = used.nextClearBit(0);
        if (slot >= slots || update(slot) < 0) {
            return -1;
        }
        used.set(slot);
        return slot;
    }

    void unregister(int slot) throws SystemCallException {
        for (int i = 0; i < kind.entryBytes; i++) {
            entry.put(i, kind.empty);
        }
        int result = update(slot);
        if (result < 0) {
            throw new SystemCallException(-result, "io_uring_register", "empty slot " + slot + " of " + kind);
        }
        used.clear(slot);
    }

    private int update(int slot) {
        ByteBuffer update = NativeMemory.allocate(ResourceLayout.UPDATE2_BYTES);
        update.putInt(ResourceLayout.UPDATE_SLOT, slot);
        update.putLong(ResourceLayout.UPDATE_DATA, NativeMemory.address(entry));
        update.putInt(ResourceLayout.UPDATE2_COUNT, 1);
        int result =
                calls.ioUringRegister(ringFd, kind.update, NativeMemory.address(update), ResourceLayout.UPDATE2_BYTES);
        Reference.reachabilityFence(entry);
        return result;
    }
}
