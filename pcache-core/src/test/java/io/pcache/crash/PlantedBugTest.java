package io.pcache.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.KeptTable;
import io.pcache.memory.CacheMemory.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whether {@link CrashStatesTest} would notice: each planted bug must be caught, with few states. */
class PlantedBugTest {
    private static final long MOST_STATES = 20_000;
    private static final int MOST_CHARACTERS = 150;
    private static final List<String> CAUGHT = new ArrayList<>();
    private static final KeptTable TABLE = new KeptTable("planted-bugs", """
        Bugs planted into what the engine stores, waits for and wakes, each caught by the tests of crash states within
        20 000 states. The kinds are those of the cache device.

        bug                                   workload       mode         kinds
        """);

    static List<Arguments> bugs() {
        List<Arguments> all = new ArrayList<>();
        String only = System.getProperty("pcache.crash.bug");
        for (PlantedBug bug : PlantedBug.values()) {
            for (Kind kind : only == null || bug.name().matches(only) ? bug.kinds : List.<Kind>of()) {
                all.add(Arguments.of(bug, kind));
            }
        }
        return all;
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("bugs")
    void isCaught(PlantedBug bug, Kind kind) {
        AtomicLong judged = new AtomicLong();
        InterleavedRun run = new InterleavedRun(bug);
        String violation = null;
        for (int seed = 1; violation == null && judged.get() < MOST_STATES; seed++) {
            try {
                run.run(bug.workload, bug.mode, kind, seed, CrashRun.Effort.QUICK, judged);
            } catch (AssertionError caught) {
                violation = caught.getMessage().replaceFirst("^[^:]*: ", "");
            }
        }
        CAUGHT.add(String.format(
                "%-29s %-10s %6s  %s", bug, kind, violation == null ? "NOT" : judged.toString(), firstLine(violation)));
        assertThat(violation).as(bug.what).isNotNull();
    }

    private static String firstLine(String violation) {
        String line = violation == null
                ? ""
                : violation
                        .lines()
                        .map(String::strip)
                        .filter(text -> !text.isEmpty())
                        .findFirst()
                        .orElse("");
        return line.length() > MOST_CHARACTERS ? line.substring(0, MOST_CHARACTERS) + "..." : line;
    }

    @Test
    void tableNamesThemAll() throws IOException {
        for (PlantedBug bug : PlantedBug.values()) {
            String kinds = bug.kinds.stream().map(Kind::name).collect(Collectors.joining(", "));
            TABLE.add(String.format("%-37s %-14s %-12s %s%n  %s", bug, bug.workload, bug.mode.word(), kinds, bug.what));
        }
        TABLE.close(PlantedBug.values().length);
    }

    @AfterAll
    static void showCaught() {
        if (CAUGHT.isEmpty()) {
            return;
        }
        System.out.printf("%-29s %-10s %6s  %s%n", "planted bug", "kind", "states", "first violation");
        CAUGHT.forEach(System.out::println);
    }
}
