package io.pcache.request;

import io.pcache.health.Health;
import io.pcache.index.CacheIndex;
import io.pcache.index.Extent;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.segment.CachedData;
import io.pcache.segment.DataChecksums;
import io.pcache.segment.SegmentTable;
import io.pcache.stats.QueueStats;
import io.pcache.stats.RequestCounter;
import io.pcache.sys.Errno;
import java.io.UncheckedIOException;
import java.util.function.Predicate;

/**
 * A read's way, subtree by subtree: looked up under the lock, with references taken; then the hits are copied out and
 * the misses go to the {@link FillPath}. A miss that finds no free {@link Fill} waits.
 */
final class ReadPath implements FillPath.Answered {
    /** Extents looked up at a time. */
    private static final int EXTENTS = RequestData.MAX_PLACES;

    private final CacheMemory memory;
    private final CacheIndex index;
    private final SegmentTable segments;
    private final DataChecksums checksums;
    private final DataChecksums.Verifier verifier;
    private final Health health;
    private final QueueStats stats;
    private final Completion completion;
    private final long[] extents = new long[EXTENTS];
    private final long[] places = new long[EXTENTS];
    private final int[] lengths = new int[EXTENTS];
    private final RequestFifo waiting = new RequestFifo();
    private FillPath fills;

    ReadPath(CachedData data, CacheIndex index, Health health, QueueStats stats, Completion completion) {
        this.memory = data.memory();
        this.index = index;
        this.segments = data.segments();
        this.checksums = data.checksums();
        this.verifier = data::matches;
        this.health = health;
        this.stats = stats;
        this.completion = completion;
    }

    /** To be called once, before the first read. */
    void missesGoTo(FillPath path) {
        this.fills = path;
    }

    void read(Request request) {
        // A hit overtakes misses that wait, however slow the backing device is. A miss does not: while one waits, no
        // fill is free.
        if (!tryRead(request)) {
            completion.deferred(request);
            waiting.add(request);
        }
    }

    /** Goes on with reads that waited for a fill; returns how many are under way. */
    int resume() {
        int resumed = 0;
        while (!waiting.isEmpty()) {
            // Out of the list first: when it has ended, its owner may use it again.
            Request request = waiting.remove();
            if (!tryRead(request)) {
                waiting.putBack(request);
                break;
            }
            resumed++;
        }
        return resumed;
    }

    void giveUp(Predicate<Request> which) {
        for (RequestFifo given = waiting.removeIf(which); !given.isEmpty(); ) {
            Request request = given.remove();
            request.error = -Errno.EIO;
            request.issued = true;
            answered(request);
        }
        fills.giveUp(which);
    }

    /** Goes on with a read until all of it is answered or under way; false if it must wait for a free {@link Fill}. */
    private boolean tryRead(Request request) {
        while (request.done < request.length) {
            if (!readPart(request)) {
                return false;
            }
        }
        request.issued = true;
        answered(request);
        return true;
    }

    @Override
    public void answered(Request request) {
        if (request.issued && request.pending == 0) {
            completion.finish(request, request.error);
        }
    }

    /** Reads on within one subtree; false if it must wait for a free {@link Fill}. */
    private boolean readPart(Request request) {
        long offset = request.offset + request.done;
        int subtree = CacheIndex.subtree(offset);
        long base = (long) subtree << DeviceLayout.SUBTREE_SHIFT;
        int from = CacheIndex.sector(offset);
        int sectors = (int)
                Math.min(request.length - request.done >>> DeviceLayout.SECTOR_SHIFT, Extent.SUBTREE_SECTORS - from);
        int cursor = from;
        int end;
        int hits = 0;
        Fill missing = null;
        synchronized (index.lock(subtree)) {
            int found = index.find(subtree, from, sectors, extents);
            end = found == EXTENTS ? Extent.end(extents[EXTENTS - 1]) : from + sectors;
            while (cursor < end) {
                if (hits < found && Extent.from(extents[hits]) == cursor) {
                    segments.acquire(Extent.segment(extents[hits]));
                    cursor = Extent.end(extents[hits++]);
                    continue;
                }
                int gapEnd = hits < found ? Extent.from(extents[hits]) : end;
                Fill fill = fills.take(
                        request,
                        subtree,
                        base + ((long) cursor << DeviceLayout.SECTOR_SHIFT),
                        gapEnd - cursor << DeviceLayout.SECTOR_SHIFT);
                if (fill == null) {
                    break;
                }
                fill.next = missing;
                missing = fill;
                cursor += fill.length >>> DeviceLayout.SECTOR_SHIFT;
            }
        }
        request.done += (long) (cursor - from) << DeviceLayout.SECTOR_SHIFT;
        int answered = 0;
        while (answered < hits) {
            answered = answer(request, subtree, base, answered, hits);
        }
        while (missing != null) {
            Fill fill = missing;
            missing = fill.next;
            fill.next = null;
            fills.submit(fill);
        }
        return cursor == end;
    }

