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
 * Tables that nobody uses any more, until they are closed. A table whose devices hang cannot be closed: threads would
 * come back to memory that is not there any more. Such a table is kept, and closed when the threads have come back.
 * Until then this process keeps the devices, and {@link #problems} says so. Safe for use by any thread.
 */
final class Remains {
    private static final Logger LOG = System.getLogger(Remains.class.getName());

    private static final String CODE = "devices-kept";
    /** Long enough to cost nothing: nobody waits for this any more. */
    private static final long PAUSE_NANOS = 100_000_000;

    private final EventLog events;
    /** Why each table is not closed yet. */
    private final Map<Table, String> tables = new ConcurrentHashMap<>();

    Remains(EventLog events) {
        this.events = events;
    }

    /**
     * Closes a table.
     *
     * @param flush first make durable what was acknowledged, as far as possible
     * @param patienceMs how long to wait for the end; the work goes on after that
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

    /** One for each table that is not closed. */
    List<DeviceProblem> problems() {
        return tables.values().stream()
                .map(why -> new DeviceProblem(CODE, "a table that was given up keeps its devices: " + why))
                .toList();
    }
}
