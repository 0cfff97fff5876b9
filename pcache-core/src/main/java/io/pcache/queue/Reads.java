package io.pcache.queue;

import io.pcache.backingleg.BackingLeg;
import io.pcache.backingleg.Fill;
import io.pcache.cacheleg.CacheLeg;
import io.pcache.health.Health;
import io.pcache.index.CacheIndex;
import io.pcache.index.Extent;
import io.pcache.media.DeviceLayout;
import io.pcache.policy.Admission;
import io.pcache.request.Request;
import io.pcache.request.RequestData;
import io.pcache.request.RequestProgress;
import io.pcache.route.CacheMode;
import io.pcache.route.Route;
import io.pcache.route.Router;
import io.pcache.segment.SegmentTable;
import io.pcache.stats.QueueStats;
import io.pcache.stats.RequestCounter;
import io.pcache.sys.Errno;
import java.io.UncheckedIOException;
import java.util.function.Predicate;

/**
 * Steers reads, subtree by subtree. Under the subtree's lock, a range is looked up, and references are taken. Then the
 * cache leg answers the hits, and the backing leg reads what is missing. What was read answers the request, too, and
 * goes to the cache unless a write came first or space is short. A read that finds no free {@link Fill} waits.
 */
final class Reads {
    /** Number of extents that are looked up at a time. */
    private static final int EXTENTS = RequestData.MAX_PLACES;

    private final CacheMode mode;
    private final CacheIndex index;
    private final SegmentTable segments;
    private final CacheLeg cache;
    private final BackingLeg backing;
    private final Writes writes;
    private final Admission admission;
    private final Health health;
    private final QueueStats stats;
    private final Join join;
    private final long[] extents = new long[EXTENTS];
    /** Parts of extents, as they are loaded. */
    private final long[] loads = new long[EXTENTS];

    private final RequestFifo waiting = new RequestFifo();

    Reads(
            CacheMode mode,
            CacheIndex index,
            SegmentTable segments,
            CacheLeg cache,
            BackingLeg backing,
            Writes writes,
            Admission admission,
            Health health,
            QueueStats stats,
            Join join) {
        this.mode = mode;
        this.index = index;
        this.segments = segments;
        this.cache = cache;
        this.backing = backing;
        this.writes = writes;
        this.admission = admission;
        this.health = health;
        this.stats = stats;
        this.join = join;
    }

    void read(Request request) {
        // A hit overtakes misses that wait, however slow the backing device is. A miss does not overtake them: while a
        // miss waits, no fill is free.
        if (!goOn(request)) {
            join.deferred(request);
            waiting.add(request);
        }
    }

    /** Goes on with reads that have waited for a fill. Returns how many of them are answered or under way. */
    int resume() {
        int resumed = 0;
        while (!waiting.isEmpty()) {
            // The request leaves the list first: when it has ended, its owner may use it again.
            Request request = waiting.remove();
            if (!goOn(request)) {
                waiting.putBack(request);
                break;
            }
            resumed++;
        }
        return resumed;
    }

    void giveUp(Predicate<Request> which) {
        for (RequestFifo given = waiting.removeIf(which); !given.isEmpty(); ) {
            join.ends(given.remove(), -Errno.EIO);
        }
    }

    /**
     * Goes on with a read until all of it is answered or under way. Returns false if the read must wait for a free
     * {@link Fill}.
     */
    private boolean goOn(Request request) {
        while (request.progress().done < request.length()) {
            if (!readPart(request)) {
                return false;
            }
        }
        join.ends(request, 0);
        return true;
    }

