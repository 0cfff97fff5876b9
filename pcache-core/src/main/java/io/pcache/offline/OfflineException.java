package io.pcache.offline;

/** A tool cannot do what it is asked to do. The message is one line for people. */
public final class OfflineException extends Exception {
    private static final long serialVersionUID = 1;

    public OfflineException(String message) {
        super(message);
    }

    public OfflineException(String message, Throwable cause) {
        super(message, cause);
    }
}
