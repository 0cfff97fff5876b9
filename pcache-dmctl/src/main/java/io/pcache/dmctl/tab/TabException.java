package io.pcache.dmctl.tab;

/** A mistake in a line of the tab, or in the file. */
final class TabException extends Exception {
    private static final long serialVersionUID = 1;

    TabException(String message) {
        super(message);
    }
}
