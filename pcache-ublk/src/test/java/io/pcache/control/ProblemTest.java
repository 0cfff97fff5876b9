package io.pcache.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ProblemTest {
    @Test
    void linesAreWhatTheyWereAndCodesStandBesideThem() {
        List<Problem> problems = List.of(
                new Problem("gc-stalled", "garbage collection stands still: x"),
                new Problem("cache-failed", "the cache device failed: y"));

        JsonObject json = Problem.put(new JsonObject(), "problemCodes", problems);

        assertThat(json.strings("problems"))
                .containsExactly("garbage collection stands still: x", "the cache device failed: y");
        assertThat(json.strings("problemCodes")).containsExactly("gc-stalled", "cache-failed");
        assertThat(Problem.of(json, "problemCodes")).isEqualTo(problems);
        assertThat(Problem.put(new JsonObject(), "problemCodes", List.of()).members())
                .isEmpty();
    }

    @Test
    void targetOfAnEarlierVersionTellsLinesAlone() {
        assertThat(Problem.of(new JsonObject().put("problems", List.of("write-back stands still")), "problemCodes"))
                .containsExactly(new Problem(Problem.UNKNOWN, "write-back stands still"));
    }
}
