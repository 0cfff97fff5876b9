package io.pcache.dmctl.report;

import io.pcache.dmctl.failure.CommandEnd;
import io.pcache.dmctl.failure.CommandFailure;
import java.io.PrintStream;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * The language of {@code -S}.
 *
 * <pre>
 *   selection  = any-of
 *   any-of     = all-of { ( "||" | "#" ) all-of }
 *   all-of     = term { ( "&amp;&amp;" | "," ) term }
 *   term       = "!" "(" any-of ")" | "(" any-of ")" | comparison
 *   comparison = field operator value
 *   operator   = "=" | "!=" | "&gt;=" | "&gt;" | "&lt;=" | "&lt;" | "=~" | "!~"
 * </pre>
 *
 * The messages about mistakes, and the places that these messages name, are libdevmapper's.
 */
public final class SelectionParser {
    private static final String USE_HELP = "Use 'help' for selection to get more help.";
    /** Operators in an order that finds the longer one of two that begin alike. */
    private static final String[] OPERATORS = {"=~", "!~", "!=", ">=", "<=", "=", ">", "<"};

    private static final String[] TIME_OPERATORS = {"since", "after", "until", "before"};
    private static final String SIZE_UNITS = "bskmgtpe";

    private final String text;
    private int position;

    private SelectionParser(String text) {
        this.text = text;
    }

    /**
     * @param text the selection; null or empty selects all
     * @param fields prints the list of fields after a mistake
     * @throws CommandEnd when the text is wrong, or help is asked for; all has been printed then
     */
    public static Selection parse(String text, FieldList fields, PrintStream err) throws CommandEnd {
        if (text == null || text.isEmpty()) {
            return Selection.ALL;
        }
        if (FieldList.isHelp(text)) {
            fields.print();
            SelectionHelp.print(err);
            throw new CommandEnd(0);
        }
        try {
            return new SelectionParser(text).parse();
        } catch (SelectionSyntaxException e) {
            switch (e.help()) {
                case FIELDS -> fields.print();
                case OPERATORS -> SelectionHelp.print(err);
                default -> {
                    // The lines that were printed say all.
                }
            }
            e.lines().forEach(err::println);
            throw new CommandEnd(1);
        }
    }

    private Selection parse() throws SelectionSyntaxException {
        Selection selection = anyOf();
        skipSpace();
        if (position < text.length()) {
            throw syntax(SelectionSyntaxException.Help.NONE, "Expecting logical operator", position);
        }
        return selection;
    }

    private Selection anyOf() throws SelectionSyntaxException {
        Selection selection = allOf();
        while (take("||") || take("#")) {
            Selection left = selection;
            Selection right = allOf();
            selection = row -> left.matches(row) || right.matches(row);
        }
        return selection;
    }

    private Selection allOf() throws SelectionSyntaxException {
        Selection selection = term();
        while (take("&&") || take(",")) {
            Selection left = selection;
            Selection right = term();
            selection = row -> left.matches(row) && right.matches(row);
        }
        return selection;
    }

    private Selection term() throws SelectionSyntaxException {
        if (take("!")) {
            int after = position;
            if (!take("(")) {
                throw new SelectionSyntaxException(
                        SelectionSyntaxException.Help.NONE,
                        "Syntax error: left parenthesis expected at '" + text.substring(after) + "'");
            }
            Selection inner = parenthesised();
            return row -> !inner.matches(row);
        }
        return take("(") ? parenthesised() : comparison();
    }

    private Selection parenthesised() throws SelectionSyntaxException {
        Selection inner = anyOf();
        if (!take(")")) {
            throw new SelectionSyntaxException(
                    SelectionSyntaxException.Help.NONE,
                    "Syntax error: right parenthesis expected at '" + text.substring(position) + "'");
        }
        return inner;
    }

    private Selection comparison() throws SelectionSyntaxException {
        skipSpace();
        int start = position;
        while (position < text.length() && isFieldCharacter(text.charAt(position))) {
            position++;
        }
        String name = text.substring(start, position);
        if (name.isEmpty()) {
            throw syntax(SelectionSyntaxException.Help.NONE, "Expecting field name", start);
        }
        Field field = Field.of(name);
        if (field == null) {
            String line = FieldList.isHelp(name)
                    ? "Selection field is uncomparable: " + name + "."
                    : "Unrecognised selection field: " + name;
            throw syntax(SelectionSyntaxException.Help.FIELDS, line, start);
        }
        String operator = operator(field, start);
        skipSpace();
        if (operator.endsWith("~")) {
            return regex(field, operator.equals("!~"), start);
        }
        return field.isNumber() ? number(field, operator, start) : string(field, operator.equals("!="), start);
    }

