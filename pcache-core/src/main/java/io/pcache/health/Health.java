package io.pcache.health;

import io.pcache.clock.Clock;
import io.pcache.invariant.Invariant;
import io.pcache.invariant.Stop;
import io.pcache.memory.CacheMemoryException;
import io.pcache.stats.CacheCounter;
import io.pcache.stats.CacheStats;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * What is wrong with a cache. Every error of a device comes here, from the thread that meets the error. The error is
 * counted, told to {@link CacheEvents}, and stands among the {@link #problems} until the {@link Condition} is over.
 *
 * <p>Errors of single requests (a read that fails) are over when a request of the same kind succeeds
 * {@link #QUIET_NANOS} or more after the last error. Otherwise one bad sector among good ones would begin and end a
 * condition with every other request. Code that succeeds calls {@link #cacheRead}, {@link #backingRead} or
 * {@link #requestDataCopied}. These are hot: they cost a volatile load while nothing is wrong.
 */
public final class Health implements Stop {
    /** How long no error must have come before a success ends a condition of single requests. */
    static final long QUIET_NANOS = 60_000_000_000L;

    private final CacheEvents events;
    private final CacheStats stats;
    private final Clock clock;

    /** Whether any condition stands that a success may end. */
    private volatile boolean requestsFail;

    /** Why the device has stopped; null while it has not. */
    private volatile CacheMemoryException stopped;

    private Consumer<CacheMemoryException> onStop = cause -> {};

    // Guarded by this.
    private final Map<Condition, String> details = new EnumMap<>(Condition.class);
    private final Map<Condition, Long> lastErrors = new EnumMap<>(Condition.class);
    private int segmentsSetAside;

    public Health(CacheEvents events, CacheStats stats, Clock clock) {
        this.events = events;
        this.stats = stats;
        this.clock = clock;
    }

    public CacheEvents events() {
        return events;
    }

    // ---- a mistake of our own

    /** Sets what to do when the device stops. The action runs on any thread, with locks held, so it must not block. */
    public void onStop(Consumer<CacheMemoryException> action) {
        onStop = action;
    }

    @Override
    public CacheMemoryException broken(Invariant invariant, String detail) {
        CacheMemoryException cause =
                new CacheMemoryException("invariant " + invariant.code() + " does not hold: " + detail, null);
        synchronized (this) {
            if (stopped != null) {
                return stopped;
            }
            stopped = cause;
            details.put(Condition.INVARIANT_BROKEN, cause.getMessage());
        }
        onStop.accept(cause);
        events.first(CacheEvents.Kind.INVARIANT_BROKEN, Condition.INVARIANT_BROKEN.text() + ": " + cause.getMessage());
        return cause;
    }

    /** Whether an invariant was found broken. Every request fails then, and no agent goes on. Hot. */
    public boolean isStopped() {
        return stopped != null;
    }

    // ---- errors that last

    /** The cache device takes nothing any more. Told once. */
    public void cacheFailed(CacheMemoryException cause) {
        if (cause == stopped) {
            return;
        }
        stats.add(CacheCounter.CACHE_ERRORS);
        if (changed(Condition.CACHE_FAILED, cause.getMessage())) {
            events.first(CacheEvents.Kind.CACHE_ERROR, Condition.CACHE_FAILED.text() + ": " + cause.getMessage());
        }
    }

    /** A segment is not used any more. */
    public void setAside(int segment, CacheMemoryException cause) {
        stats.add(CacheCounter.CACHE_ERRORS);
        boolean first;
        synchronized (this) {
            first = segmentsSetAside == 0;
            segmentsSetAside++;
            details.put(
                    Condition.SEGMENTS_SET_ASIDE,
                    (segmentsSetAside == 1 ? "one segment, " : segmentsSetAside + " segments, the last of them ")
                            + segment + ", for: " + cause.getMessage());
        }
        tell(
                first,
                CacheEvents.Kind.CACHE_ERROR,
                "segment " + segment + " is not used any more: " + cause.getMessage());
    }

    /** An error of the cache device that only the caller's own work suffers from. */
    public void cacheError(String text) {
        stats.add(CacheCounter.CACHE_ERRORS);
        events.event(CacheEvents.Kind.CACHE_ERROR, text);
    }

    // ---- agents that stand still

    /** @param problem null when write-back works */
    public void writeBack(CacheEvents.Kind kind, String problem) {
        agent(Condition.WRITE_BACK_STALLED, kind, problem);
    }

    /** @param problem null when garbage collection works */
    public void gc(CacheEvents.Kind kind, String problem) {
        agent(Condition.GC_STALLED, kind, problem);
    }

    /** @param problem null when the index can grow, or need not */
    public void memory(String problem) {
        // The available memory changes all the time, so the problem is told only once.
        if (problem == null || problem(Condition.MEMORY_SHORT) == null) {
            agent(Condition.MEMORY_SHORT, CacheEvents.Kind.MEMORY_SHORT, problem);
        }
    }

    private void agent(Condition condition, CacheEvents.Kind kind, String problem) {
        if (stopped != null) {
            return;
        }
        if (problem != null && kind == CacheEvents.Kind.CACHE_ERROR) {
            stats.add(CacheCounter.CACHE_ERRORS);
        }
        boolean first = problem(condition) == null;
        if (changed(condition, problem)) {
            tell(
                    first,
                    problem == null ? CacheEvents.Kind.RECOVERED : kind,
                    problem == null ? condition.recovery() : problem);
        }
    }

    /**
     * @param first whether the text begins a condition. Operators hear of this, however many errors of the same kind
     *     there were just now
     */
    private void tell(boolean first, CacheEvents.Kind kind, String text) {
        if (first) {
            events.first(kind, text);
        } else {
            events.event(kind, text);
        }
    }

    private synchronized boolean changed(Condition condition, String detail) {
        String before = detail == null ? details.remove(condition) : details.put(condition, detail);
        return !Objects.equals(before, detail);
    }

    // ---- requests that fail

    /**
     * Cached data could not be loaded.
     *
     * @param text one line: what failed, where, and what follows
     */
    public void cacheReadFailed(String text) {
        stats.add(CacheCounter.CACHE_ERRORS);
        failed(Condition.CACHE_READ_ERRORS, CacheEvents.Kind.CACHE_ERROR, text);
    }

    /**
     * Cached data was read that does not match its checksum.
     *
     * @param text as for {@link #cacheReadFailed}
     */
    public void checksumFailed(String text) {
        stats.add(CacheCounter.CHECKSUM_ERRORS);
        failed(Condition.DATA_DAMAGED, CacheEvents.Kind.CHECKSUM_ERROR, text);
    }

    public void backingReadFailed(String text) {
        stats.add(CacheCounter.BACKING_ERRORS);
        failed(Condition.BACKING_READ_ERRORS, CacheEvents.Kind.BACKING_ERROR, text);
    }

    /**
     * A write through to the backing device failed, or a flush of the backing device.
     *
     * @param text as for {@link #cacheReadFailed}
     */
    public void backingWriteFailed(String text) {
        stats.add(CacheCounter.BACKING_ERRORS);
        failed(Condition.BACKING_WRITE_ERRORS, CacheEvents.Kind.BACKING_ERROR, text);
    }

    /** The client's side of a copy failed. Neither device is to blame. */
    public void requestDataFailed(String text) {
        stats.add(CacheCounter.REQUEST_DATA_ERRORS);
        failed(Condition.REQUEST_DATA_ERRORS, CacheEvents.Kind.REQUEST_DATA_ERROR, text);
    }

    private void failed(Condition condition, CacheEvents.Kind kind, String text) {
        boolean first;
        synchronized (this) {
            first = details.put(condition, text) == null;
            lastErrors.put(condition, clock.nanoTime());
            requestsFail = true;
        }
        tell(first, kind, text);
    }

    /** Cached data was loaded, checked if there are checksums, and given to the client. Hot. */
    public void cacheRead() {
        if (requestsFail) {
            succeeded(Condition.CACHE_READ_ERRORS);
            succeeded(Condition.DATA_DAMAGED);
            succeeded(Condition.REQUEST_DATA_ERRORS);
        }
    }

    /** The backing device was read. Hot. */
    public void backingRead() {
        if (requestsFail) {
            succeeded(Condition.BACKING_READ_ERRORS);
        }
    }

    /** The backing device took a write through. Hot. */
    public void backingWritten() {
        if (requestsFail) {
            succeeded(Condition.BACKING_WRITE_ERRORS);
        }
    }

    /** A client's data came into the cache. Hot. */
    public void requestDataCopied() {
        if (requestsFail) {
            succeeded(Condition.REQUEST_DATA_ERRORS);
        }
    }

    private void succeeded(Condition condition) {
        synchronized (this) {
            Long last = lastErrors.get(condition);
            if (last == null || clock.nanoTime() - last < QUIET_NANOS) {
                return;
            }
            lastErrors.remove(condition);
            details.remove(condition);
            requestsFail = !lastErrors.isEmpty();
        }
        events.event(CacheEvents.Kind.RECOVERED, condition.recovery());
    }

    // ---- what is asked

    /** What is wrong now: each condition with its details. Empty when all is well. From any thread. */
    public synchronized Map<Condition, String> problems() {
        return new EnumMap<>(details);
    }

    /** The details of a condition; null if the condition does not stand. */
    public synchronized String problem(Condition condition) {
        return details.get(condition);
    }

    /** Why write-back stands still; null if it does not. */
    public String writeBackProblem() {
        return problem(Condition.WRITE_BACK_STALLED);
    }

    /** Why garbage collection stands still; null if it does not. */
    public String gcProblem() {
        return problem(Condition.GC_STALLED);
    }
}
