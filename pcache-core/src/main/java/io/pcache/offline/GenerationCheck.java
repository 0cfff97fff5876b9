package io.pcache.offline;

import io.pcache.log.Key;
import io.pcache.media.GenerationLayout;
import io.pcache.metadata.DuplicatedRecord;
import io.pcache.metadata.RecordKind;
import java.util.Map;
import java.util.TreeMap;

/**
 * Checks generations by the keys: a key that counts has the generation of its segment. A key with a later generation
 * proves that the segment's newest generation is lost, and that keys with an earlier generation are stale.
 */
final class GenerationCheck {
    private final Examination examination;
    private final CacheView view;
    private final SegmentCheck segments;
    /** For segments whose own generation is lost, or is earlier than a key's: the latest generation of a key. */
    private final Map<Integer, Long> latest = new TreeMap<>();

    GenerationCheck(Examination examination, SegmentCheck segments) {
        this.examination = examination;
        this.view = examination.view;
        this.segments = segments;
    }

    /** Whether the generations tell which keys are stale. */
    boolean isReliable() {
        return segments.generationsLost().isEmpty();
    }

    /** Takes note of a valid key of the log. */
    void key(Key key) {
        if (key.generation > view.generation(key.segment)) {
            latest.merge(key.segment, key.generation, Math::max);
        }
    }

    void report(LogScan scan) {
        long fresh = 1;
        for (long generation : view.generations) {
            fresh = Math.max(fresh, generation + 1);
        }
        for (int segment = segments.generationsLost().nextSetBit(0);
                segment >= 0;
                segment = segments.generationsLost().nextSetBit(segment + 1)) {
            // A segment without keys may get any generation, best one that it never had. But there may be keys that
            // were not seen.
            boolean unused = scan.references(segment) == 0 && scan.isComplete();
            long generation = latest.getOrDefault(segment, scan.references(segment) > 0 ? 0L : fresh);
            report(
                    Problem.GENERATION_LOST,
                    segment,
                    segments.condition(segment),
                    "",
                    scan.references(segment) > 0 || unused ? generation : -1);
        }
        for (Map.Entry<Integer, Long> entry : latest.entrySet()) {
            if (!segments.generationsLost().get(entry.getKey())) {
                report(
                        Problem.GENERATION_BEHIND,
                        entry.getKey(),
                        "generation " + view.generation(entry.getKey()),
                        "at least " + entry.getValue() + ", that of a key in the log",
                        entry.getValue());
            }
        }
    }

    private void report(Problem problem, int segment, String found, String expected, long generation) {
        int physical = view.chain[segment];
        Mend mend = generation < 0
                ? null
                : new Mend("set the generation of segment " + physical + " to " + generation, draft -> {
                    DuplicatedRecord record = RecordKind.GENERATION.in(draft, physical);
                    record.load();
                    record.setLong(GenerationLayout.GENERATION, generation).store();
                    record.store();
                });
        examination.findings.add(
                problem,
                RecordKind.GENERATION.place(physical),
                CopyCheck.name(RecordKind.GENERATION, physical),
                found,
                expected,
                mend);
    }
}
