package io.pcache.dmctl.failure;

import java.util.List;

/**
 * A command that did not succeed. Its lines go to standard error, followed by {@code Command failed.}; exit status 1.
 */
public class CommandFailure extends Exception {
    private static final long serialVersionUID = 1;

    private final transient List<String> lines;

    /** @param lines empty where everything has been said */
    public CommandFailure(List<String> lines) {
        super(String.join("; ", lines), null, false, false);
        this.lines = List.copyOf(lines);
    }

    public CommandFailure(String... lines) {
        this(List.of(lines));
    }

    public List<String> lines() {
        return lines;
    }
}
