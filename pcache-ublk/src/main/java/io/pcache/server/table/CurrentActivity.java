package io.pcache.server.table;

import io.pcache.cache.Progress;
import io.pcache.control.Activity;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.function.LongSupplier;

/**
 * What a device's changing thread is busy with: for queries and, where work takes long, for the log. One thread at a
 * time tells, any thread asks.
 */
public final class CurrentActivity implements Progress {
    static final long LOG_INTERVAL_NANOS = 10_000_000_000L;
    private static final long NANOS_PER_MS = 1_000_000;

    private static final Logger LOG = System.getLogger(CurrentActivity.class.getName());

    private final LongSupplier nanoTime;
    // Stored one by one: a reader may see "done" of one activity and "total" of another, and a bar is wrong until it is
    // drawn again.
    private volatile String what = "";
    private volatile long done;
    private volatile long total;
    private volatile long lastTold;
    private long lastLogged;

    public CurrentActivity() {
        this(System::nanoTime);
    }

    CurrentActivity(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Some work begins, and is told of from now on. */
    public void begin(String first) {
        lastLogged = nanoTime.getAsLong();
        at(first, 0, 0);
    }

    @Override
    public void at(String nowWhat, long nowDone, long nowTotal) {
        what = nowWhat;
        done = nowDone;
        total = nowTotal;
        long now = nanoTime.getAsLong();
        lastTold = now;
        if (now - lastLogged >= LOG_INTERVAL_NANOS) {
            lastLogged = now;
            int percent = get().percent();
            LOG.log(Level.INFO, nowWhat + (percent < 0 ? " goes on" : ": " + percent + " %"));
        }
    }

    /** The work is over, however it has ended. */
    public void end() {
        what = "";
        done = 0;
        total = 0;
    }

    public Activity get() {
        String now = what;
        return now.isEmpty()
                ? Activity.NONE
                : new Activity(now, done, total, Math.max(0, (nanoTime.getAsLong() - lastTold) / NANOS_PER_MS));
    }
}
