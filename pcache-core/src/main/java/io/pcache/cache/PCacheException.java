package io.pcache.cache;

import io.pcache.sys.Errno;
import java.util.List;

/**
 * Why a cache could not be brought up, in the words of the kernel's target, so that scripts which match these words go
 * on working. {@link #reasons} are lines without a prefix. The detail comes first; the general line, with the errno's
 * name, comes last.
 */
public final class PCacheException extends Exception {
    /** What the words stand for, where somebody has to act on them. */
    private enum Kind {
        DAMAGE,
        OTHER_DATA_CRC,
        OTHER
    }

    private final int errno;
    private final List<String> reasons;
    private final Kind kind;

    /** @param errno a positive Linux errno */
    public PCacheException(int errno, String... reasons) {
        this(errno, Kind.OTHER, reasons);
    }

    private PCacheException(int errno, Kind kind, String... reasons) {
        super(String.join("; ", reasons));
        this.errno = errno;
        this.reasons = List.of(reasons);
        this.kind = kind;
    }

    /** The content of the cache device cannot be used as it is; the offline tools can tell more. */
    public static PCacheException damage(int errno, Throwable cause, String... reasons) {
        PCacheException damage = new PCacheException(errno, Kind.DAMAGE, reasons);
        damage.initCause(cause);
        return damage;
    }

    /**
     * The table asks for the other value of {@code data_crc} than the cache has.
     *
     * @param wanted what the table says
     */
    public static PCacheException otherDataCrc(boolean wanted) {
        return new PCacheException(
                Errno.EINVAL,
                Kind.OTHER_DATA_CRC,
                "invalid option for data_crc: " + wanted + ", expected: " + !wanted,
                "Failed to start pcache (-EINVAL)");
    }

    public PCacheException(int errno, Throwable cause, String... reasons) {
        this(errno, reasons);
        initCause(cause);
    }

    /** Positive. */
    public int errno() {
        return errno;
    }

    /** Whether structures on the cache device are damaged, or belong to something else. */
    public boolean isDamage() {
        return kind == Kind.DAMAGE;
    }

    /** Whether the cache was formatted with another {@code data_crc} than the table asks for. */
    public boolean isOtherDataCrc() {
        return kind == Kind.OTHER_DATA_CRC;
    }

    public List<String> reasons() {
        return reasons;
    }
}
