package io.pcache.log;

/**
 * The log on the medium is not what a writer leaves there. The message says where on the device, what was found, and
 * what was expected.
 */
public final class LogCorruptException extends Exception {
    private final String what;

    /** @param position where in the log (see {@link Position}) */
    public LogCorruptException(long position, long deviceOffset, String what) {
        super("log position " + Position.text(position) + " (byte " + deviceOffset + " of the cache device): " + what);
        this.what = what;
    }

    /** The message without the place. */
    public String what() {
        return what;
    }
}
