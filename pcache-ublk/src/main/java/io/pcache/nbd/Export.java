package io.pcache.nbd;

import io.pcache.request.BlockDevice;
import io.pcache.sys.Errno;

/**
 * What clients are told of the device, and what clients may ask of the device. The one export has the empty name.
 *
 * @param sizeBytes the device's size, rounded down to a multiple of the minimum block: clients could not reach the rest
 * @param minimumBlock in bytes; offsets and lengths of commands are multiples of this size
 * @param preferredBlock in bytes; a power of two
 * @param discards whether TRIM is taken
 */
record Export(long sizeBytes, int minimumBlock, int preferredBlock, boolean readOnly, boolean discards) {
    static final String NAME = "";

    static Export of(BlockDevice device) {
        int minimum = device.logicalBlockBytes();
        int preferred = Math.max(Integer.highestOneBit(device.physicalBlockBytes()), Math.max(minimum, 4096));
        return new Export(
                device.sizeBytes() & -(long) minimum,
                minimum,
                Math.min(preferred, Protocol.MAX_PAYLOAD_BYTES),
                device.readOnly(),
                device.discards());
    }

    int transmissionFlags(boolean structured) {
        int flags = Protocol.HAS_FLAGS | Protocol.SEND_FLUSH | Protocol.SEND_FUA | Protocol.CAN_MULTI_CONN;
        flags |= readOnly ? Protocol.READ_ONLY : Protocol.SEND_WRITE_ZEROES;
        flags |= discards && !readOnly ? Protocol.SEND_TRIM : 0;
        return structured ? flags | Protocol.SEND_DF : flags;
    }

    /** Checks a command; returns 0 when the command may be carried out, else the error to answer. */
    int check(int type, int flags, long offset, long length, ClientFeatures features) {
        if ((flags & ~allowedFlags(type, features)) != 0) {
            return Protocol.EINVAL;
        }
        return switch (type) {
            case Protocol.CMD_READ -> checkRead(flags, offset, length);
            case Protocol.CMD_WRITE -> readOnly ? Protocol.EPERM : checkPayload(offset, length, Protocol.ENOSPC);
            case Protocol.CMD_WRITE_ZEROES -> readOnly ? Protocol.EPERM : checkRange(offset, length, Protocol.ENOSPC);
            case Protocol.CMD_TRIM ->
                readOnly ? Protocol.EPERM : discards ? checkRange(offset, length, Protocol.EINVAL) : Protocol.EINVAL;
            case Protocol.CMD_BLOCK_STATUS ->
                features.blockStatus() ? checkRange(offset, length, Protocol.EINVAL) : Protocol.EINVAL;
            case Protocol.CMD_FLUSH -> offset == 0 && length == 0 ? 0 : Protocol.EINVAL;
            default -> Protocol.EINVAL;
        };
    }

    private static int allowedFlags(int type, ClientFeatures features) {
        // FUA means nothing to most commands, but clients are known to set FUA, and the protocol tells servers to
        // accept the flag.
        return Protocol.CMD_FLAG_FUA
                | switch (type) {
                    case Protocol.CMD_READ -> features.structured() ? Protocol.CMD_FLAG_DF : 0;
                    case Protocol.CMD_WRITE_ZEROES -> Protocol.CMD_FLAG_NO_HOLE;
                    case Protocol.CMD_BLOCK_STATUS -> Protocol.CMD_FLAG_REQ_ONE;
                    default -> 0;
                };
    }

    private int checkRead(int flags, long offset, long length) {
        int error = checkPayload(offset, length, Protocol.EINVAL);
        // An unfragmented answer is one piece. The protocol asks for at least 64 KiB.
        boolean tooLong = (flags & Protocol.CMD_FLAG_DF) != 0 && length > Piece.MAX_BYTES;
        return error == 0 && tooLong ? Protocol.EOVERFLOW : error;
    }

    private int checkPayload(long offset, long length, int beyondEnd) {
        return length > Protocol.MAX_PAYLOAD_BYTES ? Protocol.EINVAL : checkRange(offset, length, beyondEnd);
    }

    private int checkRange(long offset, long length, int beyondEnd) {
        if (length == 0 || ((offset | length) & minimumBlock - 1) != 0) {
            return Protocol.EINVAL;
        }
        return offset < 0 || offset > sizeBytes - length ? beyondEnd : 0;
    }

    /** The error to answer for a request's result: 0, or a negative errno. */
    static int replyError(int result) {
        return switch (-result) {
            case 0 -> 0;
            case Errno.EPERM, Errno.EACCES, Errno.EROFS -> Protocol.EPERM;
            case Errno.EINVAL -> Protocol.EINVAL;
            case Errno.ENOSPC, Errno.EDQUOT, Errno.EFBIG -> Protocol.ENOSPC;
            case Errno.ENOMEM -> Protocol.ENOMEM;
            default -> Protocol.EIO;
        };
    }
}
