package io.pcache.dmctl.cases;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A command that was run with the real dmsetup and the kernel's pcache target, and what the command printed.
 *
 * @param stdin standard input; null for an empty one
 * @param environment variables; a null value unsets a variable
 * @param fixture the state before {@code steps}
 * @param exit 0 or 1; {@link #BLOCKS}
 */
record RecordedCase(
        String id,
        List<String> arguments,
        String stdin,
        Map<String, String> files,
        Map<String, String> environment,
        String fixture,
        List<Step> steps,
        int exit,
        String stdout,
        String stderr) {
    /** The status of a command that was still running after some seconds. */
    static final int BLOCKS = -1;

    /**
     * A step before the command.
     *
     * @param kind {@code dmsetup}, {@code open}, {@code close}, {@code openraw}, {@code sleep} or {@code shell}
     * @param arguments the arguments; every kind but dmsetup has one
     * @param mayFail whether the step failed in the recording, too
     */
    record Step(String kind, List<String> arguments, String stdin, boolean mayFail) {}

    /**
     * All cases: those that were recorded with the kernel's pcache target, and those that were recorded with the
     * kernel's error and zero targets ({@code src/test/recording}).
     */
    static List<RecordedCase> load() throws IOException {
        List<RecordedCase> cases = new ArrayList<>();
        for (String file : List.of("/dmsetup-cases.json", "/more-cases.json")) {
            try (InputStream resource = RecordedCase.class.getResourceAsStream(file)) {
                for (JsonNode node : new ObjectMapper().readTree(resource)) {
                    cases.add(of(node));
                }
            }
        }
        return cases;
    }

    private static RecordedCase of(JsonNode node) {
        List<Step> steps = new ArrayList<>();
        for (JsonNode step : node.path("setup_steps")) {
            JsonNode argument = step.get("arg");
            steps.add(new Step(
                    step.get("do").asText(),
                    argument.isArray() ? strings(argument) : List.of(argument.asText()),
                    text(step.get("stdin")),
                    step.path("may_fail").asBoolean()));
        }
        int exit = node.get("exit").asText().equals("blocks")
                ? BLOCKS
                : node.get("exit").asInt();
        return new RecordedCase(
                node.get("id").asText(),
                strings(node.get("argv")),
                text(node.get("stdin")),
                map(node.path("files")),
                map(node.path("env")),
                node.get("fixture").asText(),
                steps,
                exit,
                node.get("stdout").asText(),
                node.get("stderr").asText());
    }

    private static String text(JsonNode node) {
        return node == null || node.isNull() ? null : node.asText();
    }

    private static List<String> strings(JsonNode list) {
        List<String> strings = new ArrayList<>();
        list.forEach(element -> strings.add(element.asText()));
        return strings;
    }

    private static Map<String, String> map(JsonNode object) {
        Map<String, String> map = new LinkedHashMap<>();
        object.properties().forEach(member -> map.put(member.getKey(), text(member.getValue())));
        return map;
    }

    /** Cases of one scenario shared a scratch folder. */
    String scenario() {
        return id.substring(0, id.lastIndexOf('-'));
    }
}
