package io.pcache.dmctl.cases;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The differences from dmsetup that are meant, each with its reason: {@code differences.json}. Each entry must make a
 * difference in some case; otherwise the test that holds the list against the cases fails.
 */
final class Differences {

    /**
     * A difference that shows in many cases: what dmsetup prints, and what pcachectl prints in that place.
     *
     * @param stream {@code stdout} or {@code stderr}
     * @param pattern matches what dmsetup prints
     */
    record Rewrite(String name, String reason, String stream, Pattern pattern, String replacement) {}

    /**
     * A command that dmsetup takes and pcachectl refuses, as a step before the command of a case.
     *
     * @param pattern matches the arguments, separated by blanks, then a colon and the refusal
     */
    record RefusedStep(String name, String reason, Pattern pattern) {}

    /**
     * How a case ends with pcachectl.
     *
     * @param outcome null where the case fails in a way of no interest
     */
    record Listed(String name, String reason, CaseMachine.Outcome outcome) {}

    private final List<Rewrite> rewrites = new ArrayList<>();
    private final List<RefusedStep> refusedSteps = new ArrayList<>();
    private final Map<String, Listed> cases = new LinkedHashMap<>();
    private final Set<Object> used = new LinkedHashSet<>();

    static Differences load() throws IOException {
        Differences differences = new Differences();
        try (InputStream resource = Differences.class.getResourceAsStream("/differences.json")) {
            for (JsonNode difference : new ObjectMapper().readTree(resource)) {
                differences.add(difference);
            }
        }
        return differences;
    }

    private void add(JsonNode node) {
        String name = node.get("name").asText();
        String reason = node.get("reason").asText();
        for (JsonNode rewrite : node.path("rewrites")) {
            rewrites.add(new Rewrite(
                    name,
                    reason,
                    rewrite.get("stream").asText(),
                    Pattern.compile(rewrite.get("pattern").asText(), Pattern.MULTILINE),
                    rewrite.get("replacement").asText()));
        }
        for (JsonNode step : node.path("refused_steps")) {
            refusedSteps.add(new RefusedStep(name, reason, Pattern.compile(step.asText(), Pattern.DOTALL)));
        }
        for (JsonNode listed : node.path("cases")) {
            CaseMachine.Outcome outcome = listed.has("exit")
                    ? new CaseMachine.Outcome(
                            listed.get("exit").asInt(),
                            listed.path("stdout").asText(),
                            listed.path("stderr").asText())
                    : null;
            for (JsonNode id : listed.get("ids")) {
                if (cases.put(id.asText(), new Listed(name, reason, outcome)) != null) {
                    throw new IllegalArgumentException(id.asText() + " is listed twice");
                }
            }
        }
    }

    /** The entry of a case; null where the case is not listed. */
    Listed listed(String id) {
        return cases.get(id);
    }

    Set<String> listedIds() {
        return cases.keySet();
    }

    /** What dmsetup printed, in the form in which pcachectl prints it. */
    String rewrite(String stream, String text) {
        String rewritten = text;
        for (Rewrite rewrite : rewrites) {
            if (rewrite.stream.equals(stream)) {
                String next = rewrite.pattern.matcher(rewritten).replaceAll(rewrite.replacement);
                if (!next.equals(rewritten)) {
                    used.add(rewrite);
                }
                rewritten = next;
            }
        }
        return rewritten;
    }

    /** The failures of steps that no entry of the list explains. */
    List<String> unexplained(List<String> failures) {
        List<String> unexplained = new ArrayList<>(failures);
        for (RefusedStep step : refusedSteps) {
            if (unexplained.removeIf(failure -> step.pattern.matcher(failure).find())) {
                used.add(step);
            }
        }
        return unexplained;
    }

    /** Entries that made no difference in any case. */
    List<String> unused() {
        List<String> unused = new ArrayList<>();
        rewrites.stream()
                .filter(rewrite -> !used.contains(rewrite))
                .forEach(rewrite -> unused.add(rewrite.name + ": " + rewrite.pattern));
        refusedSteps.stream()
                .filter(step -> !used.contains(step))
                .forEach(step -> unused.add(step.name + ": " + step.pattern));
        return unused;
    }
}
