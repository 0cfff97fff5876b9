package io.pcache.stats;

import io.pcache.clock.Clock;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What one request queue has done.
 *
 * <p>Only the queue's thread counts; the methods for counting are hot, take no lock and allocate nothing. Any thread
 * may call {@link #get}.
 *
 * <p>To time a request, the clock is read twice. This took 48 ns, where a counter takes 1. So one out of
 * {@code sampling} requests is timed, and counts for all of them. Requests that have to wait are all timed, as
 * {@link Latency#DEFERRED}:
 *
 * <pre>
 *   request.startNanos = stats.start(UNTIMED);   // UNTIMED for those not chosen
 *   ...
 *   stats.ended(Latency.WRITE, request.startNanos);
 * </pre>
 */
public final class QueueStats implements AutoCloseable {
    /** Stands for a time that was not taken. */
    public static final long UNTIMED = 0;

    private static final RequestCounter[] COUNTERS = RequestCounter.values();
    private static final Latency[] LATENCIES = Latency.values();
    private static final VarHandle ELEMENT = MethodHandles.arrayElementVarHandle(long[].class);

    private final CacheStats owner;
    private final int sampling;
    private final Clock clock;
    private final long[] counts = new long[COUNTERS.length];
    private final LatencyHistogram[] histograms = new LatencyHistogram[LATENCIES.length];
    private int untilTimed;

    QueueStats(CacheStats owner, int sampling, Clock clock) {
        this.owner = owner;
        this.sampling = sampling;
        this.clock = clock;
        for (int i = 0; i < histograms.length; i++) {
            histograms[i] = new LatencyHistogram();
        }
    }

    /** Counts one. Hot. */
    public void add(RequestCounter counter) {
        add(counter, 1);
    }

    /** Counts some, in the counter's unit; not negative. Hot. */
    public void add(RequestCounter counter, long amount) {
        int i = counter.ordinal();
        // Opaque: a reader sees the count soon and whole, and need not see anything else together with it.
        ELEMENT.setOpaque(counts, i, counts[i] + amount);
    }

    /**
     * The time at which a request came, or {@link #UNTIMED} if this request is not timed. Hot.
     *
     * @param sinceNanos the time to return for a request that waited before it was submitted; {@link #UNTIMED} for now
     */
    public long start(long sinceNanos) {
        if (--untilTimed > 0) {
            return UNTIMED;
        }
        untilTimed = sampling;
        return sinceNanos != UNTIMED ? sinceNanos : now();
    }

    /** The time at which a request begins to wait: now. */
    public long startWaiting() {
        return now();
    }

    private long now() {
        long nanos = clock.nanoTime();
        return nanos == UNTIMED ? 1 : nanos;
    }

    /**
     * A request has ended. Hot.
     *
     * @param startNanos from {@link #start}; nothing happens for {@link #UNTIMED}
     */
    public void ended(Latency latency, long startNanos) {
        if (startNanos != UNTIMED) {
            record(latency, clock.nanoTime() - startNanos, sampling);
        }
    }

    /**
     * A request that had to wait has ended.
     *
     * @param startNanos from {@link #startWaiting}; nothing happens for {@link #UNTIMED}
     */
    public void endedWaiting(long startNanos) {
        if (startNanos != UNTIMED) {
            record(Latency.DEFERRED, clock.nanoTime() - startNanos, 1);
        }
    }

    /**
     * Counts a latency that was measured elsewhere.
     *
     * @param weight for how many requests the latency stands
     */
    void record(Latency latency, long nanos, int weight) {
        histograms[latency.ordinal()].record(nanos, weight);
    }

    /** From any thread. */
    public long get(RequestCounter counter) {
        return (long) ELEMENT.getOpaque(counts, counter.ordinal());
    }

    void addTo(long[] countSums, long[][] latencySums) {
        for (RequestCounter counter : COUNTERS) {
            countSums[counter.ordinal()] += get(counter);
        }
        for (int i = 0; i < histograms.length; i++) {
            histograms[i].addTo(latencySums[i]);
        }
    }

    /** Ends the counting. The counts stay in the sums. On the queue's thread. */
    @Override
    public void close() {
        owner.closed(this);
    }
}
