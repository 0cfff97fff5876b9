package io.pcache.dmctl.offline;

import com.fasterxml.jackson.core.JsonGenerator;
import io.pcache.control.MemoryPlan;
import io.pcache.identity.IdentityRecord;
import io.pcache.log.LogWalk;
import io.pcache.log.Position;
import io.pcache.offline.CheckReport;
import io.pcache.offline.Finding;
import io.pcache.offline.KeySetRun;
import io.pcache.offline.Mend;
import io.pcache.offline.OfflineWriteBack;
import io.pcache.offline.Problem;
import io.pcache.offline.WriteBackReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Reports for programs: one object each, described in pcachectl(8). Every method closes the generator. */
final class ReportJson {
    private ReportJson() {}

    static void print(
            CheckReport report, String device, Waiting waiting, IdentityRecord identity, JsonGenerator generator)
            throws IOException {
        try (JsonGenerator out = generator) {
            out.writeStartObject();
            check(report, device, out);
            if (identity.isValid()) {
                out.writeObjectFieldStart("identity");
                IdentityText.members(identity, out);
                out.writeEndObject();
            }
            waiting.writeTo(out);
            out.writeEndObject();
        }
    }

    private static void check(CheckReport report, String device, JsonGenerator out) throws IOException {
        out.writeStringField("device", device);
        out.writeNumberField("bytes", report.deviceBytes());
        out.writeBooleanField("sound", report.isSound());
        out.writeBooleanField("mendable", report.isMendable());
        out.writeObjectFieldStart("counts");
        for (Map.Entry<Problem, Long> count : report.counts().entrySet()) {
            out.writeNumberField(count.getKey().code(), count.getValue());
        }
        out.writeEndObject();
        out.writeArrayFieldStart("findings");
        for (Finding finding : report.findings()) {
            out.writeStartObject();
            out.writeStringField("problem", finding.problem().code());
            out.writeStringField("severity", word(finding.severity()));
            out.writeNumberField("offset", finding.deviceOffset());
            out.writeStringField("where", finding.where());
            out.writeStringField("found", finding.found());
            out.writeStringField("expected", finding.expected());
            out.writeStringField(
                    "repair", finding.mend() == null ? null : finding.mend().description());
            out.writeEndObject();
        }
        out.writeEndArray();
        if (report.log() != null) {
            cache(report, out);
        }
    }

    private static void cache(CheckReport report, JsonGenerator out) throws IOException {
        out.writeObjectFieldStart("segments");
        out.writeNumberField("count", report.segments().count());
        out.writeNumberField("data", report.segments().dataSegments());
        out.writeNumberField("log", report.segments().logSegments());
        out.writeNumberField("free", report.segments().free());
        out.writeEndObject();
        out.writeBooleanField("data_crc", report.view().dataCrc());
        CheckReport.Log log = report.log();
        out.writeObjectFieldStart("log");
        out.writeStringField("key_tail", Position.text(log.keyTail()));
        out.writeStringField("dirty_tail", Position.text(log.dirtyTail()));
        end(log.end(), log.ending(), out);
        out.writeNumberField("key_sets", log.keySets());
        out.writeNumberField("keys", log.keys());
        out.writeNumberField("stale_keys", log.staleKeys());
        out.writeNumberField("dirty_keys", log.dirtyKeys());
        out.writeNumberField("dirty_bytes", log.dirtyBytes());
        runs(log.behind(), out);
        out.writeEndObject();
        out.writeNumberField("activation_mib", activationMiB(report));
        out.writeNumberField("checked_bytes", report.checkedBytes());
        out.writeNumberField("compared_bytes", report.comparedBytes());
    }

    /** The memory that a target needs at most to activate the cache. */
    static long activationMiB(CheckReport report) {
        return MemoryPlan.activationMiB(
                report.segments().count(),
                report.log().keys() - report.log().staleKeys(),
                report.view().dataCrc());
    }

    private static void end(long end, LogWalk.End ending, JsonGenerator out) throws IOException {
        out.writeStringField("end", Position.text(end));
        out.writeStringField("ending", ending == null ? "circle" : word(ending));
    }

    private static void runs(List<KeySetRun> runs, JsonGenerator out) throws IOException {
        out.writeArrayFieldStart("behind_damage");
        for (KeySetRun run : runs) {
            out.writeStartObject();
            out.writeStringField("from", Position.text(run.from()));
            end(run.end(), run.ending(), out);
            out.writeNumberField("key_sets", run.keySets());
            out.writeNumberField("keys", run.keys());
            out.writeNumberField("stale_keys", run.staleKeys());
            out.writeStringField("origin", word(run.origin()));
            out.writeEndObject();
        }
        out.writeEndArray();
    }

    /** The name of a constant in small letters: {@code EARLIER_USE} becomes {@code earlier-use}. */
    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static void repair(CheckReport report, String device, Path backup, Waiting waiting, JsonGenerator generator)
            throws IOException {
        try (JsonGenerator out = generator) {
            out.writeStartObject();
            out.writeBooleanField("repaired", backup != null);
            out.writeStringField("backup", backup == null ? null : backup.toString());
            out.writeArrayFieldStart("actions");
            for (Mend mend : report.mends()) {
                out.writeString(mend.description());
            }
            out.writeEndArray();
            check(report, device, out);
            waiting.writeTo(out);
            out.writeEndObject();
        }
    }

    static void undone(String device, int ranges, int lost, JsonGenerator generator) throws IOException {
        try (JsonGenerator out = generator) {
            out.writeStartObject();
            out.writeStringField("device", device);
            out.writeNumberField("ranges", ranges);
            out.writeNumberField("unreadable_before", lost);
            out.writeEndObject();
        }
    }

    static void writeBack(
            WriteBackReport report,
            String cache,
            String backing,
            boolean dryRun,
            Waiting waiting,
            JsonGenerator generator)
            throws IOException {
        try (JsonGenerator out = generator) {
            out.writeStartObject();
            out.writeStringField("cache", cache);
            out.writeStringField("backing", backing);
            out.writeBooleanField("dry_run", dryRun);
            out.writeBooleanField("complete", report.isComplete() && !waiting.any());
            waiting.writeTo(out);
            out.writeNumberField("keys", report.keys());
            out.writeNumberField("bytes", report.bytes());
            out.writeNumberField("written_bytes", report.writtenBytes());
            out.writeStringField("dirty_tail", Position.text(report.dirtyTail()));
            end(report.end(), report.ending(), out);
            out.writeNumberField("left_out_count", report.skippedCount());
            out.writeArrayFieldStart("left_out");
            for (OfflineWriteBack.Skipped skipped : report.skipped()) {
                out.writeStartObject();
                out.writeNumberField("offset", skipped.offset());
                out.writeNumberField("length", skipped.length());
                out.writeNumberField("cache_offset", skipped.deviceOffset());
                out.writeStringField("reason", skipped.reason());
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeArrayFieldStart("not_up_to_date");
            IOException[] failure = new IOException[1];
            report.lost().forEach((start, end) -> {
                try {
                    out.writeStartObject();
                    out.writeNumberField("offset", start);
                    out.writeNumberField("length", end - start);
                    out.writeEndObject();
                } catch (IOException e) {
                    failure[0] = e;
                }
            });
            if (failure[0] != null) {
                throw failure[0];
            }
            out.writeEndArray();
            runs(report.behind(), out);
            out.writeEndObject();
        }
    }
}
