package io.pcache.dmctl.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.grammar.VerbName;
import io.pcache.health.Condition;
import io.pcache.offline.Problem;
import io.pcache.setting.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The manual keeps step with the program. */
class ManualPagesTest {
    private static final List<String> PAGES =
            List.of("pcachectl.8", "pcache.5", "pcache.tab.5", "pcache-target.8", "pcache-runbook.7");

    private final String source = read("pcachectl.8");
    private final String page = plain(ManualPages.filledIn(source));

    private static String read(String name) {
        try {
            return Files.readString(Path.of("..", "man", name));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A page without markup, with one blank between words. */
    private static String plain(String text) {
        return text.replaceAll("(?m)^\\.\\\\\".*$", "")
                .replaceAll("\\\\f[BIRP]", "")
                .replaceAll("(?m)^\\.(B|I|BR|IR|BI|RI|TP|TQ|SS|PP|IP|SY|YS)\\b", "")
                .replace("\\-", "-")
                .replaceAll("\\s+", " ");
    }

    private static Stream<String> namedBy(String source, String directive) {
        return Pattern.compile("(?m)^\\.\\\\\"@" + directive + " (.*)$")
                .matcher(source)
                .results()
                .flatMap(found -> Stream.of(found.group(1).split(" ")));
    }

    @Test
    void hasAParagraphForEachVerb() {
        assertThat(Stream.concat(namedBy(source, "verb"), namedBy(source, "synopsis")))
                .containsExactlyInAnyOrder(Stream.of(VerbName.values())
                        .map(verb -> verb.name().toLowerCase(Locale.ROOT))
                        .toArray(String[]::new));
    }

    @Test
    void hasAParagraphForEachOptionOfDmsetupsLine() {
        assertThat(namedBy(source, "option"))
                .containsExactlyInAnyOrder(Stream.of(Option.ofDmsetupsLine())
                        .filter(option -> !option.isOfDmstats())
                        .map(Option::longName)
                        .toArray(String[]::new));
    }

    @Test
    void writesHowVerbsAreCalledAndOptionsAreTyped() {
        assertThat(ManualPages.filledIn("a\n.\\\"@synopsis wait\nb\n"))
                .isEqualTo(
                        "a\n.SY \"pcachectl wait\"\n\\fIDEVICE\\fR [\\fIEVENT_NR\\fR] [\\fB\\-\\-noflush\\fR]\n.YS\nb\n");
        assertThat(ManualPages.filledIn(".\\\"@verb load target_version\n"))
                .isEqualTo(".TP\n\\fBload\\fR \\fIDEVICE\\fR [\\fB\\-\\-table\\fR \\fITABLE\\fR|\\fITABLE_FILE\\fR]\n"
                        + ".TQ\n\\fBtarget\\-version\\fR \\fITARGET_TYPE\\fR...\n");
        assertThat(ManualPages.filledIn(".\\\"@option force metrics\n"))
                .isEqualTo(
                        ".TP\n\\fB\\-f\\fR, \\fB\\-\\-force\\fR, \\fB\\-\\-metrics\\fR {\\fIPORT\\fR|\\fBunix\\fR}\n");
        assertThat(ManualPages.filledIn(".\\\"@verb repair attach\n"))
                .as("options that may be left out are in the synopsis")
                .isEqualTo(".TP\n\\fBrepair\\fR \\fICACHE_DEV\\fR\n.TQ\n\\fBattach\\fR "
                        + "{\\fB\\-\\-all\\fR|\\fB\\-\\-check\\fR|\\fITAB_NAME\\fR...}\n");
    }

    @Test
    void refusesALineThatNamesWhatThereIsNot() {
        for (String line : List.of("verb chekc", "option nosuch", "options force")) {
            assertThatThrownBy(() -> ManualPages.filledIn(".\\\"@" + line))
                    .as(line)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void describesEverySetting() {
        String tables = plain(ManualPages.filledIn(read("pcache.5")));
        for (Setting setting : Setting.values()) {
            assertThat(tables)
                    .contains(" " + setting.key() + " "
                            + Character.toUpperCase(setting.meaning().charAt(0)));
            assertThat(tables).contains("Values: " + setting.range().inWords() + "; default: " + setting.defaultText());
        }
    }

    @Test
    void fillsInEveryLine() {
        for (String name : PAGES) {
            assertThat(ManualPages.filledIn(read(name))).as(name).doesNotContain("\n.\\\"@");
        }
    }

    /** A macro of two fonts sets its arguments side by side, without blanks: a sentence there cannot be read. */
    @Test
    void hasNoTextBehindTheArgumentsOfAMacro() {
        assertThat(Stream.of(".BR x . Text", ".BR x (8). One", ".BR of what", ".I a .")
                        .filter(this::runsOn))
                .hasSize(4);
        for (String name : PAGES) {
            assertThat(read(name).lines().filter(this::runsOn)).as(name).isEmpty();
        }
    }

    private boolean runsOn(String line) {
        String bare = line.replaceAll("\"[^\"]*\"", "Q");
        return bare.matches("\\.(B|I|BR|RB|IR|RI|BI|IB) .*(?<!\\.)[.?!]\\)? .*")
                || bare.matches("\\.(BR|RB|IR|RI|BI|IB) (.* )?[a-z]{2,} [a-z]{2,}( .*)?")
                || bare.matches("\\.[BI] .* [.,;:]");
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
        // The first two are options of blockdev and udevadm, in examples.
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
    void explainsEveryAlertAndAlertsNameSectionsThatThereAre() throws IOException {
        String rules = Files.readString(Path.of("..", "scripts", "prometheus", "pcache-alerts.yml"));
        List<String> alerts = Pattern.compile("alert: (\\w+)")
                .matcher(rules)
                .results()
                .map(found -> found.group(1))
                .toList();
        assertThat(alerts).hasSizeGreaterThan(10);
        for (String alert : alerts) {
            assertThat(page).as("alert").contains(alert);
        }
        String runbook = read("pcache-runbook.7");
        List<String> sections = Pattern.compile("([A-Z]+(?: [A-Z]+)+) in pcache-runbook\\(7\\)")
                .matcher(rules)
                .results()
                .map(found -> found.group(1))
                .toList();
        assertThat(sections).isNotEmpty();
        for (String section : sections) {
            assertThat(runbook).as("section").contains(".SH " + section + "\n");
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
