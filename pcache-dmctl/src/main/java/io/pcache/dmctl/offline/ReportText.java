package io.pcache.dmctl.offline;

import io.pcache.log.LogWalk;
import io.pcache.log.Position;
import io.pcache.offline.CheckReport;
import io.pcache.offline.Finding;
import io.pcache.offline.KeySetRun;
import io.pcache.offline.Mend;
import io.pcache.offline.OfflineWriteBack;
import io.pcache.offline.Problem;
import io.pcache.offline.WriteBackReport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Reports for people. */
final class ReportText {
    /** So many findings of one kind are shown one by one. */
    private static final int MOST = 20;

    private ReportText() {}

    /** @param blank whether there is neither a cache nor anything else on the device */
    static List<String> lines(CheckReport report, String device, Waiting waiting, boolean blank) {
        List<String> lines = findings(report);
        summary(report, lines);
        if (report.isSound()) {
            lines.add(device + ": no errors; " + dirty(report, waiting));
        } else if (blank) {
            lines.add(device + ": blank: create formats it");
        } else if (report.mends().isEmpty()) {
            lines.add(device + ": something is wrong, and nothing that repair can do");
        } else {
            lines.add(device + ": something is wrong; repair can do something about "
                    + (report.isMendable() ? "all of it" : "a part of it"));
        }
        return lines;
    }

    private static String dirty(CheckReport report, Waiting waiting) {
        CheckReport.Log log = report.log();
        if (log == null) {
            return "nothing is dirty";
        }
        String more = waiting.any() ? ", without what waits in " + waiting.file() : "";
        return log.dirtyKeys() == 0
                ? "nothing is dirty" + more
                : log.dirtyKeys() + (log.dirtyKeys() == 1 ? " key, " : " keys, ") + log.dirtyBytes()
                        + " bytes, dirty (not on the backing device yet)" + more;
    }

    private static List<String> findings(CheckReport report) {
        List<String> lines = new ArrayList<>();
        for (Problem problem : report.counts().keySet()) {
            lines.add(problem.severity().name().toLowerCase(Locale.ROOT) + ": " + problem.code() + ": "
                    + problem.meaning());
            report.findings().stream()
                    .filter(finding -> finding.problem() == problem)
                    .limit(MOST)
                    .map(Finding::toString)
                    .forEach(line -> lines.add("  " + line));
            long more = report.counts().get(problem) - MOST;
            if (more > 0) {
                lines.add("  and " + more + " more");
            }
        }
        return lines;
    }

    private static void summary(CheckReport report, List<String> lines) {
        if (report.log() == null) {
            return;
        }
        CheckReport.Log log = report.log();
        CheckReport.Segments segments = report.segments();
        lines.add("segments: " + segments.count() + ", of them " + segments.dataSegments() + " with data, "
                + segments.logSegments() + " with the log, " + segments.free() + " free; data_crc "
                + report.view().dataCrc());
        lines.add("log: key tail " + Position.text(log.keyTail()) + ", dirty tail " + Position.text(log.dirtyTail())
                + ", end " + Position.text(log.end())
                + (log.ending() == null ? "" : " (" + log.ending().name().toLowerCase(Locale.ROOT) + ")") + "; "
                + log.keySets() + " key-sets, " + log.keys()
                + " keys, " + log.staleKeys() + " stale, " + log.dirtyKeys() + " dirty with " + log.dirtyBytes()
                + " bytes");
        lines.add("memory: activation takes up to " + ReportJson.activationMiB(report) + " MiB");
        if (report.checkedBytes() > 0) {
            lines.add("data: " + report.checkedBytes() + " bytes checked");
        }
        if (report.comparedBytes() > 0) {
            lines.add("backing device: " + report.comparedBytes() + " bytes compared");
        }
        runs(log.behind(), log.ending(), lines);
    }

    private static void runs(List<KeySetRun> runs, LogWalk.End ending, List<String> lines) {
        for (KeySetRun run : runs) {
            String origin = switch (run.origin()) {
                case CONTINUATION -> "the log goes on there";
                case EARLIER_USE -> "of an earlier use of the segment, which proves nothing";
                case UNCERTAIN -> "it cannot be told if they are the log's";
            };
            lines.add("behind the " + (ending == LogWalk.End.DAMAGED ? "damage: " : "end of the log: ") + run.keySets()
                    + " key-sets with " + run.keys() + " keys from " + Position.text(run.from()) + " to "
                    + Position.text(run.end()) + ": " + origin);
        }
    }

    /** @param backup the file that the repair kept; null if nothing was done */
    static List<String> repair(CheckReport report, String device, Path backup) {
        List<String> lines = findings(report);
        for (Mend mend : report.mends()) {
            lines.add((backup == null ? "would " : "done: ") + mend.description());
        }
        if (backup != null) {
            lines.add(device + ": repaired" + (report.isMendable() ? "" : ", but not all of it")
                    + "; what was overwritten is in " + backup);
        } else if (report.mends().isEmpty()) {
            lines.add(device + ": "
                    + (report.isSound()
                            ? "no errors, nothing to do"
                            : "nothing can be done without putting data at risk"));
        } else {
            lines.add(device + ": nothing was written; --yes does it");
        }
        return lines;
    }

    static List<String> writeBack(WriteBackReport report, String backing, boolean dryRun) {
        List<String> lines = new ArrayList<>();
        for (OfflineWriteBack.Skipped skipped : report.skipped()) {
            lines.add("left out: device bytes " + skipped.offset() + " + " + skipped.length() + " (byte "
                    + skipped.deviceOffset() + " of the cache device): " + skipped.reason());
        }
        runs(report.behind(), report.ending(), lines);
        report.lost()
                .forEach((start, end) -> lines.add("not up to date: device bytes " + start + " + " + (end - start)));
        lines.add((dryRun ? "would write " : "wrote ") + report.keys() + " keys, " + report.bytes() + " bytes, to "
                + backing + (report.skippedCount() > 0 ? "; left out " + report.skippedCount() : ""));
        if (!dryRun) {
            lines.add("dirty tail " + Position.text(report.dirtyTail())
                    + (report.dirtyTail() == report.end()
                                    && report.ending() != LogWalk.End.DAMAGED
                                    && !report.leavesKeySetsBehind()
                            ? ", the end of the log: nothing is dirty any more"
                            : "; the log ends at " + Position.text(report.end())));
        }
        return lines;
    }
}
