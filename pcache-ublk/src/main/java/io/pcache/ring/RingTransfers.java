package io.pcache.ring;

import io.pcache.backing.BackingFile;
import io.pcache.backing.BackingIo;
import io.pcache.backing.BackingQueue;
import io.pcache.backing.MemoryPieces;
import io.pcache.backing.TransferProgress;
import io.pcache.sys.NativeMemory;
import io.pcache.sys.SystemCallException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Transfers of one file on one ring. Submits transfers, continues those that came back short, and tells when a transfer
 * has ended. Hot, allocates nothing; owned by the ring's thread.
 *
 * @param <Q> the owner of a transfer
 */
final class RingTransfers<Q> {

    /**
     * Told of the end of each transfer, with {@link BackingIo#result} set; called from within {@link Ring#dispatch}.
     */
    interface End<Q> {
        void ended(Q owner, BackingIo io);
    }

    private final Ring ring;
    private final SubmissionQueue submissions;
    private final BackingFile file;
    private final End<? super Q> end;
    private final int client;
    // The registered slot and SQE_FIXED_FILE, or the plain descriptor and 0.
    private final int fileSlot;
    private final int fd;
    private final int fdFlags;
    // By slot: the transfers in flight. The entry keeps a transfer's buffer reachable while the kernel uses the
    // address.
    private final BackingIo[] ios;
    private final Object[] owners;
    private final int[] freeSlots;
    private int freeCount;
    // Registered memory: each piece, where it begins, and its slot. An entry keeps the piece reachable: the slot stands
    // for the piece's pages, also when other memory is at its address.
    private ByteBuffer[] memory = {};
    private long[] memoryStarts = {};
    private int[] memorySlots = {};

    /** @param depth the most transfers in flight */
    RingTransfers(Ring ring, BackingFile file, int depth, End<? super Q> end) {
        this.ring = ring;
        this.submissions = ring.submissions();
        this.file = file;
        this.end = end;
        this.client = ring.addClient(this::completed);
        this.fileSlot = ring.registerFile(file.fd());
        this.fd = fileSlot >= 0 ? fileSlot : file.fd();
        this.fdFlags = fileSlot >= 0 ? IoUring.SQE_FIXED_FILE : 0;
        this.ios = new BackingIo[depth];
        this.owners = new Object[depth];
        this.freeSlots = new int[depth];
        for (int slot = depth - 1; slot >= 0; slot--) {
            freeSlots[freeCount++] = slot;
        }
    }

    /** See {@link BackingQueue#register}. */
    void register(ByteBuffer piece) {
        long start = NativeMemory.address(piece);
        int slot = ring.registerMemory(start, piece.capacity());
        if (slot < 0) {
            return;
        }
        int count = memory.length;
        memory = Arrays.copyOf(memory, count + 1);
        memoryStarts = Arrays.copyOf(memoryStarts, count + 1);
        memorySlots = Arrays.copyOf(memorySlots, count + 1);
        memory[count] = piece;
        memoryStarts[count] = start;
        memorySlots[count] = slot;
    }

    /** See {@link BackingQueue#unregister}. */
    void unregister(ByteBuffer piece) throws SystemCallException {
        for (int i = 0; i < memory.length; i++) {
            if (memory[i] == piece) {
                ring.unregisterMemory(memorySlots[i]);
                int last = memory.length - 1;
                memory[i] = memory[last];
                memoryStarts[i] = memoryStarts[last];
                memorySlots[i] = memorySlots[last];
                memory = Arrays.copyOf(memory, last);
                return;
            }
        }
    }

    /** The slot of the registered memory that has these bytes; -1 if there is none. */
    private int memorySlot(long address, int length) {
        for (int i = 0; i < memory.length; i++) {
            if (address >= memoryStarts[i] && address + length <= memoryStarts[i] + memory[i].capacity()) {
                return memorySlots[i];
            }
        }
        return -1;
    }

    boolean hasRoom() {
        return freeCount > 0;
    }

    int inFlight() {
        return ios.length - freeCount;
    }

    /** Queues a transfer on the ring. The caller has seen that {@link #hasRoom}. */
    void submit(Q owner, BackingIo io) {
        int slot = freeSlots[--freeCount];
        ios[slot] = io;
        owners[slot] = owner;
        queue(slot, io);
    }

    private void queue(int slot, BackingIo io) {
        long userData = UserData.of(client, slot);
        int done = io.transferred;
        switch (io.kind) {
            case READ -> read(address(io) + done, io.length - done, io.offset + done, userData);
            case WRITE -> {
                if (io.pieces == null) {
                    write(address(io) + done, io.length - done, io.offset + done, userData);
                } else {
                    gather(io.pieces, done, io.offset + done, userData);
                }
            }
            case FLUSH -> submissions.fdatasync(fd, userData);
        }
        submissions.flags(fdFlags);
    }

    private void read(long address, int length, long offset, long userData) {
        int slot = memorySlot(address, length);
        if (slot < 0) {
            submissions.read(fd, address, length, offset, userData);
        } else {
            submissions.readFixed(fd, address, length, offset, slot, userData);
        }
    }

    private void write(long address, int length, long offset, long userData) {
        int slot = memorySlot(address, length);
        if (slot < 0) {
            submissions.write(fd, address, length, offset, userData);
        } else {
            submissions.writeFixed(fd, address, length, offset, slot, userData);
        }
    }

    private void gather(MemoryPieces pieces, int done, long offset, long userData) {
        pieces.dropTo(done);
        if (pieces.count() == 1) {
            submissions.write(fd, pieces.address(0), pieces.length(0), offset, userData);
        } else {
            submissions.writev(fd, pieces.vectors(), pieces.count(), offset, userData);
        }
    }

    private static long address(BackingIo io) {
        return NativeMemory.address(io.buffer) + io.bufferIndex;
    }

    @SuppressWarnings("unchecked")
    private void completed(long payload, int result, int flags) {
        int slot = (int) payload;
        BackingIo io = ios[slot];
        int outcome = TransferProgress.advance(io, result, file.logicalBlockBytes());
        if (outcome == TransferProgress.CONTINUE) {
            queue(slot, io);
            return;
        }
        Q owner = (Q) owners[slot];
        ios[slot] = null;
        owners[slot] = null;
        freeSlots[freeCount++] = slot;
        io.result = outcome;
        end.ended(owner, io);
    }

    /** Lets go of the file and of registered memory. No transfer may be in flight. */
    void close() throws SystemCallException {
        ring.removeClient(client);
        while (memory.length > 0) {
            unregister(memory[0]);
        }
        if (fileSlot >= 0) {
            ring.unregisterFile(fileSlot);
        }
    }
}
