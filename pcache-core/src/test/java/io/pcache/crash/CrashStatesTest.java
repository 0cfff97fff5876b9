package io.pcache.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.memory.CacheMemory.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every state that a crash may leave, of which a random choice is judged: a few thousand, or with
 * {@code -Dpcache.crash.states=N} at least N. A failure names the properties that repeat it:
 * {@code pcache.crash.workload}, {@code .kind}, {@code .seed}.
 */
class CrashStatesTest {
    private static final long STATES = Long.getLong("pcache.crash.states", 8_000);
    private static final Long SEED = Long.getLong("pcache.crash.seed");
    private static final Tally TALLY = new Tally();

    static List<Arguments> workloads() {
        List<Arguments> all = new ArrayList<>();
        for (Workload workload : Workload.values()) {
            for (Kind kind : new Kind[] {Kind.DAX, Kind.PAGE_CACHE}) {
                if (isWanted("workload", workload) && isWanted("kind", kind)) {
                    all.add(Arguments.of(workload, kind));
                }
            }
        }
        return all;
    }

    private static boolean isWanted(String property, Enum<?> value) {
        return System.getProperty("pcache.crash." + property, value.name()).equals(value.name());
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("workloads")
    @Timeout(value = 4, unit = TimeUnit.HOURS)
    void holdsWhatHistoryAllows(Workload workload, Kind kind) {
        CrashRun.Effort effort = STATES > 10_000 ? CrashRun.Effort.FULL : CrashRun.Effort.QUICK;
        if (SEED != null) {
            CrashRun.run(workload, kind, SEED, TALLY, CrashRun.Plant.NONE, effort);
            return;
        }
        long wanted = STATES / (2 * Workload.values().length);
        long base = System.nanoTime() << 8;
        for (int run = 0; run < 2 || TALLY.of(workload, kind) < wanted; run++) {
            CrashRun.run(workload, kind, base + run, TALLY, CrashRun.Plant.NONE, effort);
        }
        assertThat(TALLY.of(workload, kind)).isGreaterThanOrEqualTo(wanted);
    }

    @AfterAll
    static void showTally() {
        System.out.print(TALLY);
    }
}
