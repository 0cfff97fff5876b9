package io.pcache.dmctl.offline;

import io.pcache.backing.BackingDevice;
import io.pcache.dmctl.grammar.Option;
import io.pcache.dmctl.invocation.Invocation;
import io.pcache.dmctl.options.VerbArguments;
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

/** {@code writeback}. */
final class WritebackVerb extends OfflineVerb {
    private final String cache;
    private final String backing;
    private final boolean dryRun;
    private final boolean discardDamaged;
    private final boolean skipBeyondEnd;
    private final boolean ignoreCarryOver;
    private final boolean force;

    private Waiting waiting = Waiting.NONE;

    WritebackVerb(Invocation invocation, VerbArguments arguments) {
        super(invocation, arguments);
        cache = arguments.operand(0);
        backing = arguments.operand(1);
        dryRun = arguments.has(Option.DRY_RUN);
        discardDamaged = arguments.has(Option.DISCARD_DAMAGED);
        skipBeyondEnd = arguments.has(Option.SKIP_BEYOND_END);
        ignoreCarryOver = arguments.has(Option.IGNORE_CARRY_OVER);
        force = arguments.has(Option.FORCE);
    }

    @Override
    int run() throws Exception {
        requireTwo(cache, backing);
        WriteBackReport report;
        if (dryRun) {
            try (ReadOnlyMemory memory = openReadOnly(cache);
                    ReadOnlyMemory device = openReadOnly(backing)) {
                tellOfUser(cache);
                // A backing device has whole sectors.
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
