package io.pcache.slab;

/** Something that takes memory from the system as it is used. */
public interface GrowingMemory extends AutoCloseable {
    /** Sets whom to ask before memory is taken from the system. Until then nobody is asked. */
    void askBefore(FreeMemory system);

    /**
     * Leaves it to {@link #grow}, from now on, to take memory. Only operations that must not fail still take memory
     * themselves.
     *
     * @param shortage called, on the thread that needs memory, when {@link #grow} has work; must not block
     */
    void growAhead(Runnable shortage);

    /**
     * Takes some memory ahead of use. Only one thread may call this, whichever it is.
     *
     * @return false if there is enough
     * @throws MemoryShortageException when the system should not give more, or does not give more
     */
    boolean grow();

    /** Gives the memory back. */
    @Override
    void close();
}
