package io.pcache.ublk;

import io.pcache.request.Request;
import io.pcache.request.RequestData;
import io.pcache.sys.Errno;
import java.nio.ByteBuffer;

/**
 * One tag of a queue: the request that the kernel has put there, and the way to the request's bytes. Made at start,
 * used again and again.
 */
abstract class UblkRequest extends Request implements RequestData {
    private final UblkQueue queue;
    final int tag;

    UblkRequest(UblkQueue queue, int tag) {
        this.queue = queue;
        this.tag = tag;
    }

    /** The address of the tag's buffer for FETCH and COMMIT; 0 for no buffer. */
    abstract long bufferAddress();

    /**
     * Takes over what the kernel has described.
     *
     * @return false if the operation is unknown
     */
    final boolean take(ByteBuffer descriptors) {
        int at = tag * DescriptorLayout.BYTES;
        int opFlags = descriptors.getInt(at + DescriptorLayout.OP_FLAGS);
        long length = Integer.toUnsignedLong(descriptors.getInt(at + DescriptorLayout.SECTORS)) << Ublk.SECTOR_SHIFT;
        long offset = descriptors.getLong(at + DescriptorLayout.START_SECTOR) << Ublk.SECTOR_SHIFT;
        boolean fua = (opFlags & Ublk.IO_F_FUA) != 0;
        switch (opFlags & Ublk.IO_OP_MASK) {
            case Ublk.IO_OP_READ -> prepare(Op.READ, offset, length, false, this);
            case Ublk.IO_OP_WRITE -> prepare(Op.WRITE, offset, length, fua, this);
            // The start sector of a FLUSH is all ones.
            case Ublk.IO_OP_FLUSH -> prepare(Op.FLUSH, 0, 0, false, null);
            case Ublk.IO_OP_DISCARD -> prepare(Op.DISCARD, offset, length, false, null);
            case Ublk.IO_OP_WRITE_ZEROES -> prepare(Op.WRITE_ZEROES, offset, length, fua, null);
            default -> {
                return false;
            }
        }
        return true;
    }

    @Override
    protected final void completed(int result) {
        queue.commit(this, result < 0 ? errno(result) : isTransfer() ? (int) length() : 0);
    }

    private boolean isTransfer() {
        return op() == Op.READ || op() == Op.WRITE;
    }

    // The block layer would take these errors for a shortage of its own and try again, for some errors for ever.
    private static int errno(int result) {
        return result == -Errno.ENOMEM || result == -Errno.EBUSY || result == -Errno.EAGAIN ? -Errno.EIO : result;
    }
}
