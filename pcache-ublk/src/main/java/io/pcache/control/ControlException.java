package io.pcache.control;

import io.pcache.sys.Errno;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;

/**
 * A command that was refused, or could not be carried out. {@link #reasons} are lines to be shown as they are, detail
 * first, such as {@code pcache: Missing value for data_crc (-EINVAL)}. There may be no lines (for a device that does
 * not exist).
 */
public final class ControlException extends Exception {
    private static final List<Integer> FILE_ERRORS =
            List.of(Errno.ENOSPC, Errno.EDQUOT, Errno.EROFS, Errno.EACCES, Errno.ENOENT, Errno.EMFILE, Errno.ENFILE);

    private final int errno;
    private final List<String> reasons;

    /** @param errno a positive Linux errno */
    public ControlException(int errno, List<String> reasons) {
        super(reasons.isEmpty() ? Errno.message(errno) : String.join("; ", reasons));
        this.errno = errno;
        this.reasons = List.copyOf(reasons);
    }

    public ControlException(int errno, String... reasons) {
        this(errno, List.of(reasons));
    }

    public ControlException(int errno, Throwable cause, String... reasons) {
        this(errno, List.of(reasons));
        initCause(cause);
    }

    /**
     * The exception for a failed operation on run-time files, where Java tells no more than the system's words.
     *
     * @param what what could not be done; follows {@code pcache: } in the line
     */
    static ControlException ofFile(String what, IOException cause) {
        String file = cause instanceof FileSystemException named && named.getFile() != null ? named.getFile() : "";
        String reason = cause instanceof FileSystemException named && named.getReason() != null
                ? named.getReason()
                : cause instanceof AccessDeniedException
                        ? Errno.message(Errno.EACCES)
                        : cause instanceof NoSuchFileException
                                ? Errno.message(Errno.ENOENT)
                                : cause instanceof FileSystemException || cause.getMessage() == null
                                        ? cause.getClass().getSimpleName()
                                        : cause.getMessage();
        int errno = FILE_ERRORS.stream()
                .filter(candidate -> reason.contains(Errno.message(candidate)))
                .findFirst()
                .orElse(Errno.EIO);
        String advice = errno == Errno.ENOSPC || errno == Errno.EDQUOT
                ? ": free some, or set PCACHE_RUN_DIR to a directory on another file system"
                : "";
        return new ControlException(
                errno,
                cause,
                "pcache: " + what + (file.isEmpty() ? "" : ": " + file) + ": " + reason + advice + " (-"
                        + Errno.name(errno) + ")");
    }

    /** The same exception with one more line, which says what to do. */
    public ControlException with(String help) {
        List<String> lines = new ArrayList<>(reasons);
        lines.add(help);
        return new ControlException(errno, this, lines.toArray(String[]::new));
    }

    /** The errno, a positive number. */
    public int errno() {
        return errno;
    }

    public List<String> reasons() {
        return reasons;
    }
}
