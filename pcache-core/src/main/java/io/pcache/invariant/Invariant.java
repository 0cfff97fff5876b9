package io.pcache.invariant;

/**
 * What is true of a cache at any time, whatever clients and devices do. If an invariant does not hold, this code has a
 * mistake, and nothing that the cache computes can be trusted from then on. So the device stops (see {@link Stop}), and
 * the invariant's name is told.
 *
 * <p>Each invariant is checked where the state changes, by comparing two counts that are kept in different places. No
 * check costs more than a few loads. A request pays for no check, only for an increment for each key.
 */
public enum Invariant {
    /**
     * A segment has at least as many references as keys in the log name it. A segment with fewer references would be
     * given out again while a crash could bring its keys back. Then other data would be read in the ranges of these
     * keys.
     */
    REFERENCES_COVER_KEYS("references-cover-keys"),

    /**
     * Each segment is free, data, log, retired or set aside. The list of free segments, and that of retired segments,
     * are as long as there are such segments. A segment that is in a list twice would be given out twice.
     */
    SEGMENTS_ADD_UP("segments-add-up"),

    /**
     * Key tail, dirty tail and committed head come in this order in the log, stand in segments of the log, and only
     * move forward. A tail in a wrong place would give up data that is nowhere else, or overwrite the log.
     */
    LOG_IN_ORDER("log-in-order"),

    /**
     * A request ends once: with the last of its legs. From then on the client may use its memory for something else.
     */
    COMPLETED_ONCE("completed-once"),

    /**
     * At close, no transfer is under way, and each segment has exactly the references of the keys that name it. The
     * holder of any other reference would come back to memory that is not mapped.
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
