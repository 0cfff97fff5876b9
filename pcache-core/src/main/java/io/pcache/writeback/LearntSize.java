package io.pcache.writeback;

/**
 * How many bytes a batch may have in order to take about a certain time, or several times as long as a flush of the
 * backing device. Earlier batches tell the rate and the time of a flush. Owned by write-back's thread.
 */
final class LearntSize {
    static final long MAX_BYTES = 64L << 20;
    static final long MIN_BYTES = 1L << 20;
    /** A smaller batch tells no rate. */
    private static final long MIN_SAMPLE_BYTES = 256 << 10;
    /** A flush may take a fifth of a batch's time. */
    private static final int FLUSH_TIMES = 4;

    private final long targetNanos;
    private long bytes = MIN_BYTES;

    LearntSize(long targetNanos) {
        this.targetNanos = targetNanos;
    }

    long bytes() {
        return bytes;
    }

    /** Takes a batch into account; the parameters are those of {@link io.pcache.policy.CleaningPace#done}. */
    void done(long batchBytes, long nanos, long flushNanos) {
        if (batchBytes < MIN_SAMPLE_BYTES) {
            return;
        }
        double bytesPerNano = batchBytes / (double) Math.max(1, nanos - flushNanos);
        long next = (long) (bytesPerNano * (targetNanos + FLUSH_TIMES * flushNanos));
        // Half of the old value stays, so that one batch that was lucky, or had the processor to itself, does not
        // decide.
        bytes = Math.max(MIN_BYTES, Math.min(MAX_BYTES, (bytes + next) / 2));
    }
}
