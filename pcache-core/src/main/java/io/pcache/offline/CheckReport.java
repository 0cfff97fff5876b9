package io.pcache.offline;

import io.pcache.log.LogWalk;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The result of a check: the findings, and a summary of the cache as it is, or would be once mended. Immutable. */
public final class CheckReport {

    /**
     * The log, from the key tail to its end.
     *
     * @param keyTail where the log begins, as {@code segment:offset} in a long (see {@link io.pcache.log.Position})
     * @param dirtyTail where the part begins that is not written back
     * @param end where the log ends
     * @param ending how the log ends; null if it leads in a circle or into data
     * @param staleKeys keys whose segment was freed since
     * @param dirtyKeys keys behind the dirty tail whose data is to be written back, without keys behind damage
     * @param dirtyBytes sum of these keys' lengths: where the keys overlap, bytes count more than once
     * @param behind if the log ends in damage, the rows of key-sets behind the damage. Otherwise, key-sets behind the
     *     end that may be the log's continuation, for all that can be told
     */
    public record Log(
            long keyTail,
            long dirtyTail,
            long end,
            LogWalk.End ending,
            long keySets,
            long keys,
            long staleKeys,
            long dirtyKeys,
            long dirtyBytes,
            List<KeySetRun> behind) {}

    /**
     * The segments by what they hold.
     *
     * @param dataSegments segments in which keys have data
     * @param logSegments segments through which the log goes
     */
    public record Segments(int count, int dataSegments, int logSegments) {
        public int free() {
            return count - dataSegments - logSegments;
        }
    }

    private final List<Finding> findings;
    private final Map<Problem, Long> counts;
    private final Set<Mend> mends;
    private final DraftMemory draft;
    private final CacheView view;
    private final Log log;
    private final Segments segments;
    private final long checkedBytes;
    private final long comparedBytes;

    CheckReport(
            Examination last,
            List<Finding> mended,
            Set<Mend> mends,
            DraftMemory draft,
            long checkedBytes,
            long comparedBytes) {
        List<Finding> all = new ArrayList<>(mended);
        Map<Problem, Long> numbers = new EnumMap<>(Problem.class);
        mended.forEach(finding -> numbers.merge(finding.problem(), 1L, Long::sum));
        all.addAll(last.findings.kept());
        last.findings.counts().forEach((problem, count) -> numbers.merge(problem, count, Long::sum));
        this.findings = Collections.unmodifiableList(all);
        this.counts = Collections.unmodifiableMap(numbers);
        this.mends = Collections.unmodifiableSet(mends);
        this.draft = draft;
        this.view = last.view;
        this.checkedBytes = checkedBytes;
        this.comparedBytes = comparedBytes;
        LogCheck check = last.log();
        LogScan scan = check == null ? null : check.scan();
        this.log = scan == null
                ? null
                : new Log(
                        view.keyTail,
                        view.dirtyTail,
                        scan.end(),
                        scan.ending(),
                        scan.keySets(),
                        scan.keys(),
                        scan.staleKeys(),
                        check.dirtyKeys(),
                        check.dirtyBytes(),
                        List.copyOf(check.behind()));
        this.segments = scan == null ? null : segments(view, scan);
    }

    private static Segments segments(CacheView view, LogScan scan) {
        int data = 0;
        int log = 0;
        for (int segment = 0; segment < view.segments(); segment++) {
            data += scan.references(segment) > 0 ? 1 : 0;
            log += scan.isLogSegment(segment) ? 1 : 0;
        }
        return new Segments(view.segments(), data, log);
    }

    /** The findings: first those that can be mended, in the order of the repair, then the rest. Long lists are cut. */
    public List<Finding> findings() {
        return findings;
    }

    /** How often each problem was found, including findings that {@link #findings} leaves out. */
    public Map<Problem, Long> counts() {
        return counts;
    }

    /** What a repair does, in this order. */
    public Set<Mend> mends() {
        return mends;
    }

    /** The worst severity of the findings; null if there are none. */
    public Severity worst() {
        return counts.keySet().stream()
                .map(Problem::severity)
                .max(Severity::compareTo)
                .orElse(null);
    }

    /** Whether nothing was found that should be acted on. Dirty data does not count: it is as it should be. */
    public boolean isSound() {
        return worst() == null || worst() == Severity.NOTE;
    }

    /** Whether the device carries no cache, so that nothing could be checked. */
    public boolean isWithoutCache() {
        return counts.containsKey(Problem.NO_CACHE) || counts.containsKey(Problem.DEVICE_TOO_SMALL);
    }

    /** Whether the device is formatted, and no cache was ever active on it. */
    public boolean isUnused() {
        return counts.containsKey(Problem.NOT_INITIALISED);
    }

    /** Whether nothing but notes is left after a repair. */
    public boolean isMendable() {
        return findings.stream().allMatch(finding -> finding.mend() != null || finding.severity() == Severity.NOTE);
    }

    /** The device as it is once everything mendable is mended. */
    public DraftMemory draft() {
        return draft;
    }

    /** What the structures say. */
    public CacheView view() {
        return view;
    }

    /** Null if the log could not be reached. */
    public Log log() {
        return log;
    }

    /** Null if the log could not be reached. */
    public Segments segments() {
        return segments;
    }

    /** Number of data bytes whose checksum was computed; 0 for a cache without data_crc. */
    public long checkedBytes() {
        return checkedBytes;
    }

    /** Number of data bytes that were compared with the backing device's. */
    public long comparedBytes() {
        return comparedBytes;
    }

    /** The device's size in bytes. */
    public long deviceBytes() {
        return draft.size();
    }
}
