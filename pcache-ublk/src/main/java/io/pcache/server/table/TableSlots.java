package io.pcache.server.table;

import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;

/**
 * The live and the inactive table of a device. Queries look at a table under the read lock. So, when a method that has
 * taken a table out of its slot returns, nobody uses that table any more, and the table can be closed.
 *
 * <p>One thread at a time makes changes.
 */
public final class TableSlots {
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private Table live;
    private Table inactive;

    /** @param question gets the table, or null for an empty slot; must not wait for I/O */
    public <T> T ask(boolean ofInactive, Function<Table, T> question) {
        lock.readLock().lock();
        try {
            return question.apply(ofInactive ? inactive : live);
        } finally {
            lock.readLock().unlock();
        }
    }

    public boolean hasLive() {
        return ask(false, table -> table != null);
    }

    public boolean hasInactive() {
        return ask(true, table -> table != null);
    }

    /** For the changing thread, which needs no lock to look. */
    public Table live() {
        return live;
    }

    /** For the changing thread, which needs no lock to look. */
    public Table inactive() {
        return inactive;
    }

    public void setLive(Table table) {
        lock.writeLock().lock();
        live = table;
        lock.writeLock().unlock();
    }

    void setInactive(Table table) {
        lock.writeLock().lock();
        inactive = table;
        lock.writeLock().unlock();
    }
}
