package io.pcache.dmctl.man;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.grammar.VerbName;
import io.pcache.health.Condition;
import io.pcache.offline.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The manual keeps step with the program. */
class ManPageTest {
    private final String page = plain(Path.of("..", "man", "pcachectl.8"));

    /** Without markup, one blank between words. */
    private static String plain(Path file) {
        try {
            return Files.readString(file)
                    .replaceAll("(?m)^\\.\\\\\".*$", "")
                    .replaceAll("\\\\f[BIRP]", "")
                    .replaceAll("(?m)^\\.(B|I|BR|IR|BI|RI|TP|SS|PP|IP)\\b", "")
                    .replace("\\-", "-")
                    .replaceAll("\\s+", " ");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void describesEveryOption() {
        for (Option option : Option.values()) {
            if (!option.isOfDmstats()) {
                assertThat(page).as("option").containsPattern("--" + option.longName() + "(?![a-z-])");
            }
        }
    }

    @Test
    void describesNoOptionThatThereIsNot() {
        // The first two are blockdev's and udevadm's, in examples.
        Set<String> known = new TreeSet<>(Set.of("--getsz", "--subsystem-match", "--batch"));
        for (Option option : Option.values()) {
            known.add("--" + option.longName());
        }
        Pattern.compile("--[a-z][a-z-]*[a-z]")
                .matcher(page)
                .results()
                .forEach(found -> assertThat(known).contains(found.group()));
    }

    @Test
    void describesEveryVerb() {
        for (VerbName verb : VerbName.values()) {
            assertThat(page).as("verb").containsPattern("(?<![\\w-])" + verb.word() + "\\b");
        }
    }

    @Test
    void explainsEveryProblemThatCheckFinds() {
        for (Problem problem : Problem.values()) {
            assertThat(page).as("problem").containsPattern("\\b" + problem.code() + "\\b");
        }
    }

    @Test
    void explainsEveryProblemOfADevice() {
        for (Condition condition : Condition.values()) {
            assertThat(page).as("problem").containsPattern("\\b" + condition.code() + "\\b");
        }
    }

    @Test
    void listsEveryDifferenceFromDmsetup() throws IOException {
        for (JsonNode difference : new ObjectMapper().readTree(getClass().getResourceAsStream("/differences.json"))) {
            if (!difference.get("name").asText().equals("state-not-recorded")) {
                assertThat(page).contains(difference.get("reason").asText());
            }
        }
    }
}
