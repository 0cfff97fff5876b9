package io.pcache.dmctl.offline;

import com.fasterxml.jackson.core.JsonGenerator;
import io.pcache.control.ShellQuoting;
import io.pcache.dmctl.progress.ProgressLine;
import io.pcache.memory.MappedMemory;
import io.pcache.offline.CacheCheck;
import io.pcache.offline.CheckReport;
import io.pcache.offline.OfflineException;
import io.pcache.offline.Wipe;
import java.nio.file.Files;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code wipe}. */
@Command(
        description = {
            "Makes a cache device that is not active blank, so that create formats it: a cache goes, and so does",
            "what is recognised as a file system, a volume or a partition table. A cache with dirty data is refused."
        },
        footer = "Exit status: 0 the device is blank, 8 failed or refused, 16 wrong usage.")
final class WipeVerb extends OfflineVerb {
    @Parameters(index = "0", paramLabel = "CACHE", description = "The cache device, or an image of one.")
    private String device;

    @Option(
            names = {"-f", "--force"},
            description = "Give dirty data up.")
    private boolean force;

    @Override
    public Integer call() throws Exception {
        try (MappedMemory memory = MappedMemory.open(path(device).toString())) {
            requireUnused(device);
            CheckReport report;
            try (ProgressLine progress = progress()) {
                report = new CacheCheck(memory, progress).withoutData().run();
            }
            Wipe wipe = new Wipe(report, memory);
            Waiting waiting = waiting(device, memory, report);
            String objection = wipe.objection();
            if (objection == null && waiting.any()) {
                objection = "acknowledged writes wait in " + waiting.file();
            }
            if (objection != null && !force) {
                throw new OfflineException(device + ": " + objection + "; nothing was written; 'pcachectl writeback "
                        + ShellQuoting.quote(device)
                        + " BACKING' writes dirty data to the backing device, --force gives it up");
            }
            report(wipe.run(), objection);
            if (waiting.any()) {
                Files.deleteIfExists(waiting.file());
            }
        }
        return ExitStatus.CLEAN;
    }

    /** @param lost what was given up; null for nothing */
    private void report(List<String> content, String lost) throws Exception {
        if (json) {
            try (JsonGenerator out = generator()) {
                out.writeStartObject();
                out.writeStringField("device", device);
                out.writeArrayFieldStart("wiped");
                for (String what : content) {
                    out.writeString(what);
                }
                out.writeEndArray();
                if (lost != null) {
                    out.writeStringField("given_up", lost);
                }
                out.writeEndObject();
            }
        } else {
            print(device + ": "
                    + (content.isEmpty() ? "was blank already" : "is blank now; wiped: " + String.join(", ", content))
                    + (lost == null ? "" : "; given up: " + lost));
        }
    }
}
