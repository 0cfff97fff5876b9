package io.pcache.stats;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * What was counted in some time: since activation, or between two snapshots. Immutable. The maps have every constant,
 * in the order of the enum.
 *
 * @param nanos length of the time
 */
public record StatsSnapshot(
        long nanos,
        Map<RequestCounter, Long> requests,
        Map<CacheCounter, Long> cache,
        Map<Latency, LatencySnapshot> latencies) {

    public StatsSnapshot {
        requests = Collections.unmodifiableMap(new EnumMap<>(requests));
        cache = Collections.unmodifiableMap(new EnumMap<>(cache));
        latencies = Collections.unmodifiableMap(new EnumMap<>(latencies));
    }

    /** In the counter's unit. */
    public long get(RequestCounter counter) {
        return requests.get(counter);
    }

    /** In the counter's unit. */
    public long get(CacheCounter counter) {
        return cache.get(counter);
    }

    public LatencySnapshot latency(Latency latency) {
        return latencies.get(latency);
    }

    /** What was counted after an earlier snapshot of the same cache, up to this one. */
    public StatsSnapshot since(StatsSnapshot earlier) {
        Map<RequestCounter, Long> requestDifference = new EnumMap<>(RequestCounter.class);
        requests.forEach((counter, value) -> requestDifference.put(counter, value - earlier.get(counter)));
        Map<CacheCounter, Long> cacheDifference = new EnumMap<>(CacheCounter.class);
        cache.forEach((counter, value) -> cacheDifference.put(counter, value - earlier.get(counter)));
        Map<Latency, LatencySnapshot> latencyDifference = new EnumMap<>(Latency.class);
        latencies.forEach((latency, value) -> latencyDifference.put(latency, value.since(earlier.latency(latency))));
        return new StatsSnapshot(nanos - earlier.nanos, requestDifference, cacheDifference, latencyDifference);
    }
}
