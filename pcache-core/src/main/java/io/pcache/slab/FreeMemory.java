package io.pcache.slab;

/** How much memory the system can give this process without harm to others. */
@FunctionalInterface
public interface FreeMemory {
    /** For who has made sure otherwise. */
    FreeMemory UNLIMITED = () -> Long.MAX_VALUE;

    /** Bytes. */
    long bytes();
}
