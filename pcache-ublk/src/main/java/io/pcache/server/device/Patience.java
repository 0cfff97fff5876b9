package io.pcache.server.device;

/**
 * How long changes wait for what may never happen, in milliseconds.
 *
 * @param drainMs for requests under way to end, and for what is acknowledged to become durable
 * @param forceMs for the same, where the change goes on without: a forced change is wanted now
 * @param closeMs for the end of a cache whose requests have ended
 */
public record Patience(long drainMs, long forceMs, long closeMs) {
    static final Patience DEFAULT = new Patience(60_000, 5_000, 60_000);
}
