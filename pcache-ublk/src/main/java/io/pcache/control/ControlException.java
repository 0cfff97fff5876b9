package io.pcache.control;

import io.pcache.sys.Errno;
import java.util.List;

/**
 * A command that was refused or could not be carried out. {@link #reasons} are lines to be shown as they are, detail
 * first, such as {@code pcache: Missing value for data_crc (-EINVAL)}; there may be none (a device that does not exist).
 */
public final class ControlException extends Exception {
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

    /** Positive. */
    public int errno() {
        return errno;
    }

    public List<String> reasons() {
        return reasons;
    }
}
