package io.pcache.offline;

import io.pcache.log.Key;
import io.pcache.log.KeySetReader;
import io.pcache.log.LogWalk;
import io.pcache.log.Position;
import io.pcache.log.Tails;
import io.pcache.media.DeviceLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.metadata.RecordKind;
import java.util.ArrayList;
import java.util.List;

/**
 * Checks the log, and how tails and generations fit the log.
 *
 * <p>The mends here rely on two facts. First, garbage collection never passes the dirty tail. So everything in front of
 * the dirty tail is on the backing device, and the key tail may be moved up to the dirty tail: nothing is lost but data
 * that saves reads. Second, suppose that the whole log is written back from the key tail on, in order, and up to the
 * log's real end. Then the newest data is everywhere in the end. So the dirty tail may be moved back to the key tail.
 */
final class LogCheck {
    /** A problem in a key-set. It does not matter if the key-set is in front of the dirty tail. */
    private record InKeySet(
            Problem problem, long deviceOffset, String where, String found, long next, boolean behindDirtyTail) {}

    private final Examination examination;
    private final Findings findings;
    private final CacheView view;
    private final TailCheck tails;
    private final long backingBytes;
    private final GenerationCheck generations;
    private final List<InKeySet> inKeySets = new ArrayList<>();
    private LogScan scan;
    private long dirtyKeys;
    private long dirtyBytes;
    private List<KeySetRun> behind = List.of();

    LogCheck(Examination examination, SegmentCheck segments, TailCheck tails, long backingBytes) {
        this.examination = examination;
        this.findings = examination.findings;
        this.view = examination.view;
        this.tails = tails;
        this.backingBytes = backingBytes;
        this.generations = new GenerationCheck(examination, segments);
    }

    void run() {
        examination.progress.at("log", 0, 0);
        if (tails.key() == TailCheck.State.LOST) {
            withoutKeyTail();
            return;
        }
        scan = scan(this::key).lookFor(view.dirtyTail);
        scan.run(view.keyTail);
        if (scan.ending() == LogWalk.End.DAMAGED) {
            behind = new KeySetSearch(examination.memory, view, backingBytes).behind(scan.end());
        } else if (scan.isComplete()) {
            KeySetRun doubtful = new BehindEnd(examination.memory, view, backingBytes).find(scan, view.keyTail);
            behind = doubtful == null ? List.of() : List.of(doubtful);
        }
        boolean seen = scan.targetSeen();
        Mend passed = seen ? null : passDamage();
        reportTails(seen, passed);
        reportKeySets(seen);
        reportEnd(seen, passed);
        generations.report(scan);
    }

    private LogScan scan(LogScan.Keys sink) {
        return new LogScan(examination.memory, view, backingBytes, sink);
    }

    private void key(KeySetReader keySet, int index, Key key, String violation) {
        if (violation != null) {
            boolean behind = scan.targetSeen();
            inKeySets.add(new InKeySet(
                    Problem.KEY_INVALID,
                    keySet.deviceOffset() + KeySetLayout.key(index),
                    "key " + index + " of the key-set at " + Position.text(keySet.position()),
                    violation,
                    keySet.next(),
                    behind));
        } else {
            generations.key(key);
            if (scan.targetSeen() && !key.isClean() && !view.isStale(key)) {
                dirtyKeys++;
                dirtyBytes += key.length;
            }
        }
    }

    // ---- tails

    private void reportTails(boolean dirtyTailSeen, Mend passed) {
        if (dirtyTailSeen) {
            reportTailsThatFit();
            return;
        }
        if (tails.dirty() == TailCheck.State.LOST) {
            tails.reportKey(false, null);
            tails.reportDirty(false, backToKeyTail());
            return;
        }
        Mend mend = passed;
        if (mend == null && tails.key() == TailCheck.State.HALF && tails.dirty() == TailCheck.State.WHOLE) {
            mend = upToDirtyTail();
        }
        if (mend == null && tails.dirty() == TailCheck.State.HALF) {
            mend = backToKeyTail();
        }
        tails.reportKey(false, null);
        tails.reportDirty(false, null);
        findings.add(
                Problem.DIRTY_TAIL_NOT_IN_LOG,
                RecordKind.DIRTY_TAIL.place(0),
                "the dirty tail",
                Position.text(view.dirtyTail),
                "a position in the log, which begins at " + Position.text(view.keyTail) + " and ends at "
                        + Position.text(scan.end()),
                mend);
    }

    /**
     * Reports the tails when the walk from the key tail has come to the dirty tail. Like activation, this does not
     * simply believe a tail that may be older than the tail that was in force; see {@link Tails}.
     */
    private void reportTailsThatFit() {
        boolean keyHalf = tails.key() == TailCheck.State.HALF;
        boolean dirtyHalf = tails.dirty() == TailCheck.State.HALF;
        if (keyHalf && dirtyHalf) {
            tails.reportKey(false, null);
            tails.reportDirty(false, null);
            return;
        }
        tails.reportKey(!keyHalf, keyHalf ? upToDirtyTail() : null);
        boolean believed = !dirtyHalf || Tails.isNotPassed(view.dirtyTail, view.keyTail);
        tails.reportDirty(believed, believed ? null : backToKeyTail());
    }

    /** Null if some of the log from the key tail on may be missing. */
    private Mend backToKeyTail() {
        if (tails.key() != TailCheck.State.WHOLE || !scan.isComplete() || scan.staleKeys() > 0) {
            return null;
        }
        return TailCheck.move(
                RecordKind.DIRTY_TAIL,
                view.keyTail,
                "the log is whole from the key tail on, and can all be written back once more");
    }

