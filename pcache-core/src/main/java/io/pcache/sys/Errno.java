package io.pcache.sys;

import java.util.Map;

/** The Linux errno values that pcache returns or prints (same numbers on x86-64 and aarch64). */
public final class Errno {
    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int ESRCH = 3;
    public static final int EINTR = 4;
    public static final int EIO = 5;
    public static final int ENXIO = 6;
    public static final int E2BIG = 7;
    public static final int EBADF = 9;
    public static final int EAGAIN = 11;
    public static final int ENOMEM = 12;
    public static final int EACCES = 13;
    public static final int EFAULT = 14;
    public static final int ENOTBLK = 15;
    public static final int EBUSY = 16;
    public static final int EEXIST = 17;
    public static final int ENODEV = 19;
    public static final int ENOTDIR = 20;
    public static final int EISDIR = 21;
    public static final int EINVAL = 22;
    public static final int ENFILE = 23;
    public static final int EMFILE = 24;
    public static final int ENOTTY = 25;
    public static final int ETXTBSY = 26;
    public static final int EFBIG = 27;
    public static final int ENOSPC = 28;
    public static final int ESPIPE = 29;
    public static final int EROFS = 30;
    public static final int EPIPE = 32;
    public static final int ENAMETOOLONG = 36;
    public static final int ENOLCK = 37;
    public static final int ENOSYS = 38;
    public static final int ELOOP = 40;
    public static final int EBADE = 52;
    public static final int EBADR = 53;
    public static final int ENODATA = 61;
    public static final int ETIME = 62;
    public static final int ENOLINK = 67;
    public static final int EOVERFLOW = 75;
    public static final int EBADFD = 77;
    public static final int EILSEQ = 84;
    public static final int EOPNOTSUPP = 95;
    public static final int EADDRINUSE = 98;
    public static final int ENOBUFS = 105;
    public static final int ETIMEDOUT = 110;
    public static final int EALREADY = 114;
    public static final int EREMOTEIO = 121;
    public static final int EDQUOT = 122;
    public static final int ENOMEDIUM = 123;
    public static final int ECANCELED = 125;
    public static final int EHWPOISON = 133;

    private record Text(String name, String message) {}

    private static final Map<Integer, Text> TEXTS = Map.ofEntries(
            Map.entry(EPERM, new Text("EPERM", "Operation not permitted")),
            Map.entry(ENOENT, new Text("ENOENT", "No such file or directory")),
            Map.entry(ESRCH, new Text("ESRCH", "No such process")),
            Map.entry(EINTR, new Text("EINTR", "Interrupted system call")),
            Map.entry(EIO, new Text("EIO", "Input/output error")),
            Map.entry(ENXIO, new Text("ENXIO", "No such device or address")),
            Map.entry(E2BIG, new Text("E2BIG", "Argument list too long")),
            Map.entry(EBADF, new Text("EBADF", "Bad file descriptor")),
            Map.entry(EAGAIN, new Text("EAGAIN", "Resource temporarily unavailable")),
            Map.entry(ENOMEM, new Text("ENOMEM", "Cannot allocate memory")),
            Map.entry(EACCES, new Text("EACCES", "Permission denied")),
            Map.entry(EFAULT, new Text("EFAULT", "Bad address")),
            Map.entry(ENOTBLK, new Text("ENOTBLK", "Block device required")),
            Map.entry(EBUSY, new Text("EBUSY", "Device or resource busy")),
            Map.entry(EEXIST, new Text("EEXIST", "File exists")),
            Map.entry(ENODEV, new Text("ENODEV", "No such device")),
            Map.entry(ENOTDIR, new Text("ENOTDIR", "Not a directory")),
            Map.entry(EISDIR, new Text("EISDIR", "Is a directory")),
            Map.entry(EINVAL, new Text("EINVAL", "Invalid argument")),
            Map.entry(ENFILE, new Text("ENFILE", "Too many open files in system")),
            Map.entry(EMFILE, new Text("EMFILE", "Too many open files")),
            Map.entry(ENOTTY, new Text("ENOTTY", "Inappropriate ioctl for device")),
            Map.entry(ETXTBSY, new Text("ETXTBSY", "Text file busy")),
            Map.entry(EFBIG, new Text("EFBIG", "File too large")),
            Map.entry(ENOSPC, new Text("ENOSPC", "No space left on device")),
            Map.entry(ESPIPE, new Text("ESPIPE", "Illegal seek")),
            Map.entry(EROFS, new Text("EROFS", "Read-only file system")),
            Map.entry(EPIPE, new Text("EPIPE", "Broken pipe")),
            Map.entry(ENAMETOOLONG, new Text("ENAMETOOLONG", "File name too long")),
            Map.entry(ENOLCK, new Text("ENOLCK", "No locks available")),
            Map.entry(ENOSYS, new Text("ENOSYS", "Function not implemented")),
            Map.entry(ELOOP, new Text("ELOOP", "Too many levels of symbolic links")),
            Map.entry(EBADE, new Text("EBADE", "Invalid exchange")),
            Map.entry(EBADR, new Text("EBADR", "Invalid request descriptor")),
            Map.entry(ENODATA, new Text("ENODATA", "No data available")),
            Map.entry(ETIME, new Text("ETIME", "Timer expired")),
            Map.entry(ENOLINK, new Text("ENOLINK", "Link has been severed")),
            Map.entry(EOVERFLOW, new Text("EOVERFLOW", "Value too large for defined data type")),
            Map.entry(EBADFD, new Text("EBADFD", "File descriptor in bad state")),
            Map.entry(EILSEQ, new Text("EILSEQ", "Invalid or incomplete multibyte or wide character")),
            Map.entry(EOPNOTSUPP, new Text("EOPNOTSUPP", "Operation not supported")),
            Map.entry(EADDRINUSE, new Text("EADDRINUSE", "Address already in use")),
            Map.entry(ENOBUFS, new Text("ENOBUFS", "No buffer space available")),
            Map.entry(ETIMEDOUT, new Text("ETIMEDOUT", "Connection timed out")),
            Map.entry(EALREADY, new Text("EALREADY", "Operation already in progress")),
            Map.entry(EREMOTEIO, new Text("EREMOTEIO", "Remote I/O error")),
            Map.entry(EDQUOT, new Text("EDQUOT", "Disk quota exceeded")),
            Map.entry(ENOMEDIUM, new Text("ENOMEDIUM", "No medium found")),
            Map.entry(ECANCELED, new Text("ECANCELED", "Operation canceled")),
            Map.entry(EHWPOISON, new Text("EHWPOISON", "Memory page has hardware error")));

    private Errno() {}

    /** {@code EINVAL} for 22; {@code E<number>} for a number that is not in this table. */
    public static String name(int errno) {
        Text text = TEXTS.get(errno);
        return text == null ? "E" + errno : text.name();
    }

    /** glibc's text in the C locale, as {@code strerror} gives it. */
    public static String message(int errno) {
        Text text = TEXTS.get(errno);
        return text == null ? "Unknown error " + errno : text.message();
    }
}
