package io.pcache.crash;

import java.util.ArrayList;
import java.util.List;

/**
 * What was written to a device and when, and the judge of what is found there after a crash. Time is a count of events,
 * and each judgement is as of a moment: what came later does not count.
 *
 * <p>A write is <em>older</em> than another if it had ended before the other was submitted. Two that were under way
 * together are in no order; the driver lets no two such overlap. A read after recovery is final: {@link #recovered}
 * forgets the writes that were lost, so that one which comes back later is found out.
 */
final class History {
    private static final long NEVER = Long.MAX_VALUE;
    private static final int NONE = 0;

    private static final class Write {
        private final long submitted;
        private final boolean fua;
        private long ended = NEVER;

        Write(long submitted, boolean fua) {
            this.submitted = submitted;
            this.fua = fua;
        }
    }

    private record Flush(long submitted, long ended) {}

    private final List<Write> writes = new ArrayList<>();
    /** Writes of each judged sector in the order of submission. */
    private final List<List<Integer>> versions = new ArrayList<>();
    /** Flushes that succeeded. */
    private final List<Flush> flushes = new ArrayList<>();

    private long clock;

    History() {
        for (int sector = 0; sector < Zones.COUNT; sector++) {
            versions.add(new ArrayList<>());
        }
        // What the device held at first: older than all, and durable.
        Write first = new Write(0, false);
        first.ended = 0;
        writes.add(first);
    }

    // What happens

    long now() {
        return clock;
    }

    /** A write of judged sectors is being submitted; returns its id. */
    int write(int firstSector, int sectors, boolean fua) {
        int id = writes.size();
        writes.add(new Write(++clock, fua));
        for (int sector = firstSector; sector < firstSector + sectors; sector++) {
            versions.get(sector).add(id);
        }
        return id;
    }

    void writeEnded(int id) {
        writes.get(id).ended = ++clock;
    }

    /** A flush is being submitted; returns when. */
    long flush() {
        return ++clock;
    }

    void flushEnded(long submitted) {
        flushes.add(new Flush(submitted, ++clock));
    }

    /** The history up to a moment, to go another way from there. */
    History at(long asOf) {
        History past = new History();
        past.clock = asOf;
        for (int id = 1; id < writes.size() && writes.get(id).submitted <= asOf; id++) {
            Write write = writes.get(id);
            Write copy = new Write(write.submitted, write.fua);
            copy.ended = write.ended <= asOf ? write.ended : NEVER;
            past.writes.add(copy);
        }
        for (int sector = 0; sector < Zones.COUNT; sector++) {
            for (int id : versions.get(sector)) {
                if (id < past.writes.size()) {
                    past.versions.get(sector).add(id);
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
     * The history that goes on after a crash of which this content is left. All of it is durable from now on, all else
     * is gone.
     */
    History recovered(int[] content) {
        History next = at(clock);
        next.clock++;
        for (int sector = 0; sector < Zones.COUNT; sector++) {
            int found = content[sector];
            next.versions.get(sector).removeIf(id -> id > found);
        }
        for (Write write : next.writes) {
            // What was found is there to stay, as if its write had ended.
            write.ended = Math.min(write.ended, next.clock);
        }
        next.flushes.add(new Flush(next.clock, next.clock));
        next.clock++;
        return next;
    }

    // What is right

    /**
     * Judges what a cache gives after a crash: every sector holds a write to it, at least the last one that was
     * flushed; and if a write is there, all that are older than it are there or overwritten.
     *
     * @param nothingLost whether all that had ended by then must be there, flushed or not
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
     * Judges a backing device whose cache is lost: like a disk with a volatile cache after a power cut. Every sector
     * holds a write to it; and for each flush, either all writes that had ended before it are there or overwritten, or
     * no write is there that came after it. A write with FUA is in front of all that came after it in the same way.
     *
     * @return what is wrong, or null
     */
    String judgeBacking(int[] content, long asOf) {
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

    /** Judges as of now. */
    String judgeBacking(int[] content) {
        return judgeBacking(content, clock);
    }

    /** Judges what is found when no write is under way and nothing was lost: the newest, everywhere. */
    String judgeNewest(int[] content) {
        for (int sector = 0; sector < Zones.COUNT; sector++) {
            List<Integer> ids = versions.get(sector);
            int newest = ids.isEmpty() ? NONE : ids.get(ids.size() - 1);
            if (content[sector] != newest) {
                return at(sector) + " holds write " + content[sector] + ", expected " + newest;
            }
        }
        return null;
    }

    /** When the newest write that is to be seen was submitted. */
    private long newest(int[] content) {
        long newest = 0;
        for (int id : content) {
            newest = Math.max(newest, writes.get(id).submitted);
        }
        return newest;
    }

    /**
     * Fails if a read gave anything but what had been written when it was submitted, or was being written meanwhile.
     */
    void judgeRead(int[] content, int firstSector, long submitted) {
        for (int i = 0; i < content.length; i++) {
            List<Integer> ids = versions.get(firstSector + i);
            if (content[i] == Zones.MIXED || content[i] != NONE && !ids.contains(content[i])) {
                throw new AssertionError("read: " + at(firstSector + i) + " gives " + content[i]);
            }
            Write found = writes.get(content[i]);
            for (int id : ids) {
                if (writes.get(id).ended <= submitted && found.ended < writes.get(id).submitted) {
                    throw new AssertionError("read: " + at(firstSector + i) + " gives " + content[i] + ", but write "
                            + id + " had ended before");
                }
            }
        }
    }

    private String judgeSingly(int[] content, long asOf) {
        for (int sector = 0; sector < Zones.COUNT; sector++) {
            int id = content[sector];
            if (id == Zones.MIXED) {
                return at(sector) + " is a mixture or of another place";
            }
            if (id != NONE && (!versions.get(sector).contains(id) || writes.get(id).submitted > asOf)) {
                return at(sector) + " holds write " + id + ", which was not written there or had been lost";
            }
        }
        return null;
    }

    /**
     * Must be there, or overwritten: writes that had ended by {@code boundary}, or before {@code newest}, and those
     * with FUA that had ended by {@code asOf}.
     */
    private String judgeOrder(int[] content, long boundary, long newest, long asOf) {
        for (int sector = 0; sector < Zones.COUNT; sector++) {
            Write found = writes.get(content[sector]);
            List<Integer> ids = versions.get(sector);
            for (int i = ids.size() - 1; i >= 0 && ids.get(i) > content[sector]; i--) {
                Write write = writes.get(ids.get(i));
                String promise = write.ended <= boundary
                        ? "had ended before the flush, or the kill, of " + boundary
                        : write.ended < newest
                                ? "had ended before a write was submitted that is there, at " + newest
                                : write.fua && write.ended <= asOf ? "had FUA" : null;
                if (promise != null && found.ended < write.submitted) {
                    return at(sector) + " holds write " + content[sector] + ", but write " + ids.get(i) + " ("
                            + write.submitted + " to " + write.ended + ") " + promise;
                }
            }
        }
        return null;
    }

    private static String at(int sector) {
        return "judged sector " + sector + " (device byte " + Zones.offset(sector) + ")";
    }
}
