package io.pcache.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class DeviceProblemTest {
    @Test
    void linesAreWhatTheyWereAndCodesStandBesideThem() {
        List<DeviceProblem> problems = List.of(
                new DeviceProblem("gc-stalled", "garbage collection stands still: x"),
                new DeviceProblem("cache-failed", "the cache device failed: y"));

        JsonObject json = DeviceProblem.put(new JsonObject(), "problemCodes", problems);

        assertThat(json.strings("problems"))
                .containsExactly("garbage collection stands still: x", "the cache device failed: y");
        assertThat(json.strings("problemCodes")).containsExactly("gc-stalled", "cache-failed");
        assertThat(DeviceProblem.of(json, "problemCodes")).isEqualTo(problems);
        assertThat(DeviceProblem.put(new JsonObject(), "problemCodes", List.of())
                        .members())
                .isEmpty();
    }

    @Test
    void targetOfAnEarlierVersionTellsLinesAlone() {
        assertThat(DeviceProblem.of(
                        new JsonObject().put("problems", List.of("write-back stands still")), "problemCodes"))
                .containsExactly(new DeviceProblem(DeviceProblem.UNKNOWN, "write-back stands still"));
    }
}
