package io.pcache.health;

/** Is told what an operator wants to know. Called from any thread; must not block and must not throw. */
public interface CacheEvents {
    enum Kind {
        /** Writes wait because no segment is free. */
        CACHE_FULL,
        /** The system has no memory for a larger index: writes may wait until cached data is dropped. */
        MEMORY_SHORT,
        /** A data checksum did not match. */
        CHECKSUM_ERROR,
        /** The backing device failed a transfer. */
        BACKING_ERROR,
        /** The cache device failed a load, a store or a sync. */
        CACHE_ERROR,
        /** The data of a request could not be copied from the client, or to the client. */
        REQUEST_DATA_ERROR,
        /** The cache has found a mistake of its own, and stopped the device. */
        INVARIANT_BROKEN,
        /** The log is damaged. */
        LOG_DAMAGED,
        /** Data is copied on its way to the backing device, which takes more time. */
        WRITE_BACK_COPIES,
        /** The cache was bound to another backing device, or no record can be kept of its own backing device. */
        IDENTITY,
        /** Nothing is wrong, and nothing was changed. For people who may have meant something else. */
        NOTICE,
        /** A problem is over. */
        RECOVERED
    }

    CacheEvents NONE = (kind, text) -> {};

    /** @param text one line for people: what happened, and where on which device */
    void event(Kind kind, String text);

    /** As {@link #event}, for the first event of what may be many. Never left out. */
    default void first(Kind kind, String text) {
        event(kind, text);
    }
}
