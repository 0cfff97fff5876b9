package io.pcache.stats;

/** What each request queue counts. */
public enum RequestCounter implements Counter {
    READS("requests", "reads that ended, failed ones too"),
    WRITES("requests", "writes that ended, failed ones too"),
    FLUSHES("requests", "flushes that ended, failed ones too"),
    FUA_WRITES("requests", "writes, counted as such too, that asked to be durable"),
    WRITE_ZEROES("requests", "requests to write zeroes that ended, failed ones too"),
    DISCARDS("requests", "discards that ended, failed ones too"),
    FAILED_REQUESTS("requests", "requests of any kind that ended with an error"),
    DEFERRED_REQUESTS(
            "requests", "requests that had to wait for a free segment, room in the log, a free fill or a commit"),
    READ_BYTES("bytes", "bytes that reads answered"),
    WRITE_BYTES("bytes", "bytes that writes brought"),
    ZEROED_BYTES("bytes", "bytes that requests to write zeroes named"),
    READ_HIT_SECTORS("sectors", "sectors that reads found in the cache"),
    READ_MISS_SECTORS("sectors", "sectors that reads took from the backing device"),
    FILLED_SECTORS("sectors", "sectors of misses that were put into the cache"),
    STORED_BYTES("bytes", "bytes stored on the cache device for writes, with what fills up its blocks"),
    STORED_FILL_BYTES("bytes", "bytes stored on the cache device for misses, with what fills up its blocks");

    private final String unit;
    private final String text;

    RequestCounter(String unit, String text) {
        this.unit = unit;
        this.text = text;
    }

    @Override
    public String unit() {
        return unit;
    }

    @Override
    public String text() {
        return text;
    }
}
