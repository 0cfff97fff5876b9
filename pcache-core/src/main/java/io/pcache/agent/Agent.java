package io.pcache.agent;

import io.pcache.wake.Signal;

/**
 * Background work that is done piece by piece. Tests call {@link #doWork} by hand. An {@link AgentThread} calls it when
 * the agent's signal is raised.
 */
public interface Agent {
    /** No work is due at a certain time. */
    long NEVER = Long.MAX_VALUE;

    /** Does all of the work that is there, or a part; returns whether anything was done. */
    boolean doWork();

    /**
     * After {@link #doWork} returned false: nanoseconds until it should be called again without a signal, or
     * {@link #NEVER}.
     */
    default long idleNanos() {
        return NEVER;
    }

    /** Raised by others when there may be work. */
    Signal signal();

    /** Whether normally nobody waits for this agent. Threads that serve requests then go first. */
    default boolean inBackground() {
        return true;
    }

    /** What a {@link #doWork} that does not return waits for, in words. */
    String waitsFor();

    /** For the thread's name: {@code writeback}, {@code gc}, {@code commit}. */
    String name();
}
