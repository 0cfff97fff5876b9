package io.pcache.offline;

import io.pcache.media.DeviceLayout;
import io.pcache.media.SuperblockLayout;
import io.pcache.metadata.Superblock;

/** Checks the superblock. */
final class SuperblockCheck {
    private static final String NAME = "the superblock";

    private final Examination examination;
    private final Findings findings;
    private final int onDevice;

    SuperblockCheck(Examination examination) {
        this.examination = examination;
        this.findings = examination.findings;
        this.onDevice = DeviceLayout.segmentsIn(examination.memory.size());
    }

    /** Returns whether the superblock can be used. */
    boolean run() {
        long size = examination.memory.size();
        if (size < DeviceLayout.MIN_DEVICE_BYTES) {
            findings.add(
                    Problem.DEVICE_TOO_SMALL,
                    0,
                    "the device",
                    size + " bytes",
                    "at least " + DeviceLayout.MIN_DEVICE_BYTES);
            return false;
        }
        Superblock superblock = new Superblock(examination.memory).load();
        if (superblock.isBigEndian()) {
            findings.add(
                    Problem.SUPERBLOCK_BIG_ENDIAN,
                    DeviceLayout.SUPERBLOCK,
                    NAME,
                    "big-endian numbers",
                    "little-endian ones");
            return false;
        }
        if (!superblock.hasMagic() || !superblock.isIntact()) {
            damaged(superblock);
            return false;
        }
        int segments = superblock.segNum();
        if (segments <= 0 || segments > onDevice) {
            findings.add(
                    Problem.SUPERBLOCK_SEG_NUM,
                    DeviceLayout.SUPERBLOCK + SuperblockLayout.SEG_NUM,
                    NAME,
                    "seg_num " + Integer.toUnsignedString(segments) + cutShort(segments),
                    "1 to " + onDevice,
                    rebuild(0));
            return false;
        }
        examination.view.segmentsOnDevice = segments;
        return true;
    }

    private static String cutShort(int segments) {
        return segments <= 0 || segments > DeviceLayout.MAX_SEGMENTS
                ? ""
                : " (such a cache takes " + DeviceLayout.segment(segments)
                        + " bytes: the device was cut short, or is part of a copy)";
    }

    private void damaged(Superblock superblock) {
        Mend mend = rebuild(superblock.segNum());
        if (!superblock.hasMagic()) {
            findings.add(
                    mend == null ? Problem.NO_CACHE : Problem.SUPERBLOCK_MAGIC,
                    DeviceLayout.SUPERBLOCK + SuperblockLayout.MAGIC,
                    NAME,
                    "magic " + Long.toHexString(superblock.magic()),
                    Long.toHexString(SuperblockLayout.MAGIC_VALUE),
                    mend);
        } else if (examination.memory.isUnreadable(DeviceLayout.SUPERBLOCK, SuperblockLayout.BYTES)) {
            findings.add(
                    Problem.SUPERBLOCK_CHECKSUM,
                    DeviceLayout.SUPERBLOCK,
                    NAME,
                    "the device fails to read it",
                    "",
                    mend);
        } else {
            findings.add(
                    Problem.SUPERBLOCK_CHECKSUM,
                    DeviceLayout.SUPERBLOCK,
                    NAME,
                    String.format("checksum %08x", superblock.storedChecksum()),
                    String.format("%08x", superblock.computedChecksum()),
                    mend);
        }
    }

    /**
     * The mend that writes the superblock anew. A superblock vouches for little: that there is a cache, and for how
     * many segments there is room. If cache info and chain of segments say the same, it can be written anew.
     *
     * @param stored the number of segments that the superblock names now; taken if the number fits
     */
    private Mend rebuild(int stored) {
        Evidence evidence = new Evidence(examination.memory, onDevice);
        int ofInfo = evidence.segmentsOfCacheInfo();
        boolean agree = ofInfo > 0 ? evidence.segments() == ofInfo : evidence.segments() > 0 && evidence.wasInUse();
        if (!agree) {
            return null;
        }
        int segments = stored >= evidence.segments() && stored <= onDevice ? stored : evidence.segments();
        return new Mend(
                "write the superblock anew, with seg_num " + segments, draft -> new Superblock(draft).store(segments));
    }
}
