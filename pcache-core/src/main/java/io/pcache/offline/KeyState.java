package io.pcache.offline;

/** What becomes of a key when the cache is activated. */
public enum KeyState {
    /** Its data is to be written back, as far as no newer key covers it. */
    DIRTY,
    /** Its data was written back, and serves reads. */
    WRITTEN_BACK,
    /** Its data was read from the backing device, and serves reads. */
    CLEAN,
    /** Its segment was freed since: the key counts for nothing. */
    STALE,
    /** It has impossible values. */
    INVALID
}
