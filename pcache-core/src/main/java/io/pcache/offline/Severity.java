package io.pcache.offline;

/** What a problem means for the cache's user. */
public enum Severity {
    /** Worth knowing, but nothing is wrong. */
    NOTE,
    /** Nothing is lost but a safeguard, or something works worse than it should. */
    WARNING,
    /** The cache cannot be brought up, or data is lost, or would be lost. */
    ERROR
}
