package io.pcache.dmctl.report;

import io.pcache.dmctl.failure.CommandEnd;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** The lists of fields that {@code -o} and {@code --sort} take, and the list of all fields for people. */
public final class FieldList {
    private static final String EVERYTHING = "all";

    private final PrintStream err;
    private final List<Field.Group> groups;

    /**
     * @param err takes the list of fields
     * @param groups the groups that {@code all} stands for
     */
    public FieldList(PrintStream err, List<Field.Group> groups) {
        this.err = err;
        this.groups = groups;
    }

    /**
     * A key to sort by.
     *
     * @param descending whether the largest comes first
     */
    public record SortKey(Field field, boolean descending) {}

    /**
     * @param text names, separated by commas; behind a plus sign, names that follow the default fields
     * @param defaults the default fields, in the same form
     * @throws CommandEnd when a field is not known, or help is asked for; all has been printed then
     */
    public List<Field> parseOutput(String text, String defaults) throws CommandEnd {
        List<Field> fields = new ArrayList<>();
        String all = text == null ? defaults : text.startsWith("+") ? defaults + "," + text.substring(1) : text;
        for (String word : words(all)) {
            if (isHelp(word)) {
                throw help();
            }
            if (!addGroup(word, fields)) {
                Field field = Field.of(word);
                if (field == null) {
                    throw unknown("Unrecognised field: " + word);
                }
                fields.add(field);
            }
        }
        return fields;
    }

    private boolean addGroup(String word, List<Field> fields) {
        String plain = Field.plain(word);
        boolean found = false;
        for (Field.Group group : Field.Group.values()) {
            boolean everything = plain.equals(EVERYTHING);
            if (everything ? groups.contains(group) : group.prefix != null && plain.equals(group.prefix + EVERYTHING)) {
                found = true;
                for (Field field : Field.values()) {
                    if (field.group() == group && (everything || field.inGroup())) {
                        fields.add(field);
                    }
                }
            }
        }
        return found;
    }

    /** @param text keys, separated by commas, each with an optional sign; null for none */
    public List<SortKey> parseSort(String text) throws CommandEnd {
        List<SortKey> keys = new ArrayList<>();
        for (String word : words(text == null ? "" : text)) {
            boolean signed = word.startsWith("-") || word.startsWith("+");
            String name = signed ? word.substring(1) : word;
            if (isHelp(name)) {
                throw help();
            }
            Field field = Field.of(name);
            if (field == null) {
                if (signed && name.isEmpty()) {
                    err.println("dm_report: Missing sort field name");
                }
                throw unknown("dm_report: Unrecognised field: " + word);
            }
            keys.add(new SortKey(field, word.startsWith("-")));
        }
        return keys;
    }

    static boolean isHelp(String word) {
        return word.equals("help") || word.equals("?");
    }

    /** A comma at the end leaves an empty word. Several commas in a row count as one. */
    private static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        int from = 0;
        while (from < text.length()) {
            while (from < text.length() && text.charAt(from) == ',') {
                from++;
            }
            int comma = text.indexOf(',', from);
            int end = comma < 0 ? text.length() : comma;
            words.add(text.substring(from, end));
            if (end == text.length() - 1) {
                words.add("");
            }
            from = end + 1;
        }
        return words;
    }

    private CommandEnd help() {
        print();
        return new CommandEnd(0);
    }

    private CommandEnd unknown(String line) {
        print();
        err.println(line);
        return new CommandEnd(1);
    }

    /** Prints all fields. */
    public void print() {
        int width = 0;
        for (Field field : Field.values()) {
            width = Math.max(width, field.id().length());
        }
        for (Field.Group group : Field.Group.values()) {
            err.println(group.title);
            err.println("-".repeat(group.title.length()));
            if (group.prefix != null) {
                line(group.prefix + "_" + EVERYTHING, "All fields in this section.", width);
            }
            for (Field field : Field.values()) {
                if (field.group() == group) {
                    line(field.id(), field.description(), width);
                }
            }
            if (group == Field.Group.SPECIAL) {
                line("help", "Show this help.", width);
                line("?", "Show this help.", width);
            }
            err.println(" ");
        }
    }

    private void line(String id, String description, int width) {
        err.println("  " + id + " ".repeat(width - id.length()) + " - " + description);
    }
}
