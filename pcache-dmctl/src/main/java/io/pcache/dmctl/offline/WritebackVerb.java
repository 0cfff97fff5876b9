package io.pcache.dmctl.offline;

import io.pcache.backing.BackingDevice;
import io.pcache.dmctl.progress.ProgressLine;
import io.pcache.identity.DeviceIdentity;
import io.pcache.identity.IdentityRecord;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.MappedMemory;
import io.pcache.memory.ReadOnlyMemory;
import io.pcache.offline.CacheCheck;
import io.pcache.offline.CheckReport;
import io.pcache.offline.OfflineException;
import io.pcache.offline.OfflineWriteBack;
import io.pcache.offline.WriteBackReport;
import io.pcache.ring.BackingOpener;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code writeback}. */
@Command(
        description = {
            "Writes all dirty data of a cache that is not active to its backing device.",
            "What is damaged is left out and named; nothing is taken for written that was not. Can be "
                    + "interrupted: the next run goes on from there."
        },
        footer = "Exit status: 0 all written, 4 something was left out, 8 failed, 16 wrong usage.")
final class WritebackVerb extends OfflineVerb {
    @Parameters(index = "0", paramLabel = "CACHE", description = "The cache device, or an image of one.")
    private String cache;

    @Parameters(index = "1", paramLabel = "BACKING", description = "The backing device, or an image of one.")
    private String backing;

    @Option(names = "--dry-run", description = "Only read and count.")
    private boolean dryRun;

    @Option(
            names = "--discard-damaged",
            description =
                    "When all that can be read is written, take what is damaged for lost: nothing is dirty any more.")
    private boolean discardDamaged;

    @Option(
            names = "--skip-beyond-end",
            description = "Leave out keys that exceed BACKING, instead of refusing a device that is too small.")
    private boolean skipBeyondEnd;

    @Option(
            names = "--ignore-carry-over",
            description = "Go on without acknowledged writes that a killed target has left in the run directory.")
    private boolean ignoreCarryOver;

    @Option(
            names = {"-f", "--force"},
            description = "Write to BACKING although the cache belongs to another backing device.")
    private boolean force;

    private Waiting waiting = Waiting.NONE;

    @Override
    public Integer call() throws Exception {
        requireTwo(cache, backing);
        WriteBackReport report;
        if (dryRun) {
            try (ReadOnlyMemory memory = openReadOnly(cache);
                    ReadOnlyMemory device = openReadOnly(backing)) {
                tellOfUser(cache);
                // As a backing device has it: whole sectors.
                report = run(memory, null, device.size() & -DeviceLayout.SECTOR_BYTES);
            }
        } else {
            try (MappedMemory memory = MappedMemory.open(path(cache).toString());
                    BackingDevice device = BackingOpener.open(path(backing).toString())) {
                requireUnused(cache);
                requireUnused(backing);
                report = run(memory, device, device.sizeBytes());
            }
        }
        if (json) {
            ReportJson.writeBack(report, cache, backing, dryRun, waiting, generator());
        } else {
            ReportText.writeBack(report, backing, dryRun).forEach(this::print);
        }
        return report.isComplete() && (ignoreCarryOver || !waiting.any()) ? ExitStatus.CLEAN : ExitStatus.ERRORS_LEFT;
    }

    private void requireOwn(CacheMemory memory, long backingBytes) throws OfflineException, IOException {
        IdentityRecord record = IdentityRecord.load(memory);
        DeviceIdentity given = identity(backing, backingBytes);
        if (record.isValid() && record.backing().compare(given) == DeviceIdentity.Verdict.DIFFERENT) {
            throw new OfflineException(cache + " belongs to another backing device: to " + record.backing() + ", and "
                    + backing + " is " + given + "; nothing was written; --force writes there all the same");
        }
    }

    private WriteBackReport run(CacheMemory memory, BackingDevice device, long backingBytes)
            throws OfflineException, IOException {
        if (backingBytes < DeviceLayout.SECTOR_BYTES) {
            throw new OfflineException(backing + ": not a sector long, so no cache's backing device");
        }
        if (!force) {
            requireOwn(memory, backingBytes);
        }
        try (ProgressLine progress = progress()) {
            CheckReport structures =
                    new CacheCheck(memory, progress).withoutData().run();
            progress.close();
            if (structures.isWithoutCache()) {
                throw new OfflineException(cache
                        + ": there is no cache on the device; the cache device comes first, its backing device second");
            }
            waiting = waiting(cache, memory, structures);
            if (waiting.any() && device != null && !ignoreCarryOver) {
                throw new OfflineException(cache
                        + ": nothing was written, newer data is not on the cache device yet; "
                        + "--ignore-carry-over goes on without it");
            }
            OfflineWriteBack writeBack = new OfflineWriteBack(structures, memory, device, progress);
            if (discardDamaged) {
                writeBack.discardDamaged();
            }
            if (skipBeyondEnd) {
                writeBack.skipBeyondEnd();
            }
            return writeBack.run(backingBytes);
        }
    }
}
