package io.pcache.server.table;

import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;

/**
 * The live and the inactive table of a device. Queries look at a table under the read lock; a table taken out of its
 * slot is therefore nobody's any more when the method that took it out returns, and can be closed.
 *
 * <p>Changes come from one thread at a time.
 */
public final class TableSlots {
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private Table live;
    private Table inactive;

    /** @param question asked with the table, or null where there is none; must not wait for I/O */
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
