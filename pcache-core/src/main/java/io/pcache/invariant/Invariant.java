package io.pcache.invariant;

/**
 * What is true of a cache at any time, whatever clients and devices do. An invariant that does not hold is a mistake in
 * this code: from then on nothing that the cache computes is to be trusted. So the device stops (see {@link Stop}),
 * under the invariant's name.
 *
 * <p>Each is checked where the state changes, by comparing two counts that are kept in different places. No check costs
 * more than a few loads, and the way of a request has none but an increment for each key.
 */
public enum Invariant {
    /**
     * A segment has at least as many references as keys in the log name it. A segment with fewer would be given out
     * again while a crash could bring its keys back: other data would be read in their ranges.
     */
    REFERENCES_COVER_KEYS("references-cover-keys"),

    /**
     * Each segment is free, data, log, retired or set aside, and the list of free ones and that of retired ones are as
     * long as there are such segments. A segment that is in a list twice would be given out twice.
     */
    SEGMENTS_ADD_UP("segments-add-up"),

    /**
     * Key tail, dirty tail and committed head come in this order in the log, in segments of the log's, and move forward
     * only. A tail that is not in its place would give up data that is nowhere else, or overwrite the log.
     */
    LOG_IN_ORDER("log-in-order"),

    /**
     * A request ends once: with the last of its legs. The client may use its memory for something else from then on.
     */
    COMPLETED_ONCE("completed-once"),

    /**
     * At close no transfer is under way and each segment has just the references of the keys that name it. Whoever has
     * another one would come back to memory that is not mapped.
     */
    NOTHING_IN_FLIGHT("nothing-in-flight");

    private final String code;

    Invariant(String code) {
        this.code = code;
    }

    /** The name for people and programs, which does not change. */
    public String code() {
        return code;
    }
}
