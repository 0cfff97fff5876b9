package io.pcache.invariant;

import io.pcache.memory.CacheMemoryException;

/**
 * Stops a device because an {@link Invariant} does not hold. From then on every request fails, nothing more is stored
 * on either device, and operators are told the invariant's name. Other devices go on.
 */
@FunctionalInterface
public interface Stop {
    /**
     * Stops the device. Safe for use by any thread, with any lock of the cache held; does not block. If several
     * invariants are found broken, the first one is told.
     *
     * @param detail one line for people: what was found, and what was expected
     * @return the exception for work that cannot go on
     */
    CacheMemoryException broken(Invariant invariant, String detail);
}
