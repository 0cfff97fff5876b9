package io.pcache.offline;

/** What becomes of a key when the cache is activated. */
public enum KeyState {
    /** The key's data is to be written back, as far as no newer key covers it. */
    DIRTY,
    /** The key's data was written back, and serves reads. */
    WRITTEN_BACK,
    /** The key's data was read from the backing device, and serves reads. */
    CLEAN,
    /** The key's segment was freed since, so the key counts for nothing. */
    STALE,
    /** The key has impossible values. */
    INVALID
}
