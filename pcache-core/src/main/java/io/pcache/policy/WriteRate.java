package io.pcache.policy;

/**
 * How fast writes come into a cache that runs out of free segments. {@link #admits} holds writes back; the progress of
 * write-back and garbage collection lets them go on. Safe for use by any thread; {@link #passed} is for the
 * collector's.
 */
public interface WriteRate {
    /**
     * Whether a write may go on now. If not, the answer may change when {@link #passed} was called, or a segment was
     * freed. Hot; allocates nothing.
     */
    boolean admits();

    /** Bytes that can be written before writes are held back. */
    long roomBytes();

    /** Keys that name {@code bytes} bytes of data have left the log. */
    void passed(long bytes);
}
