package io.pcache.offline;

import io.pcache.log.LogWalk;

/**
 * Key-sets in a row behind a damaged one, or behind the end of the log.
 *
 * @param from position of the first
 * @param end where they end
 * @param keySets how many
 * @param keys keys in them
 * @param staleKeys keys whose segment was freed since
 * @param futureKeys keys of a generation that their segment has not reached
 * @param invalidKeys keys with impossible values
 * @param ending how they end; null if they lead in a circle or into data
 * @param origin what they are likely to be
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

    /** The same, of which it cannot be told what it is. */
    KeySetRun inDoubt() {
        return new KeySetRun(from, end, keySets, keys, staleKeys, futureKeys, invalidKeys, ending, Origin.UNCERTAIN);
    }

    /** What a run of key-sets is, as far as can be told. */
    public enum Origin {
        /**
         * The log behind the damage: it begins where a key-set in the damaged place ends, no key is stale, and it ends
         * as a log does.
         */
        CONTINUATION,
        /**
         * Of a time when the log went through this segment before: keys in it are stale, or it cannot be part of a log.
         * Proves nothing.
         */
        EARLIER_USE,
        /** Neither is certain. */
        UNCERTAIN
    }
}
