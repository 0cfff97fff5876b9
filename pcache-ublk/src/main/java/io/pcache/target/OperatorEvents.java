package io.pcache.target;

import io.pcache.state.CacheEvents;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The engine's events as a device's: logged, and counted so that {@code wait} ends. Of one kind, at most one in ten seconds: a
 * cache that is full says so with every write. Safe for use by any thread, queue threads among them: a kind that was told lately costs a load and a
 * comparison.
 */
final class OperatorEvents implements CacheEvents {
    static final long QUIET_MS = 10_000;

    private static final Logger LOG = System.getLogger(OperatorEvents.class.getName());

    private final EventLog events;
    private final Clock clock;
    private final Map<Kind, AtomicLong> quietUntil = new EnumMap<>(Kind.class);

    OperatorEvents(EventLog events, Clock clock) {
        this.events = events;
        this.clock = clock;
        for (Kind kind : Kind.values()) {
            quietUntil.put(kind, new AtomicLong(Long.MIN_VALUE));
        }
    }

    @Override
    public void event(Kind kind, String text) {
        long now = clock.millis();
        AtomicLong until = quietUntil.get(kind);
        long earlier = until.get();
        // That something is well again is never left out: it would look as if it were not.
        if (kind != Kind.RECOVERED && (now < earlier || !until.compareAndSet(earlier, now + QUIET_MS))) {
            return;
        }
        LOG.log(kind == Kind.RECOVERED || kind == Kind.CACHE_FULL ? Level.INFO : Level.WARNING, text);
        events.add(text);
    }
}
