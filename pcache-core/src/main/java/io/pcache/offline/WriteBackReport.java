package io.pcache.offline;

import io.pcache.log.LogWalk;
import java.util.List;

/**
 * What an offline write-back did, or would do if it only counts.
 *
 * @param keys number of dirty keys written
 * @param bytes number of bytes of these keys' data
 * @param writtenBytes number of bytes that went to the backing device: fewer, if a key-set holds a range more than
 *     once; 0 when data is only counted
 * @param skippedCount number of pieces of data that were not written; {@code skipped} leaves some out if there are very
 *     many
 * @param lost ranges of the backing device whose newest data was not written
 * @param ending how the log ends
 * @param behind key-sets behind the end, as in {@link CheckReport.Log#behind}
 * @param dirtyTail where the dirty tail is now (see {@link io.pcache.log.Position})
 * @param end where the log ends, as far as it was followed
 */
public record WriteBackReport(
        long keys,
        long bytes,
        long writtenBytes,
        long skippedCount,
        List<OfflineWriteBack.Skipped> skipped,
        RangeSet lost,
        LogWalk.End ending,
        List<KeySetRun> behind,
        long dirtyTail,
        long end) {

    /** Whether all dirty data was written, or could be. */
    public boolean isComplete() {
        return skippedCount == 0 && ending != LogWalk.End.DAMAGED && !leavesKeySetsBehind();
    }

    /** Whether key-sets behind the end were left alone because they may come from an earlier use of their segment. */
    public boolean leavesKeySetsBehind() {
        return behind.stream().anyMatch(run -> run.origin() == KeySetRun.Origin.UNCERTAIN);
    }
}
