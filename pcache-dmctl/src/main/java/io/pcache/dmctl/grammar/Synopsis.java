package io.pcache.dmctl.grammar;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a synopsis says that can be typed.
 *
 * @param options long names with their dashes, and what stands for their values: {@code <file>},
 *     {@code {a|b|<number>}}, or nothing
 * @param operands names of the operands in order, without the angle brackets; those that stand for each other share an
 *     element, separated by {@code |}
 * @param repeats whether the last operand can be repeated
 */
public record Synopsis(Map<String, String> options, List<String> operands, boolean repeats) {
    private static final Pattern OPTION = Pattern.compile("(?:-\\w\\|)*(--[a-z_-]+)(?: (<[^>]+>|\\{[^}]*}))?");
    private static final Pattern OPERAND = Pattern.compile("<([^>]+)>(\\.\\.\\.)?");

    public static Synopsis of(List<String> lines) {
        String text = String.join(" ", lines);
        Map<String, String> options = new LinkedHashMap<>();
        StringBuilder rest = new StringBuilder();
        Matcher option = OPTION.matcher(text);
        while (option.find()) {
            options.put(option.group(1), option.group(2) == null ? "" : option.group(2));
            option.appendReplacement(rest, "");
        }
        option.appendTail(rest);
        List<String> operands = new ArrayList<>();
        boolean repeats = false;
        int end = -1;
        Matcher operand = OPERAND.matcher(rest);
        while (operand.find()) {
            if (end >= 0 && rest.substring(end, operand.start()).equals("|")) {
                operands.set(operands.size() - 1, operands.get(operands.size() - 1) + "|" + operand.group(1));
            } else {
                operands.add(operand.group(1));
            }
            repeats = operand.group(2) != null;
            end = operand.end();
        }
        return new Synopsis(options, operands, repeats);
    }

    /** Words that can stand for a value or an operand as they are; empty for {@code <file>}. */
    public static List<String> words(String value) {
        List<String> words = new ArrayList<>();
        if (value.startsWith("{")) {
            for (String word : value.substring(1, value.length() - 1).split("\\|")) {
                if (word.matches("[a-z-]+")) {
                    words.add(word);
                }
            }
        }
        return words;
    }
}