    /** Answers from {@code first} on as many hits as follow each other without a gap; returns the next one. */
    private int answer(Request request, int subtree, long base, int first, int hits) {
        int end = first + 1;
        while (end < hits && Extent.from(extents[end]) == Extent.end(extents[end - 1])) {
            end++;
        }
        if (end - first == 1 || !answerTogether(request, base, first, end)) {
            for (int i = first; i < end; i++) {
                answer(request, subtree, base, extents[i]);
            }
        }
        return end;
    }

    /**
     * Copies hits out of the cache at once and drops the references taken for them; false, and nothing is dropped, if
     * there is anything wrong with one.
     */
    private boolean answerTogether(Request request, long base, int first, int end) {
        int sectors = 0;
        try {
            for (int i = first; i < end; i++) {
                int segment = Extent.segment(extents[i]);
                int place = Extent.place(extents[i]) << DeviceLayout.SECTOR_SHIFT;
                int length = Extent.sectors(extents[i]) << DeviceLayout.SECTOR_SHIFT;
                if (checksums != null && !checksums.verify(segment, place, length, verifier)) {
                    return false;
                }
                places[i - first] = segments.dataOffset(segment) + place;
                lengths[i - first] = length;
                sectors += Extent.sectors(extents[i]);
            }
            long offset = base + ((long) Extent.from(extents[first]) << DeviceLayout.SECTOR_SHIFT);
            request.data.fromCache(memory, places, lengths, end - first, (int) (offset - request.offset));
        } catch (UncheckedIOException | CacheMemoryException e) {
            return false;
        }
        stats.add(RequestCounter.READ_HIT_SECTORS, sectors);
        health.cacheRead();
        for (int i = first; i < end; i++) {
            segments.release(Extent.segment(extents[i]));
        }
        return true;
    }

    /** Copies a hit out of the cache and drops the reference taken for it. */
    private void answer(Request request, int subtree, long base, long extent) {
        int segment = Extent.segment(extent);
        int place = Extent.place(extent) << DeviceLayout.SECTOR_SHIFT;
        int length = Extent.sectors(extent) << DeviceLayout.SECTOR_SHIFT;
        long offset = base + ((long) Extent.from(extent) << DeviceLayout.SECTOR_SHIFT);
        try {
            if (checksums == null || checksums.verify(segment, place, length, verifier)) {
                request.data.fromCache(
                        memory, segments.dataOffset(segment) + place, (int) (offset - request.offset), length);
                stats.add(RequestCounter.READ_HIT_SECTORS, length >>> DeviceLayout.SECTOR_SHIFT);
                health.cacheRead();
            } else {
                health.checksumFailed(damage(subtree, extent, "data checksum mismatch"));
                damaged(request, subtree, extent);
            }
        } catch (UncheckedIOException e) {
            request.error = -Errno.EIO;
            health.requestDataFailed("an answer from the cache was not taken: " + e.getMessage());
        } catch (CacheMemoryException e) {
            health.cacheReadFailed(damage(subtree, extent, e.getMessage()));
            damaged(request, subtree, extent);
        } finally {
            segments.release(segment);
        }
    }

    /**
     * Data in the cache is damaged or cannot be loaded: an entry that the backing device has, too, is dropped and read
     * again from there, a dirty one is an I/O error. Clean entries are fills, and writes that write-back has marked: no
     * newer write is dropped, since it has another place, and what is read instead of the entry is as new as the entry
     * was when this read found it.
     */
    private void damaged(Request request, int subtree, long extent) {
        if (!Extent.clean(extent)) {
            request.error = -Errno.EIO;
            return;
        }
        synchronized (index.lock(subtree)) {
            index.removePlace(subtree, extent);
        }
        fills.readAgain(request, subtree, offset(subtree, extent), Extent.sectors(extent) << DeviceLayout.SECTOR_SHIFT);
    }

    private static long offset(int subtree, long extent) {
        return ((long) subtree << DeviceLayout.SUBTREE_SHIFT)
                + ((long) Extent.from(extent) << DeviceLayout.SECTOR_SHIFT);
    }

    /** What is wrong with an extent, where, and what comes of that; see {@link #damaged}. */
    private String damage(int subtree, long extent, String what) {
        return what + " at byte "
                + (segments.dataOffset(Extent.segment(extent))
                        + ((long) Extent.place(extent) << DeviceLayout.SECTOR_SHIFT))
                + " of the cache device, device bytes " + offset(subtree, extent) + " + "
                + (Extent.sectors(extent) << DeviceLayout.SECTOR_SHIFT)
                + (Extent.clean(extent)
                        ? ": clean (read from there or already written back), read again from the backing device"
                        : ": dirty, I/O error");
    }
}
