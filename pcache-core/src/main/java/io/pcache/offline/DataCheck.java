package io.pcache.offline;

import io.pcache.log.Key;
import io.pcache.log.KeySetReader;
import io.pcache.log.Position;
import io.pcache.metadata.RecordKind;
import java.util.ArrayList;
import java.util.List;

/**
 * Checks the data that keys name, by its checksums; for caches with data_crc. Memory grows with the amount of damaged
 * data, not with the amount of data.
 *
 * <p>Linux's own target verifies every key of the log that is not stale, even a key that newer data covers, and refuses
 * the cache if a single key is damaged. So a mend always passes damaged data that is on the backing device.
 */
final class DataCheck {
    private record Damaged(
            long offset,
            int length,
            boolean clean,
            boolean behindDirtyTail,
            long position,
            int index,
            long next,
            long deviceOffset) {}

    private final Examination examination;
    private final CacheView view;
    private final LogScan scan;
    private final long keyCount;
    private final List<Damaged> damaged = new ArrayList<>();
    /** The ranges of the backing device whose newest data is damaged, as far as the walk has come. */
    private final RangeSet ranges = new RangeSet();

    private long keys;
    private long checkedBytes;

    DataCheck(Examination examination, long backingBytes) {
        this.examination = examination;
        this.view = examination.view;
        this.keyCount = examination.log().scan().keys();
        this.scan = new LogScan(examination.memory, view, backingBytes, this::key);
    }

    void run() {
        scan.lookFor(view.dirtyTail).run(view.keyTail);
        report();
    }

    private void key(KeySetReader keySet, int index, Key key, String violation) {
        examination.progress.at("data", keys++, keyCount);
        if (violation != null || view.isStale(key)) {
            return;
        }
        long at = view.dataOffset(key.segment) + key.place;
        checkedBytes += key.length;
        if (examination.memory.checksum(at, key.length) == key.dataCrc) {
            ranges.remove(key.offset, key.length);
        } else if (damaged.size() < Findings.MOST) {
            ranges.add(key.offset, key.length);
            damaged.add(new Damaged(
                    key.offset,
                    key.length,
                    key.isClean(),
                    scan.targetSeen(),
                    keySet.position(),
                    index,
                    keySet.next(),
                    at));
        }
    }

    private void report() {
        long passable = -1;
        for (Damaged key : damaged) {
            passable = key.behindDirtyTail() ? passable : key.next();
        }
        Mend pass = passable < 0
                ? null
                : TailCheck.move(RecordKind.KEY_TAIL, passable, "all up to there is on the backing device");
        for (Damaged key : damaged) {
            boolean inForce = ranges.intersects(key.offset(), key.length());
            Problem problem = !inForce
                    ? Problem.DATA_DAMAGED_OVERWRITTEN
                    : key.clean() || !key.behindDirtyTail() ? Problem.DATA_DAMAGED : Problem.DATA_LOST;
            examination.findings.add(
                    problem,
                    key.deviceOffset(),
                    "the data of device bytes " + key.offset() + " + " + key.length() + ", key " + key.index()
                            + " of the key-set at " + Position.text(key.position()),
                    examination.condition(key.deviceOffset(), key.length())
                            + (key.behindDirtyTail() && problem != Problem.DATA_LOST
                                    ? "; can be passed once the dirty data in front of it is written back"
                                    : ""),
                    "",
                    key.behindDirtyTail() ? null : pass);
        }
    }

    /** Number of bytes whose checksum was computed. */
    long checkedBytes() {
        return checkedBytes;
    }
}
