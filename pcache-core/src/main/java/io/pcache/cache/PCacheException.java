package io.pcache.cache;

import java.util.List;

/**
 * Why a cache could not be brought up, in the words of the kernel target, so that scripts which match those go on
 * working. {@link #reasons} are lines without a prefix, detail first, the general line with the errno's name last.
 */
public final class PCacheException extends Exception {
    private final int errno;
    private final List<String> reasons;
    private final boolean damage;

    /** @param errno a positive Linux errno */
    public PCacheException(int errno, String... reasons) {
        this(errno, false, reasons);
    }

    private PCacheException(int errno, boolean damage, String... reasons) {
        super(String.join("; ", reasons));
        this.errno = errno;
        this.reasons = List.of(reasons);
        this.damage = damage;
    }

    /** What is on the cache device cannot be used as it is; the offline tools can tell more of it. */
    public static PCacheException damage(int errno, Throwable cause, String... reasons) {
        PCacheException damage = new PCacheException(errno, true, reasons);
        damage.initCause(cause);
        return damage;
    }

    public PCacheException(int errno, Throwable cause, String... reasons) {
        this(errno, reasons);
        initCause(cause);
    }

    /** Positive. */
    public int errno() {
        return errno;
    }

    /** Whether structures on the cache device are damaged, or are those of something else. */
    public boolean isDamage() {
        return damage;
    }

    public List<String> reasons() {
        return reasons;
    }
}
