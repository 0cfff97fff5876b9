package io.pcache.dmctl.offline;

import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.invocation.Invocation;
import io.pcache.dmctl.options.VerbArguments;
import io.pcache.dmctl.progress.ProgressLine;
import io.pcache.identity.IdentityRecord;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.ReadOnlyMemory;
import io.pcache.offline.CacheCheck;
import io.pcache.offline.CheckReport;
import io.pcache.recovery.DeviceContent;

/** {@code check}. */
final class CheckVerb extends OfflineVerb {
    private final String device;
    private final String backing;
    private final boolean withoutData;

    CheckVerb(Invocation invocation, VerbArguments arguments) {
        super(invocation, arguments);
        device = arguments.operand(0);
        backing = arguments.operand(1);
        withoutData = arguments.has(Option.NO_DATA);
    }

    @Override
    int run() throws Exception {
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
