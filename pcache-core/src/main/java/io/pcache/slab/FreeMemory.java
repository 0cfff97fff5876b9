package io.pcache.slab;

/** How much memory the system can give this process without harm to others. */
@FunctionalInterface
public interface FreeMemory {
    /** For a caller that has otherwise made sure of the memory. */
    FreeMemory UNLIMITED = () -> Long.MAX_VALUE;

    /** Bytes. */
    long bytes();
}
