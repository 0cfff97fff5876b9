package io.pcache.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.memory.CacheMemory.Kind;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whether {@link CrashStatesTest} would notice: each planted bug must be caught, by few states. */
class PlantedBugTest {
    private static final long MOST_STATES = 20_000;
    private static final List<String> CAUGHT = new ArrayList<>();

    static List<Arguments> bugs() {
        List<Arguments> all = new ArrayList<>();
        for (PlantedBug bug : PlantedBug.values()) {
            for (Kind kind : bug.kinds) {
                all.add(Arguments.of(bug, kind));
            }
        }
        return all;
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("bugs")
    void isCaught(PlantedBug bug, Kind kind) {
        Tally tally = new Tally();
        String violation = null;
        for (int seed = 1; violation == null && tally.total() < MOST_STATES; seed++) {
            try {
                CrashRun.run(bug.workload, kind, seed, tally, new CrashRun.Plant(bug::plant, bug::plant), CrashRun.Effort.QUICK);
            } catch (AssertionError caught) {
                violation = caught.getMessage().replaceFirst("^[^:]*: ", "");
            }
        }
        CAUGHT.add(String.format("%-29s %-10s %6s  %s", bug, kind, violation == null ? "NOT" : "" + tally.total(), violation));
        assertThat(violation).as(bug.what).isNotNull();
    }

    @AfterAll
    static void showCaught() {
        System.out.printf("%-29s %-10s %6s  %s%n", "planted bug", "kind", "states", "first violation");
        CAUGHT.forEach(System.out::println);
    }
}
