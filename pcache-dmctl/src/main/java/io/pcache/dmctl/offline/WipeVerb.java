package io.pcache.dmctl.offline;

import com.fasterxml.jackson.core.JsonGenerator;
import io.pcache.control.ShellQuoting;
import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.invocation.Invocation;
import io.pcache.dmctl.options.VerbArguments;
import io.pcache.dmctl.progress.ProgressLine;
import io.pcache.memory.MappedMemory;
import io.pcache.offline.CacheCheck;
import io.pcache.offline.CheckReport;
import io.pcache.offline.OfflineException;
import io.pcache.offline.Wipe;
import java.nio.file.Files;
import java.util.List;

/** {@code wipe}. */
final class WipeVerb extends OfflineVerb {
    private final String device;
    private final boolean force;

    WipeVerb(Invocation invocation, VerbArguments arguments) {
        super(invocation, arguments);
        device = arguments.operand(0);
        force = arguments.has(Option.FORCE);
    }

    @Override
    int run() throws Exception {
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
                throw new OfflineException(device + ": " + objection + "; nothing was written; " + remedy(waiting));
            }
            report(wipe.run(), objection);
            if (waiting.any()) {
                Files.deleteIfExists(waiting.file());
            }
        }
        return ExitStatus.CLEAN;
    }

    /** What saves the data. As long as writes wait, writeback refuses the cache, too. */
    private String remedy(Waiting waiting) {
        return (waiting.any() ? "create a device on this cache and remove it first, then " : "")
                + "'pcachectl writeback " + ShellQuoting.quote(device)
                + " BACKING' writes dirty data to the backing device, --force gives it up";
    }

    /** @param lost the data that was given up; null for nothing */
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
