package io.pcache.dmctl.report;

import java.util.List;

/** A selection that cannot be understood. */
final class SelectionSyntaxException extends Exception {
    private static final long serialVersionUID = 1;

    /** What is to be printed in front of the lines. */
    enum Help {
        NONE,
        FIELDS,
        OPERATORS
    }

    private final transient List<String> lines;
    private final Help help;

    SelectionSyntaxException(Help help, String... lines) {
        super(String.join("; ", lines));
        this.help = help;
        this.lines = List.of(lines);
    }

    List<String> lines() {
        return lines;
    }

    Help help() {
        return help;
    }
}
