package io.pcache.dmctl.offline;

import io.pcache.dmctl.progress.ProgressLine;
import io.pcache.memory.MappedMemory;
import io.pcache.memory.ReadOnlyMemory;
import io.pcache.offline.CacheCheck;
import io.pcache.offline.CheckReport;
import io.pcache.offline.Repair;
import io.pcache.offline.RepairBackup;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code repair}. */
@Command(
        description = {
            "Mends what can be mended without putting data at risk. Without --yes it only says what it would do.",
            "What it overwrites is kept in a file first; --undo takes the repair back as long as the cache was "
                    + "not used."
        },
        footer = "Exit status: 0 nothing to do, 1 mended, 4 something is wrong and stays (5: some of it), 8 "
                + "failed, or there is no cache, 16 wrong usage.")
final class RepairVerb extends OfflineVerb {
    @Parameters(index = "0", paramLabel = "DEVICE", description = "The cache device, or an image of one.")
    private String device;

    @Option(
            names = {"-y", "--yes"},
            description = "Do it.")
    private boolean yes;

    @Option(
            names = "--backup",
            paramLabel = "FILE",
            description = "Where what is overwritten is kept; must not exist. Default: pcache-repair-N.backup, "
                    + "the first that is free, in the current directory, which must not be on the cache.")
    private String backup;

    @Option(names = "--undo", paramLabel = "FILE", description = "Take the repair back that made this file.")
    private String undo;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        if (undo != null && (yes || backup != null)) {
            throw new ParameterException(spec.commandLine(), "--undo goes with neither --yes nor --backup");
        }
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
