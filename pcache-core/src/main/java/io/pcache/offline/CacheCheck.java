package io.pcache.offline;

import io.pcache.cache.Progress;
import io.pcache.identity.DeviceIdentity;
import io.pcache.identity.IdentityRecord;
import io.pcache.media.IdentityLayout;
import io.pcache.memory.CacheMemory;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Checks a cache device and works out what can be mended. Nothing is written to the device.
 *
 * <p>An examination of the device ends where a structure cannot be used. So what can be mended is mended on a
 * {@linkplain DraftMemory draft}, which is examined again, until nothing mendable is left. In this way, problems behind
 * a damaged superblock show, too. And a repair is known to lead where it should before anything is done.
 */
public final class CacheCheck {
    /** Each round mends something that the round before could not see. There are fewer layers than this. */
    private static final int MAX_ROUNDS = 64;

    private final DraftMemory draft;
    private final Progress progress;
    private long backingBytes = Long.MAX_VALUE;
    private CacheMemory backing;
    private DeviceIdentity backingIdentity;
    private boolean data = true;

    /** @param device is only read from */
    public CacheCheck(CacheMemory device, Progress progress) {
        this.draft = new DraftMemory(device);
        this.progress = progress;
    }

    /** Gives the backing device's size, which no key may exceed. Without this call the size is not known. */
    public CacheCheck backingBytes(long bytes) {
        backingBytes = bytes;
        return this;
    }

    /** Gives the backing device, which is only read from. Data that need not be written back is compared with it. */
    public CacheCheck backing(CacheMemory device) {
        backing = device;
        return backingBytes(device.size());
    }

    /** Gives the backing device's identity, which is compared with the identity in the cache's record. */
    public CacheCheck backingIs(DeviceIdentity identity) {
        backingIdentity = identity;
        return this;
    }

    /** Leaves the data out: only structures and log are checked. */
    public CacheCheck withoutData() {
        data = false;
        return this;
    }

    private void identity(Examination examination) {
        IdentityRecord record = IdentityRecord.load(examination.memory);
        if (backingIdentity != null
                && record.isValid()
                && record.backing().compare(backingIdentity) == DeviceIdentity.Verdict.DIFFERENT) {
            examination.findings.add(
                    Problem.BACKING_IS_ANOTHER,
                    IdentityLayout.copy(0),
                    "the identity record",
                    backingIdentity.toString(),
                    record.backing().toString());
        }
    }

    /** Checks. To be called once. */
    public CheckReport run() {
        List<Finding> mended = new ArrayList<>();
        Set<Mend> mends = new LinkedHashSet<>();
        for (int round = 0; ; round++) {
            Examination examination = new Examination(draft, progress);
            examination.structures(backingBytes);
            identity(examination);
            long checked = 0;
            long compared = 0;
            boolean hasLog = examination.log() != null && examination.log().scan() != null;
            if (hasLog && data && examination.view.dataCrc() && !examination.findings.isMendable()) {
                DataCheck check = new DataCheck(examination, backingBytes);
                check.run();
                checked = check.checkedBytes();
            }
            if (hasLog && data && backing != null && !examination.findings.isMendable()) {
                BackingCheck check = new BackingCheck(examination, backing);
                check.run();
                compared = check.comparedBytes();
            }
            if (!examination.findings.isMendable() || round == MAX_ROUNDS) {
                return new CheckReport(examination, mended, mends, draft, checked, compared);
            }
            Set<Mend> ofRound = new LinkedHashSet<>();
            for (Finding finding : examination.findings.kept()) {
                if (finding.mend() != null) {
                    mended.add(finding);
                    ofRound.add(finding.mend());
                }
            }
            ofRound.forEach(mend -> mend.apply(draft));
            mends.addAll(ofRound);
        }
    }
}
