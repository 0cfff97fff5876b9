package io.pcache.policy;

/**
 * Decides which data that was read from the backing device is worth a place in the cache. Safe for use by any thread.
 */
@FunctionalInterface
public interface Admission {
    /** Admits all data. */
    Admission ALL = (offset, length) -> true;

    /**
     * Whether a range that was just read may become a clean key, if there is space to spare. Hot; allocates nothing.
     *
     * @param offset in bytes of the device
     * @param length in bytes
     */
    boolean admitsFill(long offset, int length);
}
