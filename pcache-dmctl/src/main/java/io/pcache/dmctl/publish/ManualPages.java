package io.pcache.dmctl.publish;

import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.grammar.VerbGroup;
import io.pcache.dmctl.grammar.VerbName;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * For the build: fills in what the manual pages take from the grammar and from the table of settings. In a page's
 * source these places are lines of their own, comments to man(7):
 *
 * <pre>
 *   .\"&#64;synopsis           how each verb is called
 *   .\"&#64;synopsis VERB...   how these verbs are called
 *   .\"&#64;verb VERB...       begins a paragraph about these verbs: their operands
 *   .\"&#64;option NAME...     begins a paragraph about these options: their letters and values
 *   .\"&#64;settings           a paragraph for each setting
 * </pre>
 *
 * A verb is named as the constant of {@link VerbName}, in small letters.
 */
public final class ManualPages {
    private static final String DIRECTIVE = ".\\\"@";
    /** Parts of a synopsis: an option, a placeholder, the words of a choice; all else stays as it is. */
    private static final Pattern PART =
            Pattern.compile("(?<option>--?[A-Za-z][a-z_-]*)|<(?<place>[a-z_]+)>|(?<word>[a-z]+)");

    private ManualPages() {}

    /** @param arguments the folder of the sources, and the folder for the pages, which is made */
    public static void main(String[] arguments) throws IOException {
        Path pages = Files.createDirectories(Path.of(arguments[1]));
        try (DirectoryStream<Path> sources = Files.newDirectoryStream(Path.of(arguments[0]), "*.[1-8]")) {
            for (Path source : sources) {
                Files.writeString(pages.resolve(source.getFileName()), filledIn(Files.readString(source)));
            }
        }
    }

    /**
     * A page that man(1) can show.
     *
     * @throws IllegalArgumentException where the source names a verb, an option or a directive that does not exist
     */
    static String filledIn(String source) {
        StringBuilder page = new StringBuilder();
        source.lines()
                .map(line -> line.startsWith(DIRECTIVE)
                        ? filledIn(line.substring(DIRECTIVE.length()).split(" "))
                        : line + "\n")
                .forEach(page::append);
        return page.toString();
    }

    private static String filledIn(String[] words) {
        List<String> names = Arrays.asList(words).subList(1, words.length);
        return switch (words[0]) {
            case "synopsis" -> synopsis(names.isEmpty() ? inOrderOfHelp() : each(names, ManualPages::verb));
            case "verb" -> paragraph(each(names, name -> heading(verb(name))));
            case "option" -> paragraph(List.of(String.join(", ", each(names, name -> typed(option(name))))));
            case "settings" -> SettingsManual.text();
            default -> throw new IllegalArgumentException("the manual names '" + words[0] + "'");
        };
    }

    private static <T> List<T> each(List<String> names, Function<String, T> meaning) {
        return names.stream().map(meaning).toList();
    }

    private static VerbName verb(String name) {
        return VerbName.valueOf(name.toUpperCase(Locale.ROOT));
    }

    private static Option option(String name) {
        Option option = Option.ofName(name);
        if (option == null) {
            throw new IllegalArgumentException("the manual names '--" + name + "'");
        }
        return option;
    }

    private static List<VerbName> inOrderOfHelp() {
        List<VerbName> verbs = new ArrayList<>();
        for (VerbGroup group : VerbGroup.values()) {
            for (VerbName verb : VerbName.values()) {
                if (verb.group() == group) {
                    verbs.add(verb);
                }
            }
        }
        return verbs;
    }

    private static String synopsis(List<VerbName> verbs) {
        StringBuilder text = new StringBuilder();
        for (VerbName verb : verbs) {
            text.append(".SY \"pcachectl ").append(escaped(verb.word())).append("\"\n");
            for (String line : verb.synopsis()) {
                text.append(marked(line)).append('\n');
            }
            text.append(".YS\n");
        }
        return text.toString();
    }

    /** A paragraph's beginning, with a line for each heading. */
    private static String paragraph(List<String> headings) {
        return ".TP\n" + String.join("\n.TQ\n", headings) + "\n";
    }

    private static String heading(VerbName verb) {
        return ("\\fB" + escaped(verb.word()) + "\\fR " + marked(verb.heading())).strip();
    }

    private static String typed(Option option) {
        return (option.hasLetter() ? "\\fB\\-" + option.letter() + "\\fR, " : "")
                + "\\fB\\-\\-" + escaped(option.longName()) + "\\fR"
                + (option.takesValue() ? " " + marked(option.value()) : "");
    }

    /** A synopsis in man(7)'s language: words to be typed are bold, placeholders are italic and in capitals. */
    private static String marked(String synopsis) {
        StringBuilder text = new StringBuilder();
        Matcher part = PART.matcher(synopsis);
        while (part.find()) {
            String place = part.group("place");
            part.appendReplacement(
                    text,
                    Matcher.quoteReplacement(
                            place == null
                                    ? "\\fB" + escaped(part.group()) + "\\fR"
                                    : "\\fI" + place.toUpperCase(Locale.ROOT) + "\\fR"));
        }
        return part.appendTail(text).toString();
    }

    /** A word with its dashes protected: a hyphen in the place of a dash could not be copied to a command line. */
    private static String escaped(String text) {
        return text.replace("-", "\\-");
    }
}
