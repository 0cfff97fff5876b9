package io.pcache.offline;

/** What a problem means for the cache's user. */
public enum Severity {
    /** Worth knowing; nothing is wrong. */
    NOTE,
    /** Nothing is lost, but a safeguard is, or something works worse than it should. */
    WARNING,
    /** The cache cannot be brought up, or data is lost, or would be. */
    ERROR
}
