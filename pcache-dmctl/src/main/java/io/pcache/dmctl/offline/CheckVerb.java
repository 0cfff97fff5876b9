package io.pcache.dmctl.offline;

import io.pcache.dmctl.progress.ProgressLine;
import io.pcache.identity.IdentityRecord;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.ReadOnlyMemory;
import io.pcache.offline.CacheCheck;
import io.pcache.offline.CheckReport;
import io.pcache.recovery.DeviceContent;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code check}. */
@Command(
        description = "Checks a cache device or image that is not active. Writes nothing.",
        footer = "Exit status: 0 no errors, 4 something is wrong, 8 it could not be checked, or there is no "
                + "cache, 16 wrong usage.")
final class CheckVerb extends OfflineVerb {
    @Parameters(index = "0", paramLabel = "DEVICE", description = "The cache device, or an image of one.")
    private String device;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "BACKING",
            description = "Its backing device: keys must not exceed it, and what need not be written back is compared "
                    + "with it.")
    private String backing;

    @Option(names = "--no-data", description = "Look at structures and log only.")
    private boolean withoutData;

    @Override
    public Integer call() throws Exception {
        if (backing != null) {
            requireTwo(device, backing);
        }
        try (ReadOnlyMemory memory = openReadOnly(device);
                ReadOnlyMemory against = backing == null ? null : openReadOnly(backing)) {
            tellOfUser(device);
            CheckReport report;
            try (ProgressLine progress = progress()) {
                CacheCheck check = new CacheCheck(memory, progress);
                if (against != null) {
                    check.backing(against).backingIs(identity(backing, against.size()));
                }
                report = (withoutData ? check.withoutData() : check).run();
            }
            Waiting waiting = waiting(device, memory, report);
            if (json) {
                ReportJson.print(report, device, waiting, IdentityRecord.load(memory), generator());
            } else {
                String identity = IdentityText.of(memory);
                if (identity != null) {
                    print(identity);
                }
                ReportText.lines(report, device, waiting, isBlank(report, memory))
                        .forEach(this::print);
            }
            return exitStatus(report);
        }
    }

    private static boolean isBlank(CheckReport report, ReadOnlyMemory memory) {
        return report.isWithoutCache()
                && memory.size() >= DeviceLayout.MIN_DEVICE_BYTES
                && DeviceContent.find(memory) == null;
    }
}
