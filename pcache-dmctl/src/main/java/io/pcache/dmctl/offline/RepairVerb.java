package io.pcache.dmctl.offline;

import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.invocation.Invocation;
import io.pcache.dmctl.options.OptionException;
import io.pcache.dmctl.options.VerbArguments;
import io.pcache.dmctl.progress.ProgressLine;
import io.pcache.memory.MappedMemory;
import io.pcache.memory.ReadOnlyMemory;
import io.pcache.offline.CacheCheck;
import io.pcache.offline.CheckReport;
import io.pcache.offline.Repair;
import io.pcache.offline.RepairBackup;
import java.io.IOException;
import java.nio.file.Path;

/** {@code repair}. */
final class RepairVerb extends OfflineVerb {
    private final String device;
    private final boolean yes;
    private final String backup;
    private final String undo;

    RepairVerb(Invocation invocation, VerbArguments arguments) throws OptionException {
        super(invocation, arguments);
        device = arguments.operand(0);
        yes = arguments.has(Option.YES);
        backup = arguments.value(Option.BACKUP);
        undo = arguments.value(Option.UNDO);
        if (undo != null && (yes || backup != null)) {
            throw new OptionException(invocation.program() + ": repair: --undo goes with neither --yes nor --backup");
        }
    }

    @Override
    int run() throws Exception {
        return undo != null ? takeBack() : yes ? repair() : show();
    }

    private int show() throws Exception {
        try (ReadOnlyMemory memory = openReadOnly(device)) {
            tellOfUser(device);
            CheckReport report = check(memory);
            Waiting waiting = waiting(device, memory, report);
            report(report, null, waiting);
            return exitStatus(report);
        }
    }

    private int repair() throws Exception {
        try (MappedMemory memory = MappedMemory.open(path(device).toString())) {
            requireUnused(device);
            CheckReport report = check(memory);
            Waiting waiting = waiting(device, memory, report);
            if (report.mends().isEmpty()) {
                report(report, null, waiting);
                return exitStatus(report);
            }
            Path file = backupFile();
            Repair.apply(report, memory, device, file);
            report(report, file, waiting);
            return ExitStatus.CORRECTED + (report.isMendable() ? 0 : ExitStatus.ERRORS_LEFT);
        }
    }

    private int takeBack() throws Exception {
        RepairBackup taken = RepairBackup.read(path(undo));
        try (MappedMemory memory = MappedMemory.open(path(device).toString())) {
            requireUnused(device);
            int lost = Repair.undo(taken, memory);
            if (json) {
                ReportJson.undone(device, taken.ranges().size() - lost, lost, generator());
            } else {
                print(device + ": " + (taken.ranges().size() - lost) + " ranges are as they were before the repair"
                        + (lost > 0 ? "; " + lost + " could not be read then, and stay" : ""));
            }
        }
        return ExitStatus.CLEAN;
    }

    private CheckReport check(io.pcache.memory.CacheMemory memory) {
        try (ProgressLine progress = progress()) {
            return new CacheCheck(memory, progress).run();
        }
    }

    private Path backupFile() throws IOException {
        if (backup != null) {
            return path(backup);
        }
        for (int number = 1; ; number++) {
            Path file = path("pcache-repair-" + number + ".backup");
            if (!java.nio.file.Files.exists(file)) {
                return file;
            }
        }
    }

    private void report(CheckReport report, Path done, Waiting waiting) throws Exception {
        if (json) {
            ReportJson.repair(report, device, done, waiting, generator());
        } else {
            ReportText.repair(report, device, done).forEach(this::print);
        }
    }
}
