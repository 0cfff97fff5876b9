package io.pcache.dmctl.failure;

/**
 * A command that ends before its verb is done. Everything has been said already: no {@code Command failed.} follows.
 */
public final class CommandEnd extends Exception {
    private static final long serialVersionUID = 1;

    private final int exitStatus;

    public CommandEnd(int exitStatus) {
        super("exit " + exitStatus, null, false, false);
        this.exitStatus = exitStatus;
    }

    public int exitStatus() {
        return exitStatus;
    }
}
