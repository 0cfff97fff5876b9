package io.pcache.ring;

/** Takes completions of one client of a ring, on the ring's thread, from within {@link Ring#dispatch}. */
@FunctionalInterface
public interface CompletionHandler {

    /**
     * An operation has ended. May queue new ones; must not call {@link Ring#dispatch}.
     *
     * @param payload what the client put into {@link UserData#of}
     * @param result the operation's count, or a negative errno
     * @param flags {@link IoUring#CQE_F_MORE} and others
     */
    void completed(long payload, int result, int flags);
}
