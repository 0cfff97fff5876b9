package io.pcache.crash;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Records what was written to a device and when, and judges what is found there after a crash. Time is a count of
 * events. Each judgement is as of a moment: later events do not count.
 *
 * <p>A write is <em>older</em> than another if it had ended before the other was submitted. Two writes that were under
 * way together are in no order at first. A read may give one of the two after the other has ended: from then on, the
 * write that had ended is the older one, since a value must not change without a write. A read after recovery is final:
 * {@link #recovered} forgets the writes that were lost, so that a lost write that comes back later is found.
 */
final class History {
    static final long NEVER = Long.MAX_VALUE;
    private static final int NONE = 0;

    private static final class Write {
        private final long submitted;
        private boolean fua;
        /** Whether another write of one of its sectors was under way at the same time. */
        private boolean overlaps;

        private long ended = NEVER;

        Write(long submitted, boolean fua) {
            this.submitted = submitted;
            this.fua = fua;
        }
    }

    /**
     * @param reachesBacking whether the flush was a client's. A client's flush also makes durable what was written
     *     through
     */
    private record Flush(long submitted, long ended, boolean reachesBacking) {}

    /** A read has given this write, which was in no order with another write. */
    private record Sight(int id, long submitted, long ended) {}

    private final List<Write> writes = new ArrayList<>();
    /** Writes of each judged sector in the order of submission. */
    private final List<List<Integer>> versions = new ArrayList<>();
    /** The writes of {@link #versions} that have FUA. */
    private final List<List<Integer>> fuaVersions = new ArrayList<>();
    /** For each judged sector, the writes that had not ended when the sector was last written. */
    private final List<List<Integer>> underWay = new ArrayList<>();
    /** The writes that reads of each judged sector have given. */
    private final List<List<Sight>> sights = new ArrayList<>();
    /** Flushes that succeeded. */
    private final List<Flush> flushes = new ArrayList<>();

    private long clock;

    History() {
        for (int sector = 0; sector < Zones.COUNT; sector++) {
            versions.add(new ArrayList<>());
            fuaVersions.add(new ArrayList<>());
            underWay.add(new ArrayList<>());
            sights.add(new ArrayList<>());
        }
        // The device's first content: older than all writes, and durable.
        Write first = new Write(0, false);
        first.ended = 0;
        writes.add(first);
    }

    // What happens

    long now() {
        return clock;
    }

    /** Records that a write of judged sectors is being submitted; returns the write's id. */
    int write(int firstSector, int sectors, boolean fua) {
        int id = writes.size();
        Write write = new Write(++clock, fua);
        writes.add(write);
        for (int sector = firstSector; sector < firstSector + sectors; sector++) {
            for (int other : underWay(sector)) {
                write.overlaps = true;
                writes.get(other).overlaps = true;
            }
            versions.get(sector).add(id);
            if (fua) {
                fuaVersions.get(sector).add(id);
            }
            underWay.get(sector).add(id);
        }
        return id;
    }

    private List<Integer> underWay(int sector) {
        List<Integer> ids = underWay.get(sector);
        ids.removeIf(id -> writes.get(id).ended < NEVER);
        return ids;
    }

    void writeEnded(int id) {
        writes.get(id).ended = ++clock;
    }

    /** Records that a flush is being submitted; returns the time. */
    long flush() {
        return ++clock;
    }

    void flushEnded(long submitted) {
        flushes.add(new Flush(submitted, ++clock, true));
    }

    /** Records that all writes that have ended are durable in the cache. */
    void committed() {
        flushes.add(new Flush(clock, ++clock, false));
    }

    /** The history up to a moment, from which events may take another course. */
    History at(long asOf) {
        History past = new History();
        past.clock = asOf;
        for (int id = 1; id < writes.size() && writes.get(id).submitted <= asOf; id++) {
            Write write = writes.get(id);
            Write copy = new Write(write.submitted, write.fua);
            copy.ended = write.ended <= asOf ? write.ended : NEVER;
            copy.overlaps = write.overlaps;
            past.writes.add(copy);
        }
        for (int sector = 0; sector < Zones.COUNT; sector++) {
            for (int id : versions.get(sector)) {
                if (id < past.writes.size()) {
                    past.versions.get(sector).add(id);
                }
            }
            for (int id : fuaVersions.get(sector)) {
                if (id < past.writes.size()) {
                    past.fuaVersions.get(sector).add(id);
                }
            }
            for (Sight sight : sights.get(sector)) {
                if (sight.ended <= asOf) {
                    past.sights.get(sector).add(sight);
                }
            }
        }
        for (Flush flush : flushes) {
            if (flush.ended <= asOf) {
                past.flushes.add(flush);
            }
        }
        return past;
    }

    /**
     * The history after a crash that has left this content. All of the content is durable from now on, all else is
     * gone.
     */
    History recovered(int[] content) {
        History next = at(clock);
        next.clock++;
        for (int sector = 0; sector < Zones.COUNT; sector++) {
            next.forgetNewer(sector, content[sector]);
        }
        next.fuaVersions.forEach(ids -> ids.removeIf(id -> next.writes.get(id).ended == NEVER));
        for (Write write : next.writes) {
            // Nobody was promised that the backing device has it.
            write.fua &= write.ended < NEVER;
            // What was found is there to stay, as if its write had ended.
            write.ended = Math.min(write.ended, next.clock);
        }
        for (int sector = 0; sector < Zones.COUNT; sector++) {
            next.saw(sector, content[sector], next.clock);
        }
        next.flushes.add(new Flush(next.clock, next.clock, false));
        next.clock++;
        return next;
    }

    /** Forgets the writes of a sector that came after this write: they are lost. */
    private void forgetNewer(int sector, int id) {
        for (int newer = newer(sector, id, clock, NEVER, NEVER);
                newer != NONE;
                newer = newer(sector, id, clock, NEVER, NEVER)) {
            int lost = newer;
            versions.get(sector).removeIf(other -> other == lost);
            fuaVersions.get(sector).removeIf(other -> other == lost);
            sights.get(sector).removeIf(sight -> sight.id == lost);
        }
    }

    /**
     * Finds a write of a sector that came after a given write, as far as was known at a moment. The found write had
     * ended by {@code endedBy}, or, if it had FUA, by {@code fuaEndedBy}. Returns {@link #NONE} if there is no such
     * write.
     */
    private int newer(int sector, int id, long asOf, long endedBy, long fuaEndedBy) {
        long ended = writes.get(id).ended;
        List<Integer> ids = versions.get(sector);
        for (int i = submittedBefore(ids, endedBy) - 1; i >= 0 && writes.get(ids.get(i)).submitted > ended; i--) {
            if (writes.get(ids.get(i)).ended <= endedBy) {
                return ids.get(i);
            }
        }
        List<Integer> withFua = fuaVersions.get(sector);
        for (int i = withFua.size() - 1; i >= 0 && writes.get(withFua.get(i)).submitted > ended; i--) {
            if (writes.get(withFua.get(i)).ended <= fuaEndedBy) {
                return withFua.get(i);
            }
        }
        for (Sight sight : sights.get(sector)) {
            Write seen = writes.get(sight.id);
            if (sight.id != id
                    && sight.ended <= asOf
                    && ended <= sight.submitted
                    && seen.ended <= (seen.fua ? fuaEndedBy : endedBy)) {
                return sight.id;
            }
        }
        return NONE;
    }

    /** The number of these writes that were submitted before a time. */
    private int submittedBefore(List<Integer> ids, long time) {
        int low = 0;
        int high = ids.size();
        while (low < high) {
            int middle = low + high >>> 1;
            if (writes.get(ids.get(middle)).submitted < time) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Records that a read, submitted at this time and ending now, has given a write. */
    private void saw(int sector, int id, long submitted) {
        if (writes.get(id).overlaps) {
            sights.get(sector).add(new Sight(id, submitted, clock));
        }
    }

    // What is right

    /**
     * Judges what a cache gives after a crash. Every sector holds a write to that sector: the last write that was
     * flushed, or a newer one. If a write is there, all older writes are there or overwritten.
     *
     * @param nothingLost whether all writes that had ended by then must be there, flushed or not
     * @return what is wrong, or null
     */
    String judge(int[] content, long asOf, boolean nothingLost) {
        long flushed = nothingLost ? asOf : 0;
        for (Flush flush : flushes) {
            flushed = flush.ended <= asOf ? Math.max(flushed, flush.submitted) : flushed;
        }
        String wrong = judgeSingly(content, asOf);
        return wrong != null ? wrong : judgeOrder(content, flushed, newest(content), asOf);
    }

    /**
     * Judges a backing device that has lost its cache, which had written back. The rules are those of a disk with a
     * volatile cache after a power cut. Every sector holds a write to that sector. For each flush, either all writes
     * that had ended before the flush are there or overwritten, or no write is there that came after the flush. A write
     * with FUA separates older and newer writes in the same way.
     *
     * @return what is wrong, or null
     */
    String judgeWrittenBack(int[] content, long asOf) {
        String wrong = judgeSingly(content, asOf);
        if (wrong != null) {
            return wrong;
        }
        long newest = newest(content);
        long boundary = 0;
        for (Flush flush : flushes) {
            boundary = flush.ended < newest ? Math.max(boundary, flush.submitted) : boundary;
        }
        return judgeOrder(content, boundary, 0, newest - 1);
    }

    /**
     * Judges a backing device that has lost its cache, which had written through. Every sector holds a write to that
     * sector: the last write that was flushed or had FUA since nothing in the cache was dirty from before, or a newer
     * one.
     *
     * @param since the time from which on nothing in the cache was dirty from before; {@link #NEVER} for not yet
     * @return what is wrong, or null
     */
    String judgeWrittenThrough(int[] content, long asOf, long since) {
        String wrong = judgeSingly(content, asOf);
        if (wrong != null || since > asOf) {
            return wrong;
        }
        long flushed = 0;
        for (Flush flush : flushes) {
            boolean counts = flush.reachesBacking && flush.ended <= asOf && flush.submitted > since;
            flushed = counts ? Math.max(flushed, flush.submitted) : flushed;
        }
        return judgeOrder(content, flushed, 0, asOf);
    }

    /**
     * Judges what is found when no write is under way and nothing was lost: in every sector, the newest write that has
     * ended, or a later write that failed.
     */
    String judgeNewest(int[] content) {
        String wrong = judgeSingly(content, clock);
        for (int sector = 0; wrong == null && sector < Zones.COUNT; sector++) {
            int newer = newer(sector, content[sector], clock, clock, clock);
            if (newer != NONE) {
                wrong = at(sector) + " holds write " + content[sector] + ", which is older than " + newer;
            }
        }
        return wrong;
    }

    /** The time when the newest of the writes in a content was submitted. */
    private long newest(int[] content) {
        long newest = 0;
        for (int id : content) {
            newest = Math.max(newest, writes.get(id).submitted);
        }
        return newest;
    }

    /**
     * Fails if a read gave anything but what had been written when the read was submitted, or was being written
     * meanwhile.
     */
    void judgeRead(int[] content, int firstSector, long submitted) {
        clock++;
        for (int i = 0; i < content.length; i++) {
            int sector = firstSector + i;
            if (!isWriteOf(sector, content[i])) {
                throw new AssertionError("read: " + at(sector) + " gives " + content[i]);
            }
            int newer = newer(sector, content[i], clock, submitted, submitted);
            if (newer != NONE) {
                throw new AssertionError(
                        "read: " + at(sector) + " gives " + content[i] + ", but write " + newer + " had ended before");
            }
            saw(sector, content[i], submitted);
        }
    }

    private boolean isWriteOf(int sector, int id) {
        return id == NONE || id != Zones.MIXED && Collections.binarySearch(versions.get(sector), id) >= 0;
    }

    private String judgeSingly(int[] content, long asOf) {
        for (int sector = 0; sector < Zones.COUNT; sector++) {
            int id = content[sector];
            if (id == Zones.MIXED) {
                return at(sector) + " is a mixture or of another place";
            }
            if (!isWriteOf(sector, id) || writes.get(id).submitted > asOf) {
                return at(sector) + " holds write " + id + ", which was not written there or had been lost";
            }
        }
        return null;
    }

    /**
     * Checks that certain writes are there, or overwritten: those that had ended by {@code boundary}, those that had
     * ended before {@code newest}, and those with FUA that had ended by {@code asOf}.
     */
    private String judgeOrder(int[] content, long boundary, long newest, long asOf) {
        for (int sector = 0; sector < Zones.COUNT; sector++) {
            int missing = newer(sector, content[sector], asOf, Math.max(boundary, newest - 1), asOf);
            if (missing != NONE) {
                Write write = writes.get(missing);
                String promise = write.ended <= boundary
                        ? "had ended before the flush, or the kill, of " + boundary
                        : write.ended < newest
                                ? "had ended before a write was submitted that is there, at " + newest
                                : "had FUA";
                return at(sector) + " holds write " + content[sector] + ", but write " + missing + " ("
                        + write.submitted + " to " + write.ended + ") " + promise;
            }
        }
        return null;
    }

    private static String at(int sector) {
        return "judged sector " + sector + " (device byte " + Zones.offset(sector) + ")";
    }
}
