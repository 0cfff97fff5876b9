package io.pcache.dmctl.verb;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.grammar.VerbFamily;
import io.pcache.dmctl.grammar.VerbName;
import io.pcache.dmctl.monitor.MonitorCommands;
import io.pcache.dmctl.offline.OfflineVerbs;
import io.pcache.dmctl.options.Options;
import io.pcache.dmctl.tab.TabCommands;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The rows of {@link VerbName} and {@link Option} tell the truth, and all of it. */
class VerbDeclarationTest {
    private static final Pattern LONG_OPTION = Pattern.compile("--[a-z][a-z-]*");

    private static Set<String> longOptions(VerbName verb) {
        Set<String> names = new TreeSet<>();
        verb.sameWord()
                .forEach(row -> LONG_OPTION
                        .matcher(String.join(" ", row.synopsis()))
                        .results()
                        .map(MatchResult::group)
                        .forEach(names::add));
        return names;
    }

    private static CommandSpec spec(VerbName verb) {
        return switch (verb.family()) {
            case MONITOR -> MonitorCommands.spec(verb.word());
            case TAB -> TabCommands.spec(verb.word());
            case OFFLINE -> OfflineVerbs.commandLine(verb.word(), null).getCommandSpec();
            case BATCH ->
                CommandSpec.create()
                        .addOption(OptionSpec.builder("--json").build())
                        .addOption(OptionSpec.builder("--stop-on-error").build());
            case DMSETUP -> throw new IllegalArgumentException(verb.word());
        };
    }

    @Test
    void synopsesNameTheOptionsOfVerbsThatParseTheirOwn() {
        for (VerbName verb : VerbName.values()) {
            if (verb.family() != VerbFamily.DMSETUP) {
                Set<String> parsed = new TreeSet<>();
                spec(verb).options().forEach(option -> parsed.add(option.longestName()));
                parsed.remove("--help");
                assertThat(longOptions(verb)).as(verb.word()).isEqualTo(parsed);
            }
        }
    }

    @Test
    void synopsesOfDmsetupsVerbsNameOptionsThatThereAre() {
        Set<String> known = new TreeSet<>();
        for (Option option : Option.values()) {
            if (!option.isOfDmstats()) {
                known.add("--" + option.longName());
            }
        }
        for (VerbName verb : VerbName.values()) {
            if (verb.family() == VerbFamily.DMSETUP) {
                assertThat(known).as(verb.word()).containsAll(longOptions(verb));
            }
        }
    }

    @Test
    void everyOptionIsOfSomeVerbOrOfAll() {
        boolean ours = false;
        for (Option option : Option.values()) {
            ours |= option == Option.JSON;
            assertThat(VerbName.takersOf(option)).as(option.longName()).isNotEmpty();
            // Dmstats' are in front of ours; of ours each says what it is for.
            assertThat(option.isOfDmstats() && ours).as(option.longName()).isFalse();
        }
    }

    @Test
    void everyVerbHasASentenceAndAnExampleThatIsUnderstood() throws Exception {
        for (VerbName verb : VerbName.values()) {
            assertThat(verb.sentence()).as(verb.word()).endsWith(".");
            assertThat(verb.example()).as(verb.word()).matches(Pattern.quote(verb.word()) + "( .*)?");
            if (verb.family() == VerbFamily.DMSETUP) {
                Options options = Options.parse("pcachectl", words(verb.example()), Map.of());
                assertThat(verb.takes(options.operands().size() - 1))
                        .as(verb.example())
                        .isTrue();
                assertThat(options.given()).as(verb.example()).allMatch(verb::takes);
            } else {
                new picocli.CommandLine(spec(verb))
                        .parseArgs(words(verb.example()).stream().skip(1).toArray(String[]::new));
            }
        }
    }

    /** What a shell makes of an example: quotes, and what is behind an arrow is a file. */
    private static List<String> words(String line) {
        return Pattern.compile("\"([^\"]*)\"|\\S+")
                .matcher(line.replaceFirst(" [<>] .*", ""))
                .results()
                .map(found -> found.group(1) == null ? found.group() : found.group(1))
                .toList();
    }
}
