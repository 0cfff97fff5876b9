package io.pcache.offline;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Collects findings. For each problem only the first {@value #MOST} findings are kept, so that a badly damaged device
 * does not fill the memory. All findings are counted.
 */
final class Findings {
    static final int MOST = 10_000;

    private final List<Finding> kept = new ArrayList<>();
    private final Map<Problem, Long> counts = new EnumMap<>(Problem.class);

    void add(Finding finding) {
        if (counts.merge(finding.problem(), 1L, Long::sum) <= MOST) {
            kept.add(finding);
        }
    }

    void add(Problem problem, long deviceOffset, String where, String found, String expected, Mend mend) {
        add(new Finding(problem, deviceOffset, where, found, expected, mend));
    }

    void add(Problem problem, long deviceOffset, String where, String found, String expected) {
        add(problem, deviceOffset, where, found, expected, null);
    }

    List<Finding> kept() {
        return kept;
    }

    Map<Problem, Long> counts() {
        return counts;
    }

    /** Whether any finding can be mended. */
    boolean isMendable() {
        return kept.stream().anyMatch(finding -> finding.mend() != null);
    }
}
