package io.pcache.dmctl.offline;

import com.fasterxml.jackson.core.JsonGenerator;
import io.pcache.dmctl.progress.ProgressLine;
import io.pcache.memory.ReadOnlyMemory;
import io.pcache.offline.CacheCheck;
import io.pcache.offline.CacheDump;
import io.pcache.offline.CheckReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dump}. */
@Command(
        description = "Prints all structures and keys of a cache device or image that is not active, as JSON. Writes "
                + "nothing to it.",
        footer = "Exit status: 0, 8 failed, or there is no cache, 16 wrong usage.")
final class DumpVerb extends OfflineVerb {
    @Parameters(index = "0", paramLabel = "DEVICE", description = "The cache device, or an image of one.")
    private String device;

    @Option(
            names = "--data",
            description = "The keys' data too, in base64: what restore needs to make a cache of the same contents.")
    private boolean data;

    @Override
    public Integer call() throws Exception {
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
