package io.pcache.ring;

/**
 * Constants of io_uring, under their C names without the {@code IORING_} prefix. Source: {@code linux/io_uring.h} of
 * Linux 7.2.
 */
public final class IoUring {

    // io_uring_setup: flags. In brackets the kernel that brought the flag.
    static final int SETUP_CQSIZE = 0x8;
    /** An invalid entry does not stop the entries behind it [5.18]. */
    static final int SETUP_SUBMIT_ALL = 0x80;
    /** Completion work runs when the task enters the kernel anyway, and does not interrupt the task [5.19]. */
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

    /** In the flags of the submission ring: completions wait in the kernel for room in the completion ring. */
    static final int SQ_CQ_OVERFLOW = 0x2;

    // Offsets for mmap
    static final long OFF_SQ_RING = 0;
    static final long OFF_SQES = 0x1000_0000L;

    // io_uring_register
    static final int REGISTER_FILES2 = 13;
    static final int REGISTER_FILES_UPDATE2 = 14;
    static final int REGISTER_BUFFERS2 = 15;
    static final int REGISTER_BUFFERS_UPDATE = 16;
    static final int REGISTER_RING_FDS = 20;
    static final int UNREGISTER_RING_FDS = 21;
    static final int RSRC_REGISTER_SPARSE = 1;

    // Operations
    public static final byte OP_WRITEV = 2;
    public static final byte OP_FSYNC = 3;
    /** As OP_READ, into memory that is registered. */
    static final byte OP_READ_FIXED = 4;
    /** As OP_WRITE, from memory that is registered. */
    static final byte OP_WRITE_FIXED = 5;

    public static final byte OP_READ = 22;
    public static final byte OP_WRITE = 23;
    public static final byte OP_URING_CMD = 46;

    // Flags of a submission entry
    /** {@code fd} is a slot in the table of registered files. */
    public static final int SQE_FIXED_FILE = 0x1;

    /** In the flags of a completion: more completions will follow for the same submission. */
    public static final int CQE_F_MORE = 0x2;

    static final int FSYNC_DATASYNC = 1;

    private IoUring() {}
}
