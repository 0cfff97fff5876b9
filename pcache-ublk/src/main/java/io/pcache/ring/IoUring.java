package io.pcache.ring;

/**
 * Constants of io_uring, under their C names without the {@code IORING_} prefix. Source: {@code linux/io_uring.h} of
 * Linux 7.2.
 */
public final class IoUring {

    // io_uring_setup: flags. In brackets the kernel that brought them.
    static final int SETUP_CQSIZE = 0x8;
    static final int SETUP_CLAMP = 0x10;
    /** An entry that is invalid does not stop those behind it [5.18]. */
    static final int SETUP_SUBMIT_ALL = 0x80;
    /** Completion work runs when the task enters the kernel anyway, instead of interrupting it [5.19]. */
    static final int SETUP_COOP_TASKRUN = 0x100;
    /** Submission entries have 128 bytes [5.19]. */
    static final int SETUP_SQE128 = 0x400;
    /** One thread submits [6.0]. */
    static final int SETUP_SINGLE_ISSUER = 0x1000;
    /** Completion work runs only in the owner's wait [6.1]. */
    static final int SETUP_DEFER_TASKRUN = 0x2000;
    /** No index array between the tail and the entries [6.6]. */
    static final int SETUP_NO_SQARRAY = 0x10000;

    static final int FEAT_SINGLE_MMAP = 0x1;
    static final int FEAT_NODROP = 0x2;
    static final int FEAT_EXT_ARG = 0x100;

    // io_uring_enter
    static final int ENTER_GETEVENTS = 0x1;
    static final int ENTER_EXT_ARG = 0x8;
    static final int ENTER_REGISTERED_RING = 0x10;

    /** In the submission ring's flags: completions wait in the kernel for room in the completion ring. */
    static final int SQ_CQ_OVERFLOW = 0x2;

    // Offsets for mmap
    static final long OFF_SQ_RING = 0;
    static final long OFF_SQES = 0x1000_0000L;

    // io_uring_register
    static final int REGISTER_BUFFERS = 0;
    static final int UNREGISTER_BUFFERS = 1;
    static final int REGISTER_PROBE = 8;
    static final int REGISTER_FILES2 = 13;
    static final int REGISTER_FILES_UPDATE2 = 14;
    static final int REGISTER_RING_FDS = 20;
    static final int UNREGISTER_RING_FDS = 21;
    static final int RSRC_REGISTER_SPARSE = 1;
    static final int OP_SUPPORTED = 1;

    // Operations
    public static final byte OP_NOP = 0;
    public static final byte OP_WRITEV = 2;
    public static final byte OP_FSYNC = 3;
    public static final byte OP_READ_FIXED = 4;
    public static final byte OP_WRITE_FIXED = 5;
    public static final byte OP_POLL_ADD = 6;
    public static final byte OP_TIMEOUT = 11;
    public static final byte OP_TIMEOUT_REMOVE = 12;
    public static final byte OP_ASYNC_CANCEL = 14;
    public static final byte OP_LINK_TIMEOUT = 15;
    public static final byte OP_FALLOCATE = 17;
    public static final byte OP_READ = 22;
    public static final byte OP_WRITE = 23;
    public static final byte OP_URING_CMD = 46;

    // Flags of a submission entry
    /** {@code fd} is a slot of the registered files. */
    public static final int SQE_FIXED_FILE = 0x1;
    /** Starts when all before it have ended. */
    public static final int SQE_IO_DRAIN = 0x2;
    /**
     * The next entry starts when this one succeeded; if this fails or is short, the rest of the chain ends with
     * ECANCELED.
     */
    public static final int SQE_IO_LINK = 0x4;
    /** As a link, but not broken by failure. */
    public static final int SQE_IO_HARDLINK = 0x8;
    /** Straight to a kernel worker thread. */
    public static final int SQE_ASYNC = 0x10;
    /** No completion unless it fails. */
    public static final int SQE_CQE_SKIP_SUCCESS = 0x40;

    /** Of a completion: more will follow for the same submission. */
    public static final int CQE_F_MORE = 0x2;

    static final int FSYNC_DATASYNC = 1;

    private IoUring() {}
}
