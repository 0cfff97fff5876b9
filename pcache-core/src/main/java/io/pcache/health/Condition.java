package io.pcache.health;

/** What can be wrong with a running cache. Programs know a condition by its code, which does not change. */
public enum Condition {
    /** Every request fails until the next activation. See {@link io.pcache.invariant.Invariant}. */
    INVARIANT_BROKEN(
            "invariant-broken",
            "the cache has found a mistake of its own, and every request fails until it is activated anew",
            null),
    /** Writes and flushes fail until the next activation. */
    CACHE_FAILED("cache-failed", "the cache device failed, and writes fail until the cache is activated anew", null),
    /** Lasts until the next activation, too; the rest of the cache works. */
    SEGMENTS_SET_ASIDE(
            "segments-set-aside",
            "the cache device failed in places, which are not used until the cache is activated anew",
            null),
    CACHE_READ_ERRORS("cache-read-errors", "the cache device fails to give data", "the cache device gives data again"),
    DATA_DAMAGED("data-damaged", "cached data does not match its checksums", "cached data matches its checksums again"),
    BACKING_READ_ERRORS(
            "backing-read-errors", "reads of the backing device fail", "reads of the backing device work again"),
    BACKING_WRITE_ERRORS(
            "backing-write-errors",
            "writes through to the backing device fail",
            "writes through to the backing device work again"),
    REQUEST_DATA_ERRORS(
            "request-data-errors", "data of requests cannot be copied", "data of requests can be copied again"),
    WRITE_BACK_STALLED("writeback-stalled", "write-back stands still", "write-back works again"),
    GC_STALLED("gc-stalled", "garbage collection stands still", "garbage collection works again"),
    MEMORY_SHORT(
            "memory-short",
            "the index cannot grow, and writes may wait until cached data is dropped",
            "there is memory for the index again");

    private final String code;
    private final String text;
    private final String recovery;

    Condition(String code, String text, String recovery) {
        this.code = code;
        this.text = text;
        this.recovery = recovery;
    }

    /** For programs. */
    public String code() {
        return code;
    }

    /** For people: what is wrong, without details. */
    public String text() {
        return text;
    }

    /** For people: that the condition is over. Null for a condition that lasts as long as the activation. */
    String recovery() {
        return recovery;
    }
}
