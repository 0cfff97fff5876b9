package io.pcache.ring;

import io.pcache.backing.BackingFile;
import io.pcache.backing.BackingIo;
import io.pcache.backing.MemoryPieces;
import io.pcache.backing.TransferProgress;
import io.pcache.sys.NativeMemory;
import io.pcache.sys.SystemCallException;

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
            case READ -> submissions.read(fd, address(io) + done, io.length - done, io.offset + done, userData);
            case WRITE -> {
                if (io.pieces == null) {
                    submissions.write(fd, address(io) + done, io.length - done, io.offset + done, userData);
                } else {
                    gather(io.pieces, done, io.offset + done, userData);
                }
            }
            case FLUSH -> submissions.fdatasync(fd, userData);
        }
        submissions.flags(fdFlags);
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

    /** Lets go of the file. No transfer may be in flight. */
    void close() throws SystemCallException {
        ring.removeClient(client);
        if (fileSlot >= 0) {
            ring.unregisterFile(fileSlot);
        }
    }
}
