package io.pcache.dmctl.grammar;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The operands of a synopsis.
 *
 * @param names in order, without the angle brackets; names that exclude each other share an element, with {@code |}
 *     between them
 * @param repeats whether the last operand can be repeated
 */
public record Synopsis(List<String> names, boolean repeats) {
    private static final Pattern LONG_OPTION = Pattern.compile("--([a-z][a-z_-]*)");
    private static final Pattern OPTION = Pattern.compile("(?:-\\w\\|)?--[a-z_-]+(?: (?:<[^>]+>|\\{[^}]*}))?");
    private static final Pattern OPTIONS_ONLY = Pattern.compile("\\[[^\\[\\]<]*]");
    private static final Pattern OPERAND = Pattern.compile("<([^>]+)>(\\.\\.\\.)?");

    /** A line of a synopsis with the letters and the values of its options. */
    static String shown(String line) {
        StringBuilder shown = new StringBuilder();
        Matcher option = LONG_OPTION.matcher(line);
        while (option.find()) {
            option.appendReplacement(
                    shown,
                    Matcher.quoteReplacement(Option.ofName(option.group(1)).inSynopsis()));
        }
        return option.appendTail(shown).toString();
    }

    /** A line without the brackets that hold only options. */
    static String withoutOptions(String line) {
        String left = OPTIONS_ONLY.matcher(line).replaceAll("");
        return left.equals(line) ? line.strip().replaceAll(" +", " ") : withoutOptions(left);
    }

    /** The operands of a verb. Where two rows have the same word, only this row counts. */
    public static Synopsis of(VerbName verb) {
        String operands = OPTION.matcher(String.join(" ", verb.synopsis())).replaceAll("");
        List<String> names = new ArrayList<>();
        boolean repeats = false;
        int end = -1;
        Matcher operand = OPERAND.matcher(operands);
        while (operand.find()) {
            if (end >= 0 && operands.substring(end, operand.start()).equals("|")) {
                names.set(names.size() - 1, names.get(names.size() - 1) + "|" + operand.group(1));
            } else {
                names.add(operand.group(1));
            }
            repeats = operand.group(2) != null;
            end = operand.end();
        }
        return new Synopsis(names, repeats);
    }
}
