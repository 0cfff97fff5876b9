package io.pcache.server.device;

import io.pcache.control.JsonObject;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * A device's events: their number, which {@code wait} waits on, and the texts of the last ones. Safe for use by any
 * thread.
 */
public final class EventLog {
    private static final int KEPT = 256;

    private record Event(long nr, String time, String text, boolean notice) {}

    private final Clock clock;
    private final ArrayDeque<Event> events = new ArrayDeque<>();
    private final List<Runnable> listeners = new ArrayList<>();
    private long nr;

    /** @param nr the number of events before this log began */
    public EventLog(Clock clock, long nr) {
        this.clock = clock;
        this.nr = nr;
    }

    /** @param text one line for people */
    public void add(String text) {
        add(text, false);
    }

    /**
     * @param text one line for people
     * @param notice whether nothing is wrong, so that a script need not see the line
     */
    void add(String text, boolean notice) {
        List<Runnable> tell;
        synchronized (this) {
            nr++;
            if (events.size() == KEPT) {
                events.removeFirst();
            }
            events.addLast(new Event(nr, clock.instant().toString(), text, notice));
            tell = List.copyOf(listeners);
        }
        tell.forEach(Runnable::run);
    }

    /** The number of events so far. */
    public synchronized long nr() {
        return nr;
    }

    /** @param listener called after every event, on the thread that adds it */
    public synchronized void listen(Runnable listener) {
        listeners.add(listener);
    }

    public synchronized void forget(Runnable listener) {
        listeners.remove(listener);
    }

    /** The last events, the newest at the end. */
    public synchronized List<JsonObject> toJson() {
        List<JsonObject> json = new ArrayList<>();
        for (Event event : events) {
            json.add(new JsonObject()
                    .put("nr", event.nr)
                    .put("time", event.time)
                    .put("text", event.text)
                    .put("notice", event.notice));
        }
        return json;
    }
}
