package io.pcache.sys;

import java.io.IOException;

/**
 * A system call failed. The message is {@code call argument: text (NAME)}, e.g. {@code open /dev/sdb: Device or
 * resource busy (EBUSY)}.
 */
public class SystemCallException extends IOException {
    private final int errno;
    private final String call;
    private final String argument;

    /**
     * @param errno positive
     * @param call the call's name in C
     * @param argument what the call was about, for people: a path, {@code fd 7}, a range
     */
    public SystemCallException(int errno, String call, String argument) {
        super(call + " " + argument + ": " + Errno.message(errno) + " (" + Errno.name(errno) + ")");
        this.errno = errno;
        this.call = call;
        this.argument = argument;
    }

    /** Positive; a constant of {@link Errno}. */
    public int errno() {
        return errno;
    }

    public String errnoName() {
        return Errno.name(errno);
    }

    public String call() {
        return call;
    }

    public String argument() {
        return argument;
    }
}
