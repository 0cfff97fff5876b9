package io.pcache.offline;

import io.pcache.media.DeviceLayout;
import io.pcache.media.GenerationLayout;
import io.pcache.media.SegmentInfoLayout;
import io.pcache.metadata.DuplicatedRecord;
import io.pcache.metadata.DuplicatedRecord.CopyState;
import io.pcache.metadata.RecordKind;
import io.pcache.recovery.SegmentChain;
import java.util.BitSet;

/** Checks the segments' infos, the chain that the infos make, and the segments' generations. */
final class SegmentCheck {
    private static final int LOST = -2;
    private static final int LAST = -1;

    private final Examination examination;
    private final Findings findings;
    private final CacheView view;
    private final CopyCheck copies;
    /** Physical segments with one damaged copy of the info: the copy in force may be the older one. */
    private final BitSet half = new BitSet();

    private final BitSet generationsLost = new BitSet();

    SegmentCheck(Examination examination) {
        this.examination = examination;
        this.findings = examination.findings;
        this.view = examination.view;
        this.copies = new CopyCheck(examination);
    }

    /** Returns whether there is a chain. */
    boolean run() {
        int count = view.chain.length;
        int[] next = infos();
        try {
            view.chain = SegmentChain.follow(examination.memory, view.firstSegment, count, view.segmentsOnDevice);
        } catch (SegmentChain.BrokenException e) {
            view.chain = new int[0];
            broken(next, count, e.getMessage());
            return false;
        }
        generations();
        return true;
    }

    /** The cache segments whose generation has no valid copy. */
    BitSet generationsLost() {
        return generationsLost;
    }

    // ---- infos

    /** Checks all infos. Returns the successor of each segment, or {@link #LAST} or {@link #LOST}. */
    private int[] infos() {
        int[] next = new int[view.segmentsOnDevice];
        DuplicatedRecord info = RecordKind.SEGMENT_INFO.in(examination.memory);
        for (int segment = 0; segment < next.length; segment++) {
            examination.progress.at("segments", segment, 2L * next.length);
            if (!info.at(RecordKind.SEGMENT_INFO.place(segment)).load()) {
                next[segment] = LOST;
                continue;
            }
            copies.check(RecordKind.SEGMENT_INFO, segment, info, true);
            half.set(segment, info.isHalf() && info.state(1 - info.newestCopy()) != CopyState.BLANK);
            boolean hasNext = (info.getInt(SegmentInfoLayout.FLAGS) & SegmentInfoLayout.FLAG_HAS_NEXT) != 0;
            next[segment] = hasNext ? info.getInt(SegmentInfoLayout.NEXT_SEG) : LAST;
        }
        return next;
    }

    private void broken(int[] next, int count, String message) {
        int[] known = next.clone();
        half.stream().forEach(segment -> known[segment] = LOST);
        int[] whole = complete(known, count);
        boolean explained = false;
        for (int segment = 0; segment < next.length; segment++) {
            Mend mend = whole == null || whole[segment] == LOST ? null : rebuild(segment, whole[segment]);
            if (next[segment] == LOST && (segment < count || whole != null)) {
                explained = true;
                boolean unreadable =
                        examination.memory.isUnreadable(DeviceLayout.segment(segment), SegmentInfoLayout.BYTES);
                findings.add(
                        Problem.SEGMENT_INFO_LOST,
                        DeviceLayout.segment(segment),
                        CopyCheck.name(RecordKind.SEGMENT_INFO, segment),
                        unreadable ? "the device fails to read it" : "neither copy is valid",
                        "",
                        mend);
            } else if (half.get(segment) && mend != null && whole[segment] != next[segment]) {
                explained = true;
                findings.add(
                        Problem.CHAIN_BROKEN,
                        DeviceLayout.segment(segment),
                        CopyCheck.name(RecordKind.SEGMENT_INFO, segment),
                        "the copy that is left is the older one: " + message,
                        count + " segments, each once",
                        mend);
            }
        }
        if (!explained) {
            findings.add(
                    Problem.CHAIN_BROKEN,
                    DeviceLayout.segment(Math.max(0, Math.min(view.firstSegment, next.length - 1))),
                    "the chain of segments",
                    message,
                    count + " segments, each once");
        }
    }

