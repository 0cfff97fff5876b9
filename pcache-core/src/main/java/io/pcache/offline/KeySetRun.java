package io.pcache.offline;

import io.pcache.log.LogWalk;

/**
 * A row of key-sets behind a damaged one, or behind the end of the log.
 *
 * @param from position of the first key-set
 * @param end where the row ends
 * @param keySets number of key-sets
 * @param keys number of keys in them
 * @param staleKeys keys whose segment was freed since
 * @param futureKeys keys with a generation that their segment has not reached
 * @param invalidKeys keys with impossible values
 * @param ending how the row ends; null if it leads in a circle or into data
 * @param origin what the row is likely to be
 */
public record KeySetRun(
        long from,
        long end,
        long keySets,
        long keys,
        long staleKeys,
        long futureKeys,
        long invalidKeys,
        LogWalk.End ending,
        Origin origin) {

    /** The same row, with its origin in doubt. */
    KeySetRun inDoubt() {
        return new KeySetRun(from, end, keySets, keys, staleKeys, futureKeys, invalidKeys, ending, Origin.UNCERTAIN);
    }

    /** What a row of key-sets is, as far as this is known. */
    public enum Origin {
        /**
         * The log behind the damage: the row begins where a key-set in the damaged place ends, no key is stale, and the
         * row ends as a log does.
         */
        CONTINUATION,
        /**
         * Key-sets from an earlier time when the log went through this segment: keys in the row are stale, or the row
         * cannot be part of a log. Proves nothing.
         */
        EARLIER_USE,
        /** Neither origin is certain. */
        UNCERTAIN
    }
}
