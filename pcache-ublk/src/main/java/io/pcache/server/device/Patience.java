package io.pcache.server.device;

/**
 * How long changes wait for what may never come about, in milliseconds.
 *
 * @param drainMs for requests under way to end, and for what is acknowledged to become durable
 * @param forceMs the same where it is given up afterwards: who forces a change wants it now
 * @param closeMs for a cache to end whose requests have
 */
public record Patience(long drainMs, long forceMs, long closeMs) {
    static final Patience DEFAULT = new Patience(60_000, 5_000, 60_000);
}