    private String operator(Field field, int start) throws SelectionSyntaxException {
        String found = null;
        int after = position;
        skipSpace();
        for (String operator : OPERATORS) {
            if (found == null && text.startsWith(operator, position)) {
                found = operator;
            }
        }
        for (String operator : TIME_OPERATORS) {
            if (found == null && text.startsWith(operator, position)) {
                throw syntax(
                        SelectionSyntaxException.Help.OPERATORS,
                        "Operator can be used only with time fields: " + text.substring(start),
                        start);
            }
        }
        if (found == null) {
            throw syntax(
                    SelectionSyntaxException.Help.OPERATORS,
                    "Unrecognised comparison operator: " + text.substring(after),
                    start);
        }
        boolean ordering = found.charAt(0) == '<' || found.charAt(0) == '>';
        if (ordering && !field.isNumber()) {
            throw syntax(
                    SelectionSyntaxException.Help.OPERATORS,
                    "Operator can be used only with number, size, time or percent fields: " + text.substring(start),
                    start);
        }
        position += found.length();
        return found;
    }

    private Selection number(Field field, String operator, int start) throws SelectionSyntaxException {
        long wanted = 0;
        int from = position;
        while (position < text.length() && isDigit(text.charAt(position))) {
            wanted = wanted * 10 + text.charAt(position++) - '0';
        }
        boolean tooLong = position - from > 18;
        if (position == from || tooLong) {
            throw syntax(
                    SelectionSyntaxException.Help.NONE,
                    "Failed to parse numeric value for selection field " + field.id() + ".",
                    start);
        }
        skipFraction();
        if (position < text.length() && SIZE_UNITS.indexOf(Character.toLowerCase(text.charAt(position))) >= 0) {
            throw syntax(
                    SelectionSyntaxException.Help.NONE,
                    "Found size unit specifier but numeric value expected for selection field " + field.id() + ".",
                    start);
        }
        long value = wanted;
        return row -> compare(field == Field.SELECTED ? 1 : row.cell(field).number(), operator, value);
    }

    private void skipFraction() {
        if (position < text.length() && text.charAt(position) == '.') {
            position++;
            while (position < text.length() && isDigit(text.charAt(position))) {
                position++;
            }
        }
    }

    private static boolean compare(long actual, String operator, long wanted) {
        return switch (operator) {
            case "=" -> actual == wanted;
            case "!=" -> actual != wanted;
            case ">" -> actual > wanted;
            case ">=" -> actual >= wanted;
            case "<" -> actual < wanted;
            default -> actual <= wanted;
        };
    }

    private Selection string(Field field, boolean negated, int start) throws SelectionSyntaxException {
        String wanted =
                value("'\"", "'\"", "Failed to parse string value for selection field " + field.id() + ".", start);
        return row -> row.cell(field).text().equals(wanted) != negated;
    }

    private Selection regex(Field field, boolean negated, int start) throws SelectionSyntaxException {
        if (field.isNumber()) {
            throw new SelectionSyntaxException(
                    SelectionSyntaxException.Help.NONE,
                    "dm_report: incompatible comparison type for selection field " + field.id());
        }
        String expression =
                value("'\"({[", "'\")}]", "Failed to parse regex value for selection field " + field.id() + ".", start);
        Pattern pattern;
        try {
            // libdevmapper's expressions have no repetition counts, so braces stand for themselves.
            pattern = Pattern.compile(expression.replace("{", "\\{").replace("}", "\\}"));
        } catch (PatternSyntaxException e) {
            throw new SelectionSyntaxException(
                    SelectionSyntaxException.Help.NONE,
                    "Couldn't parse regex: " + e.getDescription(),
                    "dm_report: failed to create regex matcher for selection field " + field.id());
        }
        return row -> matches(row, field, pattern) != negated;
    }

    private static boolean matches(Row row, Field field, Pattern pattern) throws CommandFailure {
        return pattern.matcher(row.cell(field).text()).find();
    }

    private String value(String openers, String closers, String conclusion, int start) throws SelectionSyntaxException {
        int quote = position < text.length() ? openers.indexOf(text.charAt(position)) : -1;
        if (quote >= 0) {
            int end = text.indexOf(closers.charAt(quote), position + 1);
            if (end < 0) {
                throw new SelectionSyntaxException(
                        SelectionSyntaxException.Help.NONE, "Missing end quote.", conclusion, at(start), USE_HELP);
            }
            String value = text.substring(position + 1, end);
            position = end + 1;
            return value;
        }
        int from = position;
        while (position < text.length() && !endsValue(position)) {
            position++;
        }
        return text.substring(from, position);
    }

    private boolean endsValue(int at) {
        char c = text.charAt(at);
        return isSpace(c) || c == ',' || c == '#' || c == ')' || text.startsWith("&&", at) || text.startsWith("||", at);
    }

    private boolean take(String token) {
        int from = position;
        skipSpace();
        if (text.startsWith(token, position)) {
            position += token.length();
            return true;
        }
        position = from;
        return false;
    }

    private void skipSpace() {
        while (position < text.length() && isSpace(text.charAt(position))) {
            position++;
        }
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c >= '\t' && c <= '\r';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isFieldCharacter(char c) {
        return isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '-';
    }

    private SelectionSyntaxException syntax(SelectionSyntaxException.Help help, String line, int at) {
        return new SelectionSyntaxException(help, line, at(at), USE_HELP);
    }

    private String at(int from) {
        return "Selection syntax error at '" + text.substring(from) + "'.";
    }
}
