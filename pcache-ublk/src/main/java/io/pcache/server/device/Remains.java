package io.pcache.server.device;

import io.pcache.cache.CacheInUseException;
import io.pcache.control.DeviceProblem;
import io.pcache.server.table.Table;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Tables that are nobody's any more, until they are closed. One whose devices hang cannot be: its threads would come
 * back to memory that is not there. It is kept, and closed when they have come; until then its devices are this
 * process's, and {@link #problems} says so. Safe for use by any thread.
 */
final class Remains {
    private static final Logger LOG = System.getLogger(Remains.class.getName());

    private static final String CODE = "devices-kept";
    /** Off all paths: nobody waits for this any more. */
    private static final long PAUSE_NANOS = 100_000_000;

    private final EventLog events;
    /** Why each is not closed yet. */
    private final Map<Table, String> tables = new ConcurrentHashMap<>();

    Remains(EventLog events) {
        this.events = events;
    }

    /**
     * Closes a table.
     *
     * @param flush first make durable what was acknowledged, as far as that can be done
     * @param patienceMs how long to wait for its end; it goes on after that
     */
    void close(Table table, boolean flush, long patienceMs) {
        tables.put(table, "its cache and backing device are not closed yet");
        try {
            boolean closed = Bounded.run("close", patienceMs, () -> closeWhenItCan(table, flush));
            if (!closed) {
                tell("a table that is replaced or removed keeps its devices: " + tables.get(table));
            }
        } catch (IOException e) {
            LOG.log(Level.ERROR, "a table was not closed cleanly: " + e.getMessage());
        }
    }

    private void closeWhenItCan(Table table, boolean flush) throws IOException {
        if (flush) {
            flush(table);
        }
        try {
            while (true) {
                try {
                    table.close();
                    return;
                } catch (CacheInUseException e) {
                    if (!e.getMessage().equals(tables.replace(table, e.getMessage()))) {
                        LOG.log(Level.WARNING, "a table cannot be closed yet: " + e.getMessage());
                    }
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
            }
        } finally {
            tables.remove(table);
        }
    }

    private void flush(Table table) {
        try {
            table.flush();
        } catch (IOException e) {
            tell("given up by force, and what was not flushed is lost: " + e.getMessage());
        }
    }

    private void tell(String line) {
        LOG.log(Level.WARNING, line);
        events.add(line);
    }

    /** A line for each that is not closed. */
    List<DeviceProblem> problems() {
        return tables.values().stream()
                .map(why -> new DeviceProblem(CODE, "a table that was given up keeps its devices: " + why))
                .toList();
    }
}
