package io.pcache.policy;

/**
 * How fast writes come into a cache whose free segments run out: {@link #admits} holds them back, and what write-back
 * and garbage collection get done lets them on. Safe for use by any thread; {@link #passed} is for the collector's.
 */
public interface WriteRate {
    /**
     * Whether a write may go on now. If not, it may when {@link #passed} was called, or a segment was freed. Hot;
     * allocates nothing.
     */
    boolean admits();

    /** Bytes that can be written before writes are held back. */
    long roomBytes();

    /** Keys with so many bytes of data have left the log. */
    void passed(long bytes);
}
