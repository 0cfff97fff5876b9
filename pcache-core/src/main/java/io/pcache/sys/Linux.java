package io.pcache.sys;

/**
 * Constants of Linux's user-space interface, under their C names. Source: Linux 7.2 headers in {@code include/uapi},
 * and {@code bits/confname.h} of glibc for {@code _SC_*}.
 */
public final class Linux {

    // open(2)
    public static final int O_RDONLY = 0;
    public static final int O_RDWR = 2;
    public static final int O_ACCMODE = 3;
    public static final int O_EXCL = 0x80;
    public static final int O_CLOEXEC = 0x80000;
    public static final int O_DIRECT = Architecture.current().oDirect;
    /** For {@code statx}: a path is relative to the working directory. */
    public static final int AT_FDCWD = -100;

    // mmap(2)
    public static final int PROT_READ = 1;
    public static final int PROT_WRITE = 2;
    public static final int MAP_SHARED = 0x1;
    public static final int MAP_PRIVATE = 0x2;
    /** Like MAP_SHARED, but flags that cannot be honoured are refused with EOPNOTSUPP. */
    public static final int MAP_SHARED_VALIDATE = 0x3;

    public static final int MAP_FIXED = 0x10;
    public static final int MAP_ANONYMOUS = 0x20;
    public static final int MAP_NORESERVE = 0x4000;
    public static final int MAP_POPULATE = 0x8000;
    /** DAX only: stores are durable once they are written back from the CPU. Needs MAP_SHARED_VALIDATE. */
    public static final int MAP_SYNC = 0x80000;

    // madvise(2), mlockall(2)
    public static final int MADV_DONTNEED = 4;
    /** Since Linux 5.18. */
    public static final int MADV_DONTNEED_LOCKED = 24;

    public static final int MADV_HUGEPAGE = 14;
    public static final int MADV_POPULATE_WRITE = 23;
    /** Of pwritev2: the bytes are durable when the call returns. */
    public static final int RWF_DSYNC = 2;

    public static final int MCL_CURRENT = 1;
    public static final int MCL_FUTURE = 2;
    public static final int MCL_ONFAULT = 4;

    // lseek(2)
    public static final int SEEK_END = 2;
    public static final int SEEK_HOLE = 4;

    // flock(2), fcntl(2)
    public static final int F_DUPFD_CLOEXEC = 1030;
    public static final int LOCK_SH = 1;
    public static final int LOCK_EX = 2;
    public static final int LOCK_NB = 4;
    public static final int F_GETFL = 3;
    public static final int F_SETFL = 4;
    public static final int F_OFD_SETLK = 37;
    public static final short F_RDLCK = 0;
    public static final short F_WRLCK = 1;
    public static final short F_UNLCK = 2;

    // statx(2)
    public static final int AT_EMPTY_PATH = 0x1000;
    public static final int STATX_BASIC_STATS = 0x7ff;
    public static final int STATX_BTIME = 0x800;
    public static final int STATX_DIOALIGN = 0x2000;
    public static final int S_IFMT = 0xf000;
    public static final int S_IFCHR = 0x2000;
    public static final int S_IFBLK = 0x6000;
    public static final int S_IFREG = 0x8000;

    // fallocate(2)
    public static final int FALLOC_FL_KEEP_SIZE = 0x1;
    public static final int FALLOC_FL_PUNCH_HOLE = 0x2;

    // statfs(2): f_type
    public static final long TMPFS_MAGIC = 0x0102_1994L;
    public static final long RAMFS_MAGIC = 0x8584_58f6L;
    public static final long HUGETLBFS_MAGIC = 0x9584_58f6L;

    // ioctl(2) on block devices
    public static final long BLKROGET = 0x125e;
    public static final long BLKSSZGET = 0x1268;
    public static final long BLKDISCARD = 0x1277;
    public static final long BLKPBSZGET = 0x127b;
    public static final long BLKGETSIZE64 = 0x8008_1272L;

    // eventfd(2), poll(2)
    public static final int EFD_CLOEXEC = 0x80000;
    public static final int POLLHUP = 0x10;

    // memfd_create(2)
    public static final int MFD_CLOEXEC = 0x1;

    // socket(2), send(2), unix(7)
    public static final int AF_UNIX = 1;
    public static final int SOCK_DGRAM = 2;
    public static final int SOCK_CLOEXEC = 0x80000;
    public static final int MSG_DONTWAIT = 0x40;
    public static final int MSG_NOSIGNAL = 0x4000;
    /** Bytes of a socket's path, including the terminator. */
    public static final int UNIX_PATH_MAX = 108;

    // sched(7)
    public static final int SCHED_BATCH = 3;

    // prctl(2)
    public static final int PR_SET_IO_FLUSHER = 57;
    public static final int PR_GET_IO_FLUSHER = 58;

    // capset(2)
    public static final int CAP_SYS_ADMIN = 21;
    /** {@code _LINUX_CAPABILITY_VERSION_3}. */
    public static final int CAPABILITY_VERSION = 0x2008_0522;

    // kill(2)
    public static final int SIGTERM = 15;

    // sysconf(3)
    public static final int SC_PAGESIZE = 30;

    private Linux() {}
}
