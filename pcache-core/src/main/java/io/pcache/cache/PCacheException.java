package io.pcache.cache;

import java.util.List;

/**
 * Why a cache could not be brought up, in the words of the kernel target, so that scripts which match those go on working.
 * {@link #reasons} are lines without a prefix, detail first, the general line with the errno's name last.
 */
public final class PCacheException extends Exception {
    private final int errno;
    private final List<String> reasons;

    /** @param errno a positive Linux errno */
    public PCacheException(int errno, String... reasons) {
        super(String.join("; ", reasons));
        this.errno = errno;
        this.reasons = List.of(reasons);
    }

    public PCacheException(int errno, Throwable cause, String... reasons) {
        this(errno, reasons);
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
