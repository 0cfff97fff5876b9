package io.pcache.stats;

import io.pcache.clock.Clock;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What a cache has done since activation: its own counters, to which any thread may add, and those of its queues.
 *
 * <p>{@link #add} is an atomic add, for events that are rare compared with requests: a commit, a transfer, an error. It
 * takes no lock and allocates nothing.
 */
public final class CacheStats {
    private static final CacheCounter[] COUNTERS = CacheCounter.values();

    private static final List<RequestCounter> REQUESTS = List.of(
            RequestCounter.READS,
            RequestCounter.WRITES,
            RequestCounter.FLUSHES,
            RequestCounter.WRITE_ZEROES,
            RequestCounter.DISCARDS);

    private final Clock clock;
    private final long startNanos;
    private final AtomicLongArray counts = new AtomicLongArray(COUNTERS.length);
    private final int sampling;

    // Guarded by this.
    private final List<QueueStats> queues = new ArrayList<>();
    private final long[] closedCounts = new long[RequestCounter.values().length];
    private final long[][] closedLatencies = newLatencies();

    /** @param sampling one request out of this many is timed, 1 to 1024; 1 times all */
    public CacheStats(int sampling, Clock clock) {
        if (sampling < 1 || sampling > 1024) {
            throw new IllegalArgumentException("sampling out of range: " + sampling);
        }
        this.sampling = sampling;
        this.clock = clock;
        this.startNanos = clock.nanoTime();
    }

    private static long[][] newLatencies() {
        return new long[Latency.values().length][LatencyHistogram.WORDS];
    }

    /** Counts one. From any thread. */
    public void add(CacheCounter counter) {
        add(counter, 1);
    }

    /** Counts some, in the counter's unit; not negative. From any thread. */
    public void add(CacheCounter counter, long amount) {
        counts.getAndAdd(counter.ordinal(), amount);
    }

    /** From any thread. */
    public long get(CacheCounter counter) {
        return counts.get(counter.ordinal());
    }

    /** Opens the statistics of a queue, to be closed with the queue. From any thread. */
    public synchronized QueueStats openQueue() {
        QueueStats queue = new QueueStats(this, sampling, clock);
        queues.add(queue);
        return queue;
    }

    /** Keeps the counts of a queue that is closed. Closing twice does nothing. */
    synchronized void closed(QueueStats queue) {
        if (queues.remove(queue)) {
            queue.addTo(closedCounts, closedLatencies);
        }
    }

    /** Number of requests of all kinds that have ended. From any thread. */
    public synchronized long requests() {
        long sum = 0;
        for (RequestCounter kind : REQUESTS) {
            sum += closedCounts[kind.ordinal()];
            for (int i = 0; i < queues.size(); i++) {
                sum += queues.get(i).get(kind);
            }
        }
        return sum;
    }

    /** The statistics of all open queues. From any thread. */
    public synchronized List<QueueStats> queues() {
        return List.copyOf(queues);
    }

    /**
     * All counts up to now. From any thread. Threads that count are not held up, so two counters may differ by a
     * request.
     */
    public synchronized StatsSnapshot snapshot() {
        long[] sums = closedCounts.clone();
        long[][] latencySums = newLatencies();
        for (int i = 0; i < latencySums.length; i++) {
            latencySums[i] = closedLatencies[i].clone();
        }
        for (QueueStats queue : queues) {
            queue.addTo(sums, latencySums);
        }
        Map<RequestCounter, Long> requests = new EnumMap<>(RequestCounter.class);
        for (RequestCounter counter : RequestCounter.values()) {
            requests.put(counter, sums[counter.ordinal()]);
        }
        Map<CacheCounter, Long> cache = new EnumMap<>(CacheCounter.class);
        for (CacheCounter counter : COUNTERS) {
            cache.put(counter, get(counter));
        }
        Map<Latency, LatencySnapshot> latencies = new EnumMap<>(Latency.class);
        for (Latency latency : Latency.values()) {
            latencies.put(latency, new LatencySnapshot(latencySums[latency.ordinal()]));
        }
        return new StatsSnapshot(clock.nanoTime() - startNanos, requests, cache, latencies);
    }
}
