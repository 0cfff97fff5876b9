package io.pcache.cache;

import java.util.Map;

/** The Linux errno values that we return or print (same numbers on x86-64 and aarch64). */
public final class Errno {
    public static final int EPERM = 1;
    public static final int ENOENT = 2;
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
    public static final int EINVAL = 22;
    public static final int ENOSPC = 28;
    public static final int EROFS = 30;
    public static final int ENODATA = 61;
    public static final int ETIME = 62;
    public static final int EOVERFLOW = 75;
    public static final int EILSEQ = 84;
    public static final int EOPNOTSUPP = 95;
    public static final int ETIMEDOUT = 110;
    public static final int ECANCELED = 125;

    private record Text(String name, String message) {
    }

    private static final Map<Integer, Text> TEXTS = Map.ofEntries(
        Map.entry(EPERM, new Text("EPERM", "Operation not permitted")),
        Map.entry(ENOENT, new Text("ENOENT", "No such file or directory")),
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
        Map.entry(EINVAL, new Text("EINVAL", "Invalid argument")),
        Map.entry(ENOSPC, new Text("ENOSPC", "No space left on device")),
        Map.entry(EROFS, new Text("EROFS", "Read-only file system")),
        Map.entry(ENODATA, new Text("ENODATA", "No data available")),
        Map.entry(ETIME, new Text("ETIME", "Timer expired")),
        Map.entry(EOVERFLOW, new Text("EOVERFLOW", "Value too large for defined data type")),
        Map.entry(EILSEQ, new Text("EILSEQ", "Invalid or incomplete multibyte or wide character")),
        Map.entry(EOPNOTSUPP, new Text("EOPNOTSUPP", "Operation not supported")),
        Map.entry(ETIMEDOUT, new Text("ETIMEDOUT", "Connection timed out")),
        Map.entry(ECANCELED, new Text("ECANCELED", "Operation canceled")));

    private Errno() {
    }

    /** {@code EINVAL} for 22; {@code E<number>} for one that is not in our table. */
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
