package io.pcache.offline;

import io.pcache.log.Position;
import io.pcache.media.DeviceLayout;
import io.pcache.media.PositionLayout;
import io.pcache.metadata.DuplicatedRecord;
import io.pcache.metadata.DuplicatedRecord.CopyState;
import io.pcache.metadata.RecordKind;

/** Checks the key tail and the dirty tail by themselves. {@link LogCheck} checks how they fit the log. */
final class TailCheck {
    /** How far a tail can be relied on. */
    enum State {
        WHOLE,
        /** One copy is damaged, and may have been the newer one: the position may lie behind the right one. */
        HALF,
        LOST
    }

    private final Examination examination;
    private final DuplicatedRecord keyRecord;
    private final DuplicatedRecord dirtyRecord;
    private String keyProblem;
    private String dirtyProblem;
    private State key;
    private State dirty;

    TailCheck(Examination examination) {
        this.examination = examination;
        this.keyRecord = RecordKind.KEY_TAIL.in(examination.memory);
        this.dirtyRecord = RecordKind.DIRTY_TAIL.in(examination.memory);
    }

    /** Returns whether the log can be walked, or looked for. */
    boolean run() {
        keyProblem = load(keyRecord);
        dirtyProblem = load(dirtyRecord);
        key = state(keyRecord, keyProblem);
        dirty = state(dirtyRecord, dirtyProblem);
        examination.view.keyTail = key == State.LOST ? -1 : position(keyRecord);
        examination.view.dirtyTail = dirty == State.LOST ? -1 : position(dirtyRecord);
        return true;
    }

    private String load(DuplicatedRecord record) {
        if (!record.load()) {
            return examination.memory.isUnreadable(record.place(0), record.bytes())
                    ? "the device fails to read it"
                    : "neither copy is valid";
        }
        return Position.violation(
                record.getInt(PositionLayout.SEGMENT),
                record.getInt(PositionLayout.OFFSET),
                examination.view.chain.length);
    }

    private static State state(DuplicatedRecord record, String problem) {
        if (problem != null) {
            return State.LOST;
        }
        for (int copy = 0; copy < DeviceLayout.COPIES; copy++) {
            if (record.state(copy) == CopyState.DAMAGED || record.state(copy) == CopyState.UNREADABLE) {
                return State.HALF;
            }
        }
        return State.WHOLE;
    }

    private static long position(DuplicatedRecord record) {
        return Position.of(record.getInt(PositionLayout.SEGMENT), record.getInt(PositionLayout.OFFSET));
    }

    State key() {
        return key;
    }

    State dirty() {
        return dirty;
    }

    /**
     * Reports what is wrong with the key tail's copies.
     *
     * @param rewrite as {@code mend} of {@link CopyCheck#check}
     * @param makeUp makes up for a loss, even of a copy that may have been the newer one; null for none
     */
    void reportKey(boolean rewrite, Mend makeUp) {
        report(RecordKind.KEY_TAIL, keyRecord, Problem.KEY_TAIL_LOST, keyProblem, rewrite, makeUp);
    }

    void reportDirty(boolean rewrite, Mend makeUp) {
        report(RecordKind.DIRTY_TAIL, dirtyRecord, Problem.DIRTY_TAIL_LOST, dirtyProblem, rewrite, makeUp);
    }

    private void report(
            RecordKind kind, DuplicatedRecord record, Problem lost, String problem, boolean rewrite, Mend makeUp) {
        if (problem != null) {
            examination.findings.add(lost, record.place(0), "the " + kind, problem, "", makeUp);
        } else {
            new CopyCheck(examination).check(kind, 0, record, rewrite, makeUp);
        }
    }

    /** Moves a tail. */
    static Mend move(RecordKind kind, long position, String why) {
        return new Mend("set the " + kind + " to " + Position.text(position) + ": " + why, draft -> {
            DuplicatedRecord record = kind.in(draft);
            record.load();
            for (int copy = 0; copy < DeviceLayout.COPIES; copy++) {
                record.setInt(PositionLayout.SEGMENT, Position.segment(position))
                        .setInt(PositionLayout.OFFSET, Position.offset(position))
                        .store();
            }
        });
    }
}
