package io.pcache.dmctl.tab;

/** What is wrong with a line of the tab, or with the file. */
final class TabException extends Exception {
    private static final long serialVersionUID = 1;

    TabException(String message) {
        super(message);
    }
}
