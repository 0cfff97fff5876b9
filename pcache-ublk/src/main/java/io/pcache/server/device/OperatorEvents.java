package io.pcache.server.device;

import io.pcache.health.CacheEvents;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Makes events of a device out of the engine's events: logs them, and counts them so that {@code wait} ends. In ten
 * seconds, one event tells of a full cache, since each write that waits brings one; and {@link #RATION} events tell of
 * each other kind, since a medium that fails may bring a thousand. The next event tells how many were left out. The
 * {@linkplain #first first} event of a condition is never left out. Safe for use by any thread, queue threads among
 * them: an event that is left out costs little.
 */
public final class OperatorEvents implements CacheEvents {
    static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(10);
    static final int RATION = 20;

    private static final Logger LOG = System.getLogger(OperatorEvents.class.getName());

    private final EventLog events;
    private final LongSupplier nanoTime;
    private final Map<Kind, Ration> rations = new EnumMap<>(Kind.class);

    /** How much of one kind may be told. */
    private static final class Ration {
        private final int most;
        private final AtomicLong leftOut = new AtomicLong();
        private volatile boolean used;
        private volatile long windowEnd;
        private int told;

        Ration(int most, long now) {
            this.most = most;
            this.windowEnd = now;
        }

        /** Returns how many events were left out before this one; -1 when this one is to be left out, too. */
        long take(long now) {
            if (used && now - windowEnd < 0) {
                leftOut.incrementAndGet();
                return -1;
            }
            synchronized (this) {
                if (now - windowEnd >= 0) {
                    windowEnd = now + WINDOW_NANOS;
                    told = 0;
                }
                told++;
                used = told >= most;
                return told > most ? -1 : leftOut.getAndSet(0);
            }
        }
    }

    /** @param nanoTime a clock that nobody sets, as {@link System#nanoTime} */
    public OperatorEvents(EventLog events, LongSupplier nanoTime) {
        this.events = events;
        this.nanoTime = nanoTime;
        for (Kind kind : Kind.values()) {
            rations.put(kind, new Ration(kind == Kind.CACHE_FULL ? 1 : RATION, nanoTime.getAsLong()));
        }
    }

    @Override
    public void event(Kind kind, String text) {
        // Never left out: else a thing that is well again would look as if it were not.
        long leftOut = kind == Kind.RECOVERED ? 0 : rations.get(kind).take(nanoTime.getAsLong());
        if (leftOut >= 0) {
            tell(kind, text, leftOut);
        }
    }

    @Override
    public void first(Kind kind, String text) {
        // The event counts for the ration, but does not depend on the ration.
        tell(kind, text, Math.max(0, rations.get(kind).take(nanoTime.getAsLong())));
    }

    private void tell(Kind kind, String text, long leftOut) {
        String told = leftOut == 0 || kind == Kind.CACHE_FULL
                ? text
                : text + " (" + leftOut + " like this were left out before)";
        LOG.log(kind == Kind.RECOVERED || kind == Kind.CACHE_FULL ? Level.INFO : Level.WARNING, told);
        events.add(told, kind == Kind.NOTICE);
    }
}
