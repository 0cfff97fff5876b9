package io.pcache.invariant;

import io.pcache.memory.CacheMemoryException;

/**
 * Stops a device, because an {@link Invariant} does not hold: every request fails from then on, nothing more is stored
 * on either device, and operators are told the invariant's name. Other devices go on.
 */
@FunctionalInterface
public interface Stop {
    /**
     * Safe for use by any thread, with any lock of the cache held; does not block. The first of several is told.
     *
     * @param detail one line for people: what was found, and what was expected
     * @return what work that cannot go on is to throw
     */
    CacheMemoryException broken(Invariant invariant, String detail);
}
