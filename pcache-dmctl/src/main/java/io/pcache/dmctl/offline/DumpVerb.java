package io.pcache.dmctl.offline;

import com.fasterxml.jackson.core.JsonGenerator;
import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.invocation.Invocation;
import io.pcache.dmctl.options.VerbArguments;
import io.pcache.dmctl.progress.ProgressLine;
import io.pcache.memory.ReadOnlyMemory;
import io.pcache.offline.CacheCheck;
import io.pcache.offline.CacheDump;
import io.pcache.offline.CheckReport;

/** {@code dump}. */
final class DumpVerb extends OfflineVerb {
    private final String device;
    private final boolean data;

    DumpVerb(Invocation invocation, VerbArguments arguments) {
        super(invocation, arguments);
        device = arguments.operand(0);
        data = arguments.has(Option.DATA);
    }

    @Override
    int run() throws Exception {
        boolean withoutCache;
        try (ReadOnlyMemory memory = openReadOnly(device);
                ProgressLine progress = progress()) {
            tellOfUser(device);
            CheckReport structures =
                    new CacheCheck(memory, progress).withoutData().run();
            waiting(device, memory, structures);
            withoutCache = structures.isWithoutCache();
            try (JsonGenerator out = generator()) {
                new CacheDump(structures, memory, new DumpWriter(out, memory, device, data), progress).run();
            }
        }
        if (withoutCache) {
            invocation.err().println(invocation.program() + ": dump: " + device + ": there is no cache on the device");
            return ExitStatus.OPERATIONAL;
        }
        return ExitStatus.CLEAN;
    }
}
