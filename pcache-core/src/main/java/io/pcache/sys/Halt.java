package io.pcache.sys;

/**
 * Ends a process that must not go on half alive. When a thread that serves I/O has ended, its requests would hang for
 * good. When the whole process ends, the kernel aborts the requests, or hands them to a successor.
 */
public final class Halt {
    /** {@code EX_SOFTWARE} of sysexits: an internal error. */
    public static final int EXIT_CODE = 70;

    private Halt() {}

    /**
     * Prints the reason and ends the process at once. Shutdown hooks are not run: they could wait for the very thread
     * that is gone.
     */
    public static void process(String thread, Throwable cause) {
        try {
            System.err.println("pcache: " + thread + " has failed; the process ends so that its I/O does not hang");
            cause.printStackTrace();
        } finally {
            Runtime.getRuntime().halt(EXIT_CODE);
        }
    }
}
