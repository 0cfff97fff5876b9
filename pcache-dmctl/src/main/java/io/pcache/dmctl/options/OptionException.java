package io.pcache.dmctl.options;

/** A command line that cannot be understood. The message is the line to print. */
public final class OptionException extends Exception {
    public OptionException(String line) {
        super(line);
    }
}