    private Mend upToDirtyTail() {
        boolean good = scan(LogScan.Keys.NONE).run(view.dirtyTail).isGood();
        return good
                ? TailCheck.move(
                        RecordKind.KEY_TAIL, view.dirtyTail, "all in front of the dirty tail is on the backing device")
                : null;
    }

    private void withoutKeyTail() {
        Mend mend = null;
        if (tails.dirty() == TailCheck.State.WHOLE) {
            mend = upToDirtyTail();
        }
        boolean dirtyLost = tails.dirty() == TailCheck.State.LOST;
        if (mend == null && generations.isReliable()) {
            long start = new LogFinder(examination.memory, view, backingBytes).find();
            if (start >= 0) {
                mend = TailCheck.move(
                        RecordKind.KEY_TAIL,
                        start,
                        "the log is whole from there on; all in front of it is on the backing device");
                Mend both = TailCheck.move(
                        RecordKind.DIRTY_TAIL,
                        start,
                        "the log is whole from there on, and can all be written back once more");
                tails.reportKey(false, mend);
                tails.reportDirty(false, dirtyLost ? both : null);
                return;
            }
        }
        tails.reportKey(false, mend);
        tails.reportDirty(false, null);
    }

    // ---- key-sets

    private void reportKeySets(boolean dirtyTailSeen) {
        long passable = -1;
        for (InKeySet problem : inKeySets) {
            passable = problem.behindDirtyTail() ? passable : problem.next();
        }
        Mend pass = passable >= 0 && dirtyTailSeen
                ? TailCheck.move(RecordKind.KEY_TAIL, passable, "all up to there is on the backing device")
                : null;
        for (InKeySet problem : inKeySets) {
            findings.add(
                    problem.problem(),
                    problem.deviceOffset(),
                    problem.where(),
                    problem.found(),
                    "",
                    problem.behindDirtyTail() ? null : pass);
        }
    }

    // ---- end

    /**
     * The mend for a log that ends in damage before the dirty tail was met. If the dirty tail is certain to be behind
     * the damage, everything that the damage may have hit is on the backing device.
     */
    private Mend passDamage() {
        boolean damaged = scan.ending() == LogWalk.End.DAMAGED || scan.ending() == LogWalk.End.TORN;
        if (!damaged || tails.dirty() != TailCheck.State.WHOLE) {
            return null;
        }
        boolean met;
        if (Position.segment(view.dirtyTail) == Position.segment(scan.end())) {
            met = KeySetSearch.isKeySetLength(Position.offset(view.dirtyTail) - Position.offset(scan.end()));
        } else {
            // Where there is no room for a full key-set, only a LAST key-set can have been.
            met = Position.offset(scan.end())
                            > DeviceLayout.SEGMENT_DATA_BYTES - KeySetLayout.MAX_BYTES - KeySetLayout.HEADER_BYTES
                    && leadsToDirtyTail(Position.of(Position.segment(view.dirtyTail), 0));
        }
        for (KeySetRun run : behind) {
            met |= leadsToDirtyTail(run.from());
        }
        return met ? upToDirtyTail() : null;
    }

    private boolean leadsToDirtyTail(long from) {
        return scan(LogScan.Keys.NONE).lookFor(view.dirtyTail).run(from).targetSeen();
    }

    private void reportEnd(boolean dirtyTailSeen, Mend passed) {
        if (scan.isComplete()) {
            for (KeySetRun run : behind) {
                findings.add(
                        Problem.LOG_BEHIND_END,
                        view.dataOffset(Position.segment(run.from())) + Position.offset(run.from()),
                        "behind the log's end at " + Position.text(scan.end()),
                        run.keySets() + " key-sets with " + run.keys() + " keys up to " + Position.text(run.end()),
                        "");
            }
            return;
        }
        long at = view.dataOffset(Position.segment(scan.end())) + Position.offset(scan.end());
        String where = "the key-set at " + Position.text(scan.end());
        String found = examination.memory.isUnreadable(at, KeySetLayout.HEADER_BYTES)
                ? "the device fails to read it"
                : scan.damage().what();
        if (scan.ending() == LogWalk.End.TORN) {
            findings.add(Problem.LOG_TORN_END, at, where, found, "", dirtyTailSeen ? terminate(at) : passed);
        } else if (scan.ending() == LogWalk.End.DAMAGED) {
            findings.add(Problem.LOG_CORRUPT, at, where, found, "", passed);
        } else {
            findings.add(Problem.LOG_LOOP, at, where, found, "");
        }
    }

    private static Mend terminate(long at) {
        return new Mend("end the log in front of the damaged key-set, as activation does", draft -> {
            draft.zero(at, KeySetLayout.HEADER_BYTES);
            draft.drain();
            draft.sync();
        });
    }

    // ---- what was found

    /** The walk from the key tail; null if there is no key tail. */
    LogScan scan() {
        return scan;
    }

    /** Number of keys from the dirty tail on that are to be written back. */
    long dirtyKeys() {
        return dirtyKeys;
    }

    /** The sum of these keys' lengths. */
    long dirtyBytes() {
        return dirtyBytes;
    }

    /** The rows of key-sets behind the place at which the log stopped. */
    List<KeySetRun> behind() {
        return behind;
    }
}
