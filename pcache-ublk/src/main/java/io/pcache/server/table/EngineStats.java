package io.pcache.server.table;

import io.pcache.control.JsonObject;
import io.pcache.control.Version;
import io.pcache.engine.PCache;
import io.pcache.health.Condition;
import io.pcache.stats.LatencyBounds;
import io.pcache.stats.LatencySnapshot;
import io.pcache.stats.StatsSnapshot;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A cache's statistics as members of a reply: state, totals since activation, and what was counted since an earlier
 * reply. The last few snapshots are kept for that, each with a number. A client that asks too rarely, beside many
 * others, gets no interval. For one thread.
 */
final class EngineStats {
    private static final int KEPT = 16;
    private static final double[] PERCENTILES = {50, 90, 99, 99.9};
    private static final String[] PERCENTILE_NAMES = {"p50Nanos", "p90Nanos", "p99Nanos", "p999Nanos"};

    private static final List<Long> LATENCY_BOUNDS = IntStream.range(0, LatencyBounds.count())
            .mapToObj(LatencyBounds::nanos)
            .toList();

    private record Numbered(long number, StatsSnapshot snapshot) {}

    private final PCache engine;
    private final ArrayDeque<Numbered> kept = new ArrayDeque<>();
    private long lastNumber;

    EngineStats(PCache engine) {
        this.engine = engine;
    }

    /** @param since the number of the snapshot that the interval begins with; 0 for no interval */
    JsonObject toJson(long since) {
        StatsSnapshot now = engine.stats().snapshot();
        StatsSnapshot earlier = find(since);
        keep(now);
        JsonObject json = state().put("snapshot", lastNumber).put("total", counts(now));
        return earlier == null ? json : json.put("interval", counts(now.since(earlier)));
    }

    private JsonObject state() {
        JsonObject json = new JsonObject()
                .put("version", Version.TEXT)
                .put("java", Runtime.version().toString())
                .put("dataCrc", engine.dataCrc())
                .put("clean", engine.isClean())
                .put(
                        "segments",
                        new JsonObject().put("total", engine.segments()).put("used", engine.usedSegments()))
                .put("extents", engine.extents())
                .put("dirtyBytes", engine.dirtyBytes())
                .put("oldestDirtyNanos", engine.oldestDirtyNanos())
                .put("longestWaitNanos", engine.longestWaitNanos())
                .put("gcPercent", engine.gcPercent())
                .put("latencyBoundsNanos", LATENCY_BOUNDS);
        json.put(
                "problems",
                engine.problems().keySet().stream().map(Condition::code).toList());
        if (engine.writeBackProblem() != null) {
            json.put("writeBackProblem", engine.writeBackProblem());
        }
        if (engine.gcProblem() != null) {
            json.put("gcProblem", engine.gcProblem());
        }
        return json;
    }

    private StatsSnapshot find(long number) {
        for (Numbered candidate : kept) {
            if (candidate.number == number) {
                return candidate.snapshot;
            }
        }
        return null;
    }

    private void keep(StatsSnapshot snapshot) {
        if (kept.size() == KEPT) {
            kept.removeFirst();
        }
        kept.addLast(new Numbered(++lastNumber, snapshot));
    }

    private static JsonObject counts(StatsSnapshot snapshot) {
        JsonObject latencies = new JsonObject();
        snapshot.latencies().forEach((latency, counted) -> latencies.put(memberName(latency), latency(counted)));
        return new JsonObject()
                .put("nanos", snapshot.nanos())
                .put("requests", counters(snapshot.requests()))
                .put("cache", counters(snapshot.cache()))
                .put("latencies", latencies);
    }

    private static JsonObject counters(Map<? extends Enum<?>, Long> counters) {
        JsonObject json = new JsonObject();
        counters.forEach((counter, value) -> json.put(memberName(counter), value));
        return json;
    }

    private static JsonObject latency(LatencySnapshot counted) {
        JsonObject json = new JsonObject()
                .put("count", counted.count())
                .put("meanNanos", Math.round(counted.meanNanos()))
                .put("sumNanos", counted.sumNanos());
        for (int i = 0; i < PERCENTILES.length; i++) {
            json.put(PERCENTILE_NAMES[i], counted.percentileNanos(PERCENTILES[i]));
        }
        return json.put("maxNanos", counted.maxNanos())
                .put("upToBounds", Arrays.stream(counted.cumulative()).boxed().toList());
    }

    /** The name of a counter as that of a member: {@code READ_HIT_SECTORS} becomes {@code readHitSectors}. */
    static String memberName(Enum<?> constant) {
        StringBuilder name = new StringBuilder();
        boolean upper = false;
        for (char c : constant.name().toLowerCase(Locale.ROOT).toCharArray()) {
            if (c == '_') {
                upper = true;
            } else {
                name.append(upper ? Character.toUpperCase(c) : c);
                upper = false;
            }
        }
        return name.toString();
    }
}
