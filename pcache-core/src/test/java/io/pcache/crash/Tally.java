package io.pcache.crash;

import java.util.Map;
import java.util.TreeMap;

/** The number of judged states, by run. */
final class Tally {
    private final Map<String, Long> states = new TreeMap<>();

    void add(String run, long count) {
        states.merge(run, count, Long::sum);
    }

    @Override
    public String toString() {
        StringBuilder table = new StringBuilder(String.format("%-40s %10s%n", "run", "states"));
        states.forEach((run, count) -> table.append(String.format("%-40s %10d%n", run, count)));
        long together = states.values().stream().mapToLong(Long::longValue).sum();
        return table.append(String.format("%-40s %10d%n", "together", together)).toString();
    }
}
