package io.pcache.slab;

/** What takes memory from the system as it is used. */
public interface GrowingMemory extends AutoCloseable {
    /** Who is asked, from now on, before memory is taken from the system. Until then nobody is. */
    void askBefore(FreeMemory system);

    /**
     * From now on memory is taken by {@link #grow} only, and where an operation must not fail.
     *
     * @param shortage called, on the thread that needs memory, when {@link #grow} has work; must not block
     */
    void growAhead(Runnable shortage);

    /**
     * Takes some memory ahead of use. For one thread, whichever it is.
     *
     * @return false if there is enough
     * @throws MemoryShortageException when the system should not give more, or does not
     */
    boolean grow();

    /** Gives the memory back. */
    @Override
    void close();
}
