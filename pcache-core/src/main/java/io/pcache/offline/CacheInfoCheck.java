package io.pcache.offline;

import io.pcache.media.CacheInfoLayout;
import io.pcache.media.DeviceLayout;
import io.pcache.metadata.DuplicatedRecord;
import io.pcache.metadata.RecordKind;

/** Checks the cache info. */
final class CacheInfoCheck {
    private static final String NAME = "the cache info";

    private final Examination examination;
    private final Findings findings;
    private final DuplicatedRecord info;

    CacheInfoCheck(Examination examination) {
        this.examination = examination;
        this.findings = examination.findings;
        this.info = RecordKind.CACHE_INFO.in(examination.memory);
    }

    /** Returns whether the cache info can be used. */
    boolean run() {
        if (!info.load()) {
            lost();
            return false;
        }
        new CopyCheck(examination).check(RecordKind.CACHE_INFO, 0, info, true);
        int flags = info.getInt(CacheInfoLayout.FLAGS);
        if ((flags & CacheInfoLayout.FLAG_INIT_DONE) == 0) {
            notInitialised(flags);
            return false;
        }
        int count = info.getInt(CacheInfoLayout.N_SEGS);
        if (count <= 0 || count > examination.view.segmentsOnDevice) {
            findings.add(
                    Problem.CACHE_INFO_N_SEGS,
                    field(CacheInfoLayout.N_SEGS),
                    NAME,
                    "n_segs " + Integer.toUnsignedString(count),
                    "1 to " + examination.view.segmentsOnDevice);
            return false;
        }
        if (CacheInfoLayout.mode(flags) != CacheInfoLayout.MODE_WRITEBACK) {
            findings.add(
                    Problem.CACHE_INFO_MODE,
                    field(CacheInfoLayout.FLAGS),
                    NAME,
                    "cache mode " + CacheInfoLayout.mode(flags),
                    CacheInfoLayout.MODE_WRITEBACK + " (writeback)");
        }
        checkGcPercent(flags);
        examination.view.flags = flags;
        examination.view.firstSegment = info.getInt(CacheInfoLayout.SEG_ID);
        examination.view.chain = new int[count];
        return true;
    }

    private long field(int offset) {
        return info.place(info.newestCopy()) + offset;
    }

    private void checkGcPercent(int flags) {
        int percent = CacheInfoLayout.gcPercent(flags);
        if (percent > DeviceLayout.GC_PERCENT_MAX) {
            findings.add(
                    Problem.CACHE_INFO_GC_PERCENT,
                    field(CacheInfoLayout.FLAGS),
                    NAME,
                    "gc_percent " + percent,
                    "0 to " + DeviceLayout.GC_PERCENT_MAX,
                    setFlags(
                            "set gc_percent to " + DeviceLayout.GC_PERCENT_DEFAULT,
                            CacheInfoLayout.withGcPercent(flags, DeviceLayout.GC_PERCENT_DEFAULT)));
        }
    }

    private static Mend setFlags(String description, int flags) {
        return new Mend(description, draft -> {
            DuplicatedRecord record = RecordKind.CACHE_INFO.in(draft);
            record.load();
            record.setInt(CacheInfoLayout.FLAGS, flags).store();
        });
    }

    private void notInitialised(int flags) {
        Evidence evidence = evidence();
        if (evidence.mayHaveBeenUsed()) {
            boolean certain = evidence.segments() > 0 && evidence.wasInUse();
            findings.add(
                    Problem.CACHE_INFO_INIT_DONE,
                    field(CacheInfoLayout.FLAGS),
                    NAME,
                    "flags " + Integer.toHexString(flags) + " without INIT_DONE",
                    "INIT_DONE",
                    certain ? setFlags("set INIT_DONE", flags | CacheInfoLayout.FLAG_INIT_DONE) : null);
        } else {
            findings.add(Problem.NOT_INITIALISED, DeviceLayout.CACHE_INFO, NAME, "INIT_DONE is not set", "");
        }
    }

    private Evidence evidence() {
        return new Evidence(examination.memory, examination.view.segmentsOnDevice);
    }

    /**
     * Reports that no copy is valid. Either a crash came between the superblock and the first cache info, or the cache
     * info is lost.
     */
    private void lost() {
        Evidence evidence = evidence();
        if (!evidence.mayHaveBeenUsed()) {
            findings.add(Problem.NOT_INITIALISED, DeviceLayout.CACHE_INFO, NAME, "never written", "");
            return;
        }
        findings.add(
                Problem.CACHE_INFO_LOST,
                DeviceLayout.CACHE_INFO,
                NAME,
                examination.memory.isUnreadable(info.place(0), info.bytes())
                        ? "the device fails to read it"
                        : "neither copy is valid",
                "",
                evidence.wasInUse() ? rebuild(evidence) : null);
    }

    private static Mend rebuild(Evidence evidence) {
        int count = evidence.segments();
        int dataCrc = evidence.dataCrcFlag();
        if (count == 0 || dataCrc < 0) {
            return null;
        }
        int flags = CacheInfoLayout.withGcPercent(
                CacheInfoLayout.FLAG_INIT_DONE | dataCrc, DeviceLayout.GC_PERCENT_DEFAULT);
        return new Mend(
                "write the cache info anew: n_segs " + count + ", data_crc " + (dataCrc != 0)
                        + " as the chain of segments and the keys tell, gc_percent " + DeviceLayout.GC_PERCENT_DEFAULT,
                draft -> {
                    DuplicatedRecord record = RecordKind.CACHE_INFO.in(draft);
                    record.setInt(CacheInfoLayout.N_SEGS, count).setInt(CacheInfoLayout.FLAGS, flags);
                    record.store();
                    record.store();
                });
    }
}
