package io.pcache.flight;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What queues have written to the backing device, and how much of that a flush has made durable there. Writes are
 * numbered as they end; a flush covers all that had ended when the flush began. One flush is under way at a time, and
 * serves all who want what it covers. Were there two, the failure of the first might be heard of only after the second
 * has ended well, without the writes that the first has lost. Safe for use by any thread.
 *
 * <p>Write-back's own writes are not numbered: their keys stay dirty until write-back itself has flushed the writes.
 */
public final class BackingFlushes {
    private final AtomicLong written = new AtomicLong();
    private volatile long flushed;
    private volatile long failures;
    /** The number, among the failures, of the last one that may have lost writes of queues. */
    private volatile long lastLoss;
    /** Up to which failure all that was lost is durable after all. */
    private volatile long mended;

    // Guarded by this.
    private boolean underWay;
    private long begun;
    private long endedWell;
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
     * Whether a flush has failed that may have lost writes of queues, behind a number of failures. A later flush that
     * succeeds does not bring such writes back: devices, and Linux's page cache, forget what they failed to write.
     *
     * @param failuresBefore what {@link #failures} said before
     */
    public boolean hasLost(long failuresBefore) {
        return lastLoss > failuresBefore;
    }

    /** Whether writes of queues may be lost that are not {@linkplain #mended} yet. Hot. */
    public boolean hasLost() {
        return lastLoss > mended;
    }

    /**
     * What flushes may have lost was written again, and is durable.
     *
     * @param failuresUpTo of the flushes that are meant, as {@link #failures} counts
     */
    public void mended(long failuresUpTo) {
        mended = failuresUpTo;
    }

    /**
     * Whoever wants to flush asks here.
     *
     * @return the number that the flush covers, to be given to {@link #end}; -1 if another flush is under way: whoever
     *     asks is woken when that has ended, and looks again
     */
    public synchronized long begin() {
        if (underWay) {
            shared = true;
            return -1;
        }
        underWay = true;
        begun++;
        return written.get();
    }

    /** Flushes that have begun. */
    public synchronized long begun() {
        return begun;
    }

    /** Whether a flush has ended well that began behind a number of flushes. */
    public synchronized boolean hasEndedSince(long begunBefore) {
        return endedWell > begunBefore;
    }

    /**
     * Notes that a flush has ended.
     *
     * @return whether other callers have waited for the flush
     */
    public synchronized boolean end(long covered, boolean well) {
        if (well) {
            flushed = Math.max(flushed, covered);
            endedWell = begun;
        } else {
            if (covered > flushed) {
                lastLoss = failures + 1;
            }
            failures = failures + 1;
        }
        underWay = false;
        boolean others = shared;
        shared = false;
        return others;
    }
}
