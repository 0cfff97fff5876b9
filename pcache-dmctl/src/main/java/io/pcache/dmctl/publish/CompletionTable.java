package io.pcache.dmctl.publish;

import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.grammar.Synopsis;
import io.pcache.dmctl.grammar.VerbName;
import io.pcache.server.table.TargetMessage;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * For the build: prints, from the grammar, what shells need in order to complete a command line. The text is variables
 * and functions of bash, so no program has to be started when a key is pressed.
 */
public final class CompletionTable {
    private CompletionTable() {}

    public static void main(String[] arguments) {
        new PrintStream(System.out, true, StandardCharsets.UTF_8).print(text());
    }

    /** The text, with a newline at the end. */
    public static String text() {
        StringBuilder text = new StringBuilder("# Made by the build from the declaration of the command line.\n");
        Set<String> words = new LinkedHashSet<>();
        StringBuilder rows = new StringBuilder();
        for (VerbName verb : VerbName.values()) {
            if (words.add(verb.word())) {
                Synopsis synopsis = Synopsis.of(verb);
                rows.append("    ")
                        .append(verb.word())
                        .append(")\n      _pcachectl_options='")
                        .append(String.join(" ", optionsOf(verb)))
                        .append("'\n      _pcachectl_operands='")
                        .append(String.join(" ", synopsis.names()))
                        .append(synopsis.repeats() ? " ..." : "")
                        .append("' ;;\n");
            }
        }
        variable(text, "verbs", words);
        variable(text, "general", generalOptions());
        variable(text, "messages", TargetMessage.words());
        // The script looks for a word with a blank on each side.
        text.append("_pcachectl_with_value=' ")
                .append(String.join(" ", optionsWithValue()))
                .append(" '\n");
        text.append("_pcachectl_row() {\n  case $1 in\n")
                .append(rows)
                .append("    *) _pcachectl_options=$_pcachectl_general _pcachectl_operands='' ;;\n  esac\n}\n");
        text.append("_pcachectl_value() {\n  case $1 in\n");
        for (Option option : Option.values()) {
            if (option.takesValue() && !option.isOfDmstats()) {
                text.append("    ")
                        .append(option.hasLetter() ? "-" + option.letter() + " | " : "")
                        .append("--")
                        .append(option.longName())
                        .append(") _pcachectl_words='")
                        .append(String.join(" ", option.words()))
                        .append("' _pcachectl_kind=")
                        .append(
                                option.words().isEmpty()
                                        ? option.value()
                                                .substring(1, option.value().length() - 1)
                                        : "words")
                        .append(" ;;\n");
            }
        }
        return text.append("    *) _pcachectl_words='' _pcachectl_kind=words ;;\n  esac\n}\n")
                .toString();
    }

    private static void variable(StringBuilder text, String name, Iterable<String> words) {
        text.append("_pcachectl_")
                .append(name)
                .append("='")
                .append(String.join(" ", words))
                .append("'\n");
    }

    private static Set<String> optionsOf(VerbName verb) {
        Set<String> options = new LinkedHashSet<>();
        verb.options().forEach(option -> options.add("--" + option.longName()));
        for (Option option : Option.values()) {
            if (option == Option.HELP || verb.takes(option) && !option.isOfDmstats()) {
                options.add("--" + option.longName());
            }
        }
        return options;
    }

    private static List<String> generalOptions() {
        List<String> options = new ArrayList<>();
        for (Option option : Option.values()) {
            if (option.isGeneral() && !option.isOfDmstats()) {
                options.add("--" + option.longName());
            }
        }
        return options;
    }

    private static List<String> optionsWithValue() {
        List<String> options = new ArrayList<>();
        for (Option option : Option.values()) {
            if (option.takesValue()) {
                options.add("--" + option.longName());
                if (option.hasLetter()) {
                    options.add("-" + option.letter());
                }
            }
        }
        return options;
    }
}
