package io.pcache.dmctl.tab;

/** A line of the tab that cannot be used; the message names file and line. */
final class TabException extends Exception {
    private static final long serialVersionUID = 1;

    TabException(String message) {
        super(message);
    }
}
