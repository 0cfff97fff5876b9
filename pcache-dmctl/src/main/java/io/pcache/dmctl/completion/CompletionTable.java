package io.pcache.dmctl.completion;

import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.grammar.Synopsis;
import io.pcache.dmctl.grammar.VerbFamily;
import io.pcache.dmctl.grammar.VerbName;
import io.pcache.server.table.TargetMessage;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * For the build: prints what shells need to know to complete a command line, as functions of bash, from the rows of
 * {@link VerbName}. So no program has to be started for a key that is pressed.
 */
public final class CompletionTable {
    /** Values of options that every verb of dmsetup's takes. */
    private static final List<String> GENERAL = List.of("[--manglename {none|auto|hex}] [--readahead {auto|none}]");

    private CompletionTable() {}

    public static void main(String[] arguments) {
        new PrintStream(System.out, true, StandardCharsets.UTF_8).print(text());
    }

    /** Ends with a newline. */
    public static String text() {
        StringBuilder text = new StringBuilder("# Made by the build from the declaration of the command line.\n");
        Set<String> verbs = new LinkedHashSet<>();
        Map<String, String> values = new LinkedHashMap<>(Synopsis.of(GENERAL).options());
        StringBuilder rows = new StringBuilder();
        for (VerbName verb : VerbName.values()) {
            if (!verbs.add(verb.word())) {
                continue;
            }
            List<String> lines = new ArrayList<>();
            verb.sameWord().forEach(row -> lines.addAll(row.synopsis()));
            lines.addAll(verb.family() == VerbFamily.DMSETUP ? GENERAL : List.of());
            Set<String> options =
                    new LinkedHashSet<>(Synopsis.of(lines).options().keySet());
            Synopsis.of(lines)
                    .options()
                    .forEach((option, value) ->
                            values.merge(option, value, (one, other) -> one.isEmpty() ? other : one));
            options.addAll(general(verb));
            Synopsis synopsis = Synopsis.of(verb.synopsis());
            rows.append("    ")
                    .append(verb.word())
                    .append(")\n      _pcachectl_options='")
                    .append(String.join(" ", options))
                    .append("'\n      _pcachectl_operands='")
                    .append(String.join(" ", synopsis.operands()))
                    .append(synopsis.repeats() ? " ..." : "")
                    .append("' ;;\n");
        }
        text.append("_pcachectl_verbs='").append(String.join(" ", verbs)).append("'\n");
        text.append("_pcachectl_general='")
                .append(String.join(" ", general(VerbName.STATUS)))
                .append("'\n");
        text.append("_pcachectl_messages='")
                .append(String.join(" ", TargetMessage.words()))
                .append("'\n");
        text.append("_pcachectl_with_value=' ")
                .append(String.join(" ", withValue(values)))
                .append(" '\n");
        text.append("_pcachectl_row() {\n  case $1 in\n")
                .append(rows)
                .append("    *) _pcachectl_options=$_pcachectl_general _pcachectl_operands='' ;;\n  esac\n}\n");
        text.append("_pcachectl_value() {\n  case $1 in\n");
        values.forEach((option, value) -> {
            List<String> words = Synopsis.words(value);
            if (!value.isEmpty()) {
                text.append("    ")
                        .append(option)
                        .append(") _pcachectl_words='")
                        .append(String.join(" ", words))
                        .append("' _pcachectl_kind=")
                        .append(
                                words.isEmpty() && value.startsWith("<")
                                        ? value.substring(1, value.length() - 1)
                                        : "words")
                        .append(" ;;\n");
            }
        });
        return text.append("    *) _pcachectl_words='' _pcachectl_kind=words ;;\n  esac\n}\n")
                .toString();
    }

    private static List<String> general(VerbName verb) {
        List<String> options = new ArrayList<>();
        if (verb.family() == VerbFamily.DMSETUP) {
            for (Option option : Option.values()) {
                if (option.isGeneral() && !option.isOfDmstats()) {
                    options.add("--" + option.longName());
                }
            }
        } else {
            options.add("--help");
        }
        return options;
    }

    private static Set<String> withValue(Map<String, String> values) {
        Set<String> options = new LinkedHashSet<>();
        for (Option option : Option.values()) {
            if (option.takesValue()) {
                options.add("--" + option.longName());
                if (option.hasLetter()) {
                    options.add("-" + option.letter());
                }
            }
        }
        values.forEach((option, value) -> {
            if (!value.isEmpty()) {
                options.add(option);
            }
        });
        return options;
    }
}
