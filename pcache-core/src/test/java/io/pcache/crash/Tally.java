package io.pcache.crash;

import io.pcache.memory.CacheMemory.Kind;
import java.util.EnumMap;
import java.util.Map;

/** How many states were judged, by workload and kind of cache device. */
final class Tally {
    private final Map<Workload, Map<Kind, long[]>> states = new EnumMap<>(Workload.class);

    void add(Workload workload, Kind kind) {
        states.computeIfAbsent(workload, w -> new EnumMap<>(Kind.class)).computeIfAbsent(kind, k -> new long[1])[0]++;
    }

    long of(Workload workload, Kind kind) {
        Map<Kind, long[]> kinds = states.get(workload);
        return kinds == null || !kinds.containsKey(kind) ? 0 : kinds.get(kind)[0];
    }

    long total() {
        long total = 0;
        for (Workload workload : Workload.values()) {
            total += of(workload, Kind.DAX) + of(workload, Kind.PAGE_CACHE);
        }
        return total;
    }

    @Override
    public String toString() {
        StringBuilder table =
                new StringBuilder(String.format("%-16s %10s %10s%n", "crash states", "DAX", "PAGE_CACHE"));
        for (Workload workload : Workload.values()) {
            table.append(String.format(
                    "%-16s %10d %10d%n", workload, of(workload, Kind.DAX), of(workload, Kind.PAGE_CACHE)));
        }
        return table.append(String.format("%-16s %21d%n", "together", total())).toString();
    }
}