    /** Reads on within one subtree. Returns false if the read must wait for a free {@link Fill}. */
    private boolean readPart(Request request) {
        RequestProgress progress = request.progress();
        long offset = request.offset() + progress.done;
        int subtree = CacheIndex.subtree(offset);
        long base = (long) subtree << DeviceLayout.SUBTREE_SHIFT;
        int from = CacheIndex.sector(offset);
        int sectors = (int)
                Math.min(request.length() - progress.done >>> DeviceLayout.SECTOR_SHIFT, Extent.SUBTREE_SECTORS - from);
        int cursor = from;
        int end;
        int hits = 0;
        int parts = 0;
        Fill missing = null;
        synchronized (index.lock(subtree)) {
            int found = index.find(subtree, from, sectors, extents);
            end = found == EXTENTS ? Extent.end(extents[EXTENTS - 1]) : from + sectors;
            while (cursor < end && parts < EXTENTS) {
                boolean held = hits < found && Extent.from(extents[hits]) <= cursor;
                long rest = held ? Extent.clip(extents[hits], cursor, Extent.end(extents[hits])) : Extent.NONE;
                int loaded = held ? cache.reserveLoad(rest) : 0;
                boolean free = held ? loaded > 0 : backing.hasFreeFill();
                Route route = Router.route(Request.Op.READ, mode, (held ? Router.HELD : 0) | (free ? 0 : Router.BUSY));
                if (route == Route.WAIT) {
                    break;
                }
                if (route == Route.CACHE) {
                    segments.acquire(Extent.segment(rest));
                    loads[parts++] = Extent.clip(rest, cursor, cursor + loaded);
                    cursor += loaded;
                    hits += cursor == Extent.end(rest) ? 1 : 0;
                    continue;
                }
                int gapEnd = hits < found ? Extent.from(extents[hits]) : end;
                Fill fill = backing.take(
                        request,
                        subtree,
                        base + ((long) cursor << DeviceLayout.SECTOR_SHIFT),
                        gapEnd - cursor << DeviceLayout.SECTOR_SHIFT);
                fill.next = missing;
                missing = fill;
                cursor += fill.length() >>> DeviceLayout.SECTOR_SHIFT;
            }
        }
        progress.done += (long) (cursor - from) << DeviceLayout.SECTOR_SHIFT;
        cache.load(request, subtree, loads, parts);
        while (missing != null) {
            Fill fill = missing;
            missing = fill.next;
            join.begins(request);
            backing.read(fill);
        }
        return cursor == end;
    }

    /**
     * Handles data in the cache that is damaged or cannot be loaded. A clean entry is dropped, and read again from the
     * backing device, which has the data, too. A dirty entry is an I/O error. Clean entries are fills, and writes that
     * the backing device has been given. No newer write is dropped here, since a newer write has another place. What is
     * read instead of the entry is at least as new as the entry was when this read found it.
     */
    void damaged(Request request, int subtree, long extent) {
        if (!Extent.clean(extent)) {
            request.progress().error = -Errno.EIO;
            return;
        }
        synchronized (index.lock(subtree)) {
            index.removePlace(subtree, extent);
        }
        join.begins(request);
        backing.readAgain(
                request,
                subtree,
                CacheIndex.offset(subtree, extent),
                Extent.sectors(extent) << DeviceLayout.SECTOR_SHIFT);
    }

    /** The backing leg has read a range. */
    void filled(Fill fill, int result) {
        Request request = fill.request();
        stats.add(RequestCounter.READ_MISS_SECTORS, fill.length() >>> DeviceLayout.SECTOR_SHIFT);
        if (result < 0) {
            health.backingReadFailed("read of backing device bytes " + fill.offset() + " + " + fill.length()
                    + " failed: " + Errno.name(-result));
        } else {
            health.backingRead();
        }
        if (request == null) {
            return;
        }
        join.ends(request, result < 0 ? -Errno.EIO : answer(request, fill));
        if (result >= 0
                && fill.isForCache()
                && !writes.isWaiting()
                && admission.admitsFill(fill.offset(), fill.length())) {
            cache.fill(fill, fill.offset(), fill.length(), fill.buffer(), fill.bufferIndex());
        }
    }

    private int answer(Request request, Fill fill) {
        try {
            request.data()
                    .fromBuffer(
                            fill.buffer(), fill.bufferIndex(), (int) (fill.offset() - request.offset()), fill.length());
            return 0;
        } catch (UncheckedIOException e) {
            health.requestDataFailed("an answer from the backing device was not taken: " + e.getMessage());
            return -Errno.EIO;
        }
    }
}
