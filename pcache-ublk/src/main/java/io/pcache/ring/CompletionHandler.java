package io.pcache.ring;

/** Takes the completions of one client of a ring, on the ring's thread, from within {@link Ring#dispatch}. */
@FunctionalInterface
public interface CompletionHandler {

    /**
     * Takes the end of an operation. May queue new operations; must not call {@link Ring#dispatch}.
     *
     * @param payload what the client put into {@link UserData#of}
     * @param result the operation's count, or a negative errno
     * @param flags {@link IoUring#CQE_F_MORE} and others
     */
    void completed(long payload, int result, int flags);
}
