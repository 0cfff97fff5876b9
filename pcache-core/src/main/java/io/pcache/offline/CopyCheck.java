package io.pcache.offline;

import io.pcache.media.DeviceLayout;
import io.pcache.metadata.DuplicatedRecord;
import io.pcache.metadata.DuplicatedRecord.CopyState;
import io.pcache.metadata.RecordKind;

/** Checks both copies of a structure, of which at least one is valid. */
final class CopyCheck {
    private final Examination examination;

    CopyCheck(Examination examination) {
        this.examination = examination;
    }

    /**
     * Reports a copy that is not what it should be. To write this copy anew from the other one changes nothing for
     * activation, which already has only the other copy to go by.
     *
     * @param record loaded
     * @param segment physical segment, for a structure that segments have
     * @param mend whether the other copy has been found to fit
     */
    void check(RecordKind kind, int segment, DuplicatedRecord record, boolean mend) {
        check(kind, segment, record, mend, null);
    }

    /** @param other a mend to use in place of writing the copy anew; null for none */
    void check(RecordKind kind, int segment, DuplicatedRecord record, boolean mend, Mend other) {
        for (int copy = 0; copy < DeviceLayout.COPIES; copy++) {
            CopyState state = record.state(copy);
            if (state == CopyState.VALID || state == CopyState.BLANK && mayBeBlank(kind, record)) {
                continue;
            }
            Problem problem = state == CopyState.BLANK ? Problem.COPY_MISSING : Problem.COPY_DAMAGED;
            String found =
                    state == CopyState.BLANK ? "blank" : examination.condition(record.place(copy), record.bytes());
            String name = name(kind, segment);
            examination.findings.add(
                    problem,
                    record.place(copy),
                    "copy " + copy + " of " + name,
                    found,
                    "",
                    other == null && mend ? rewrite(kind, segment, copy) : other);
        }
    }

    /**
     * Whether a copy may be blank. The first write, with sequence number 1, leaves the other copy blank, and later
     * writes take turns. The tails are an exception: the kernel's first write of a tail after an activation does not
     * take turns.
     */
    private static boolean mayBeBlank(RecordKind kind, DuplicatedRecord record) {
        return record.seq() == 1 || kind == RecordKind.KEY_TAIL || kind == RecordKind.DIRTY_TAIL;
    }

    private static Mend rewrite(RecordKind kind, int segment, int copy) {
        return new Mend("write copy " + copy + " of " + name(kind, segment) + " anew from the other copy", draft -> {
            DuplicatedRecord record = kind.in(draft, segment);
            record.load();
            record.store();
        });
    }

    /** For people. */
    static String name(RecordKind kind, int segment) {
        return switch (kind) {
            case SEGMENT_INFO -> "the info of segment " + segment;
            case GENERATION -> "the generation of segment " + segment;
            default -> "the " + kind;
        };
    }
}
