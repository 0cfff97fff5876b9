package io.pcache.flight;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What queues have written to the backing device, and how much of that a flush has made durable there. Writes are
 * numbered as they end. A flush covers all writes that had ended when the flush began. A flush under way is shared by
 * all callers that want what it covers. Safe for use by any thread.
 *
 * <p>Write-back's own writes are not numbered: their keys stay dirty until write-back itself has flushed the writes.
 */
public final class BackingFlushes {
    private final AtomicLong written = new AtomicLong();
    private volatile long flushed;
    private volatile long failures;
    private volatile long failedNumber;

    // Guarded by this.
    private long underWay;
    private boolean shared;

    /** Notes that a write has ended well. To be called before anybody is told that the backing device has the data. */
    public void written() {
        written.incrementAndGet();
    }

    /** The number of the last write that has ended. Hot. */
    public long lastWritten() {
        return written.get();
    }

    /** Whether all writes up to a number are durable. Hot. */
    public boolean isFlushed(long number) {
        return flushed >= number;
    }

    /** Whether the backing device may lose writes in a power cut. */
    public boolean isVolatile() {
        return !isFlushed(lastWritten());
    }

    /** How many flushes have failed. */
    public long failures() {
        return failures;
    }

    /**
     * Whether a flush that covered a number has failed.
     *
     * @param failuresBefore what {@link #failures} said when the flush was first wanted
     */
    public boolean hasFailed(long number, long failuresBefore) {
        return failures != failuresBefore && failedNumber >= number;
    }

    /**
     * Begins a flush, unless there is one that will do. A caller that wants all writes up to a number to be durable
     * asks here whether to flush.
     *
     * @return the number that the flush covers, to be given to {@link #end}; -1 if a flush under way covers the number
     */
    public synchronized long begin(long number) {
        if (underWay >= number) {
            shared = true;
            return -1;
        }
        return begin();
    }

    /** Begins a flush in any case; returns the number that the flush covers, to be given to {@link #end}. */
    public synchronized long begin() {
        long covered = written.get();
        underWay = Math.max(underWay, covered);
        return covered;
    }

    /**
     * Notes that a flush has ended.
     *
     * @return whether other callers have waited for the flush
     */
    public synchronized boolean end(long covered, boolean well) {
        if (well) {
            flushed = Math.max(flushed, covered);
        } else {
            failedNumber = covered;
            failures = failures + 1;
        }
        if (covered >= underWay) {
            underWay = 0;
        }
        boolean others = shared;
        shared = shared && underWay > 0;
        return others;
    }
}
