package io.pcache.backing;

import io.pcache.sys.Errno;

/** What the result of a read, write or sync means for its transfer. All implementations decide this here. */
public final class TransferProgress {
    /** The rest is to be submitted again. */
    public static final int CONTINUE = 1;

    private TransferProgress() {}

    /**
     * Counts a result in.
     *
     * @param result bytes done, or a negative errno
     * @param unitBytes for direct I/O: the rest of a short transfer must be a multiple of this
     * @return {@link #CONTINUE}, or how the transfer ends: 0 or a negative errno
     */
    public static int advance(BackingIo io, int result, int unitBytes) {
        if (result == -Errno.EINTR || result == -Errno.EAGAIN) {
            return CONTINUE;
        }
        if (result < 0 || io.kind == BackingIo.Kind.FLUSH) {
            return Math.min(result, 0);
        }
        if (result >= io.length - io.transferred) {
            io.transferred = io.length;
            return 0;
        }
        int whole = result & -unitBytes;
        io.transferred += whole;
        // If the device ends before the transfer does, the device was made shorter meanwhile.
        return whole == 0 ? -Errno.EIO : CONTINUE;
    }
}
