package io.pcache.dmctl.options;

/** A command line that cannot be understood. The message is what is to be printed. */
public final class OptionException extends Exception {
    public OptionException(String line) {
        super(line);
    }
}
