package io.pcache.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.memory.CacheMemory.Kind;
import io.pcache.route.CacheMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The states that a crash may leave. A random choice of them is judged: a few thousand, or with
 * {@code -Dpcache.crash.states=N} at least N. A failure names the command that repeats it.
 */
class CrashStatesTest {
    private static final long STATES = Long.getLong("pcache.crash.states", 4_000);
    private static final String EFFORT = System.getProperty("pcache.crash.effort", STATES > 10_000 ? "FULL" : "QUICK");
    private static final Long SEED = Long.getLong("pcache.crash.seed");
    private static final Tally TALLY = new Tally();
    private static final InterleavedRun RUN = new InterleavedRun(null);

    static List<Arguments> workloads() {
        List<Arguments> all = new ArrayList<>();
        for (Workload workload : Workload.values()) {
            for (CacheMode mode : CacheMode.values()) {
                for (Kind kind : new Kind[] {Kind.DAX, Kind.PAGE_CACHE}) {
                    if (isWanted("workload", workload) && isWanted("mode", mode) && isWanted("kind", kind)) {
                        all.add(Arguments.of(workload, mode, kind));
                    }
                }
            }
        }
        return all;
    }

    private static boolean isWanted(String property, Enum<?> value) {
        return System.getProperty("pcache.crash." + property, value.name()).equals(value.name());
    }

    @ParameterizedTest(name = "{0}, {1} on {2}")
    @MethodSource("workloads")
    @Timeout(value = 4, unit = TimeUnit.HOURS)
    void holdsWhatHistoryAllows(Workload workload, CacheMode mode, Kind kind) {
        CrashRun.Effort effort = CrashRun.Effort.valueOf(EFFORT);
        AtomicLong judged = new AtomicLong();
        if (SEED != null) {
            RUN.run(workload, mode, kind, SEED, effort, judged);
            return;
        }
        long wanted = STATES / (2L * CacheMode.values().length * Workload.values().length);
        // The low bits of a seed choose what a run is like.
        Random seeds = new Random();
        do {
            RUN.run(workload, mode, kind, seeds.nextLong(), effort, judged);
        } while (judged.get() < wanted);
        TALLY.add(workload + " " + mode + " " + kind, judged.get());
    }

    @ParameterizedTest
    @EnumSource(CacheMode.class)
    void aSeedRepeatsItsRun(CacheMode mode) {
        AtomicLong judged = new AtomicLong();
        long first = RUN.run(Workload.MIXED, mode, Kind.PAGE_CACHE, 7, CrashRun.Effort.QUICK, judged);
        long states = judged.getAndSet(0);
        assertThat(RUN.run(Workload.MIXED, mode, Kind.PAGE_CACHE, 7, CrashRun.Effort.QUICK, judged))
                .isEqualTo(first);
        assertThat(judged).hasValue(states);
    }

    @AfterAll
    static void showTally() {
        System.out.print(TALLY);
    }
}
