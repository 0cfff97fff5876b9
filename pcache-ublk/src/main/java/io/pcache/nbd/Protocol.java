package io.pcache.nbd;

/**
 * Numbers of the NBD protocol, from {@code doc/proto.md} of the NBD project. All integers on the wire are big-endian.
 */
final class Protocol {

    // Negotiation: magic numbers, handshake flags, client flags.
    static final long INIT_MAGIC = 0x4e42444d41474943L;
    static final long OPTION_MAGIC = 0x49484156454f5054L;
    static final long OPTION_REPLY_MAGIC = 0x0003e889045565a9L;
    static final int FIXED_NEWSTYLE = 1;
    static final int NO_ZEROES = 1 << 1;

    static final int OPT_EXPORT_NAME = 1;
    static final int OPT_ABORT = 2;
    static final int OPT_LIST = 3;
    static final int OPT_STARTTLS = 5;
    static final int OPT_INFO = 6;
    static final int OPT_GO = 7;
    static final int OPT_STRUCTURED_REPLY = 8;
    static final int OPT_LIST_META_CONTEXT = 9;
    static final int OPT_SET_META_CONTEXT = 10;

    static final int REP_ACK = 1;
    static final int REP_SERVER = 2;
    static final int REP_INFO = 3;
    static final int REP_META_CONTEXT = 4;
    static final int REP_ERR_UNSUP = 1 << 31 | 1;
    static final int REP_ERR_POLICY = 1 << 31 | 2;
    static final int REP_ERR_INVALID = 1 << 31 | 3;
    static final int REP_ERR_UNKNOWN = 1 << 31 | 6;
    static final int REP_ERR_TOO_BIG = 1 << 31 | 9;

    static final int INFO_EXPORT = 0;
    static final int INFO_BLOCK_SIZE = 3;

    // Transmission flags.
    static final int HAS_FLAGS = 1;
    static final int READ_ONLY = 1 << 1;
    static final int SEND_FLUSH = 1 << 2;
    static final int SEND_FUA = 1 << 3;
    static final int SEND_TRIM = 1 << 5;
    static final int SEND_WRITE_ZEROES = 1 << 6;
    static final int SEND_DF = 1 << 7;
    static final int CAN_MULTI_CONN = 1 << 8;

    // Commands and their flags.
    static final int CMD_READ = 0;
    static final int CMD_WRITE = 1;
    static final int CMD_DISC = 2;
    static final int CMD_FLUSH = 3;
    static final int CMD_TRIM = 4;
    static final int CMD_WRITE_ZEROES = 6;
    static final int CMD_BLOCK_STATUS = 7;
    static final int CMD_FLAG_FUA = 1;
    static final int CMD_FLAG_NO_HOLE = 1 << 1;
    static final int CMD_FLAG_DF = 1 << 2;
    static final int CMD_FLAG_REQ_ONE = 1 << 3;

    // Structured reply chunks.
    static final int REPLY_FLAG_DONE = 1;
    static final int REPLY_OFFSET_DATA = 1;
    static final int REPLY_BLOCK_STATUS = 5;
    static final int REPLY_ERROR = 1 << 15 | 1;

    // Error values of replies: these and no other errno may be sent.
    static final int EPERM = 1;
    static final int EIO = 5;
    static final int ENOMEM = 12;
    static final int EINVAL = 22;
    static final int ENOSPC = 28;
    static final int EOVERFLOW = 75;

    /** Longest string of the protocol, for example an export's name. */
    static final int MAX_STRING_BYTES = 4096;
    /**
     * Largest payload of a read or write that is taken: the protocol's default. Clients that do not ask assume this
     * size.
     */
    static final int MAX_PAYLOAD_BYTES = 32 << 20;
    /** The only metadata context of the server: which blocks are allocated. */
    static final String BASE_ALLOCATION = "base:allocation";

    static final int BASE_ALLOCATION_ID = 1;

    private Protocol() {}
}
