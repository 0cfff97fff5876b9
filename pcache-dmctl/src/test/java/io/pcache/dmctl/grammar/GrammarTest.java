package io.pcache.dmctl.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.cache.CacheIo;
import io.pcache.cache.Verify;
import io.pcache.control.LogLevel;
import io.pcache.dmctl.options.Options;
import io.pcache.dmctl.options.VerbArguments;
import io.pcache.setting.Setting;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The rows of {@link VerbName} and {@link Option} tell the truth, and all of it. */
class GrammarTest {
    private static final Pattern LONG_OPTION = Pattern.compile("--([a-z][a-z-]*)");

    @Test
    void synopsesNameOptionsThatThereAreAndThatTheVerbsFamilyHas() {
        for (VerbName verb : VerbName.values()) {
            LONG_OPTION
                    .matcher(String.join(" ", verb.synopsis()))
                    .results()
                    .map(found -> Option.ofName(found.group(1)))
                    .forEach(option -> assertThat(option)
                            .as(verb.word())
                            .isNotNull()
                            .matches(known -> verb.options().contains(known))
                            .matches(known -> !known.isOfDmstats())
                            .matches(known -> verb.family() != VerbFamily.DMSETUP || !known.isOfOwnLines()));
        }
    }

    @Test
    void synopsesShowAsManyOperandsAsTheVerbTakes() {
        for (VerbName verb : VerbName.values()) {
            Synopsis synopsis = Synopsis.of(verb);
            if (verb == VerbName.CREATE_CONCISE) {
                assertThat(verb.most()).isEqualTo(VerbName.CREATE.most());
            } else if (verb.most() >= 0) {
                assertThat(synopsis.names()).as(verb.word()).hasSize(verb.most());
            } else {
                assertThat(synopsis.names()).as(verb.word()).isNotEmpty();
            }
            for (String name : verb.operandSentences().keySet()) {
                assertThat(String.join("|", synopsis.names()).split("\\|"))
                        .as(verb.word())
                        .contains(name);
            }
        }
    }

    @Test
    void everyOptionIsOfSomeVerbOrOfAll() {
        for (Option option : Option.values()) {
            assertThat(VerbName.takersOf(option)).as(option.longName()).isNotEmpty();
            assertThat(option.sentence().isEmpty()).as(option.longName()).isEqualTo(option.isOfDmstats());
            assertThat(option.value()).as(option.longName()).matches("|<[a-z_]+>|\\{.*}");
        }
    }

    @Test
    void optionsThatDmsetupsLineDoesNotKnowComeLast() {
        List<Option> known = Arrays.asList(Option.ofDmsetupsLine());
        for (Option option : Option.values()) {
            assertThat(known.contains(option)).as(option.longName()).isNotEqualTo(option.isOfOwnLines());
        }
    }

    @Test
    void wordsOfAChoiceAreThoseOfTheProgram() {
        assertThat(Option.VERIFY.words())
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(Verify.values()).map(Verify::word).toList());
        assertThat(Option.LOG_LEVEL.words())
                .containsExactlyElementsOf(
                        Arrays.stream(LogLevel.values()).map(LogLevel::word).toList());
        assertThat(Option.CACHE_IO.words())
                .containsExactlyElementsOf(
                        Arrays.stream(CacheIo.values()).map(CacheIo::word).toList());
        assertThat(Option.CACHE_DISCARD.words())
                .containsExactlyElementsOf(Setting.CACHE_DISCARD.range().words());
        assertThat(Option.MANGLENAME.words())
                .containsExactlyElementsOf(Arrays.stream(Options.NameMode.values())
                        .map(mode -> mode.name().toLowerCase(java.util.Locale.ROOT))
                        .toList());
    }

    @Test
    void everyVerbHasASentenceAndAnExampleThatIsUnderstood() throws Exception {
        for (VerbName verb : VerbName.values()) {
            assertThat(verb.sentence()).as(verb.word()).endsWith(".");
            assertThat(verb.example()).as(verb.word()).matches(Pattern.quote(verb.word()) + "( .*)?");
            List<String> words = words(verb.example());
            if (verb.family() == VerbFamily.DMSETUP) {
                Options options = Options.parse("pcachectl", words, Map.of());
                assertThat(verb.takes(options.operands().size() - 1))
                        .as(verb.example())
                        .isTrue();
                assertThat(options.given()).as(verb.example()).allMatch(verb::takes);
            } else {
                VerbArguments arguments = VerbArguments.parse("pcachectl", verb, words.subList(1, words.size()));
                assertThat(verb.takes(arguments.operands().size()))
                        .as(verb.example())
                        .isTrue();
            }
        }
    }

    /** The words that a shell makes of an example: quotes are taken away, and a redirection is left out. */
    private static List<String> words(String line) {
        return Pattern.compile("\"([^\"]*)\"|\\S+")
                .matcher(line.replaceFirst(" [<>] .*", ""))
                .results()
                .map(found -> found.group(1) == null ? found.group() : found.group(1))
                .toList();
    }
}