    private static Mend rebuild(int segment, int successor) {
        String what = successor == LAST ? "as the last one" : "with segment " + successor + " behind it";
        return new Mend(
                "write the info of segment " + segment + " anew, " + what + " as the other infos tell", draft -> {
                    DuplicatedRecord record = RecordKind.SEGMENT_INFO.in(draft, segment);
                    record.setInt(
                                    SegmentInfoLayout.FLAGS,
                                    SegmentInfoLayout.FLAGS_CACHE_DATA
                                            | (successor == LAST ? 0 : SegmentInfoLayout.FLAG_HAS_NEXT))
                            .setInt(SegmentInfoLayout.NEXT_SEG, Math.max(0, successor));
                    record.store();
                    record.store();
                });
    }

    /**
     * Fills the gaps in a chain if there is only one way to do so. There are two such cases. In the first, the info of
     * one segment is lost, and just one segment is named by no info: this segment is the successor. In the second, all
     * infos that are left agree with the order in which a device is formatted.
     */
    private int[] complete(int[] next, int count) {
        int[] whole = next.clone();
        if (isFormatOrder(next, count)) {
            for (int segment = 0; segment < count; segment++) {
                whole[segment] = segment + 1 < count ? segment + 1 : LAST;
            }
            return whole;
        }
        BitSet named = new BitSet(next.length);
        int gap = -1;
        for (int segment = 0; segment < next.length; segment++) {
            if (next[segment] == LOST) {
                if (gap >= 0) {
                    return null;
                }
                gap = segment;
            } else if (next[segment] >= 0 && next[segment] < next.length) {
                named.set(next[segment]);
            }
        }
        if (gap < 0 || view.firstSegment < 0) {
            return null;
        }
        named.set(view.firstSegment);
        int behind = named.nextClearBit(0);
        boolean onlyOne = behind < next.length && named.nextClearBit(behind + 1) >= next.length;
        whole[gap] = onlyOne ? behind : LAST;
        return (onlyOne || behind >= next.length) && isWhole(whole, count) ? whole : null;
    }

    private boolean isFormatOrder(int[] next, int count) {
        if (view.firstSegment != 0) {
            return false;
        }
        int agreeing = 0;
        for (int segment = 0; segment < count; segment++) {
            if (next[segment] == (segment + 1 < count ? segment + 1 : LAST)) {
                agreeing++;
            } else if (next[segment] != LOST) {
                return false;
            }
        }
        return agreeing > 0;
    }

    private boolean isWhole(int[] next, int count) {
        BitSet seen = new BitSet(next.length);
        int segment = view.firstSegment;
        while (segment >= 0 && segment < next.length && !seen.get(segment)) {
            seen.set(segment);
            segment = next[segment];
        }
        return segment == LAST && seen.cardinality() == count;
    }

    // ---- generations

    private void generations() {
        view.generations = new long[view.chain.length];
        DuplicatedRecord record = RecordKind.GENERATION.in(examination.memory);
        for (int segment = 0; segment < view.chain.length; segment++) {
            examination.progress.at("segments", (long) view.chain.length + segment, 2L * view.chain.length);
            int physical = view.chain[segment];
            if (record.at(RecordKind.GENERATION.place(physical)).load()) {
                copies.check(RecordKind.GENERATION, physical, record, true);
                view.generations[segment] = record.getLong(GenerationLayout.GENERATION);
            } else {
                generationsLost.set(segment);
            }
        }
    }

    /** How the place of a lost generation looks, for a finding. */
    String condition(int segment) {
        DuplicatedRecord record = RecordKind.GENERATION.in(examination.memory, view.chain[segment]);
        record.load();
        boolean blank = record.state(0) == CopyState.BLANK && record.state(1) == CopyState.BLANK;
        return blank ? "both copies are blank" : "neither copy is valid";
    }
}
