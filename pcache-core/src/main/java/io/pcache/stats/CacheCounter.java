package io.pcache.stats;

/** What the cache's threads count together. */
public enum CacheCounter implements Counter {
    COMMITTED_KEY_SETS("key-sets", "key-sets made durable"),
    COMMITTED_KEYS("keys", "keys in them"),
    LOG_BYTES("bytes", "bytes of key-sets stored in the log"),
    STORED_LOG_BYTES(
            "bytes", "bytes stored on the cache device for the log; on a disk, each page as often as it is written"),
    STORED_RECORD_BYTES("bytes", "bytes stored on the cache device for tails and generations; on a disk, a page each"),
    WRITTEN_BACK_BYTES("bytes", "bytes of dirty data written to the backing device"),
    SUPERSEDED_BYTES("bytes", "bytes of dirty data not written back, since the same range was written again before"),
    WRITTEN_THROUGH_BYTES("bytes", "bytes of writes given to the backing device before they were acknowledged"),
    BACKING_WRITES("transfers", "writes to the backing device"),
    BACKING_FLUSHES("flushes", "flushes of the backing device"),
    WRITE_BACK_BATCHES("batches", "advances of the dirty tail"),
    COLLECTED_KEY_SETS("key-sets", "key-sets that garbage collection passed"),
    FREED_SEGMENTS("segments", "segments freed, of data and of keys"),
    DISCARDED_BYTES("bytes", "bytes of freed segments discarded on the cache device"),
    CHECKSUM_ERRORS("events", "data checksums that did not match"),
    BACKING_ERRORS("transfers", "reads, writes and flushes of the backing device that failed, each attempt"),
    CACHE_ERRORS("events", "loads, stores and syncs of the cache device that failed"),
    REQUEST_DATA_ERRORS("events", "copies of request data from or to a client that failed"),
    CACHE_FULL_WAITS("events", "times that a queue began to wait for space");

    private final String unit;
    private final String text;

    CacheCounter(String unit, String text) {
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
