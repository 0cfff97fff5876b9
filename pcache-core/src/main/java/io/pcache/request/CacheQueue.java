package io.pcache.request;

import io.pcache.backing.BackingQueue;
import io.pcache.sys.Errno;
import io.pcache.index.CacheIndex;
import io.pcache.index.Extent;
import io.pcache.log.KeyLog;
import io.pcache.media.DeviceLayout;
import io.pcache.media.KeyLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.persist.Committer;
import io.pcache.segment.DataChecksums;
import io.pcache.segment.DataHead;
import io.pcache.segment.SegmentTable;
import io.pcache.state.CacheEvents;
import io.pcache.state.CacheState;
import io.pcache.state.PendingFills;
import io.pcache.state.SpaceWaiters;
import io.pcache.state.WriteThrottle;
import io.pcache.stats.CacheCounter;
import io.pcache.stats.Latency;
import io.pcache.stats.QueueStats;
import io.pcache.stats.RequestCounter;
import java.io.UncheckedIOException;

/**
 * A thread's queue into the cache. See the package's map for the way of a request.
 *
 * <p>What cannot go on waits in the order in which it came: writes for a free segment or room in the log, reads for a free {@link Fill}, flushes for the
 * committer. Whoever makes that possible wakes the queue's thread, which goes on in {@link #poll}. Nothing is retried on a timer.
 *
 * <p>All methods are hot, for the owning thread only, and allocate nothing in steady state.
 */
public final class CacheQueue implements RequestQueue {
    /** Reads of the backing device in flight: with {@link Fill#MAX_BYTES} each, 4 MiB of buffers a queue. */
    private static final int FILLS = 32;
    /** Extents looked up at a time. */
    private static final int EXTENTS = 64;
    /** A small read of a large key verifies all of it: keys are kept short where there are checksums. */
    private static final int MAX_CHECKED_KEY_BYTES = 64 << 10;
    /** A write does not begin the last free segment: the log may need it, and without it nothing can be freed. */
    private static final int WRITE_SPARE_SEGMENTS = 1;
    /** A fill does not begin a new segment when fewer are free: space that is left is for writes. */
    private static final int FILL_SPARE_SEGMENTS = 4;

    /** Sets the committer, write-back and GC going when a write finds no room. */
    public interface MakeSpace {
        /** @param first whether no other queue was waiting for space */
        void accept(boolean first);
    }

    private final CacheState state;
    private final CacheMemory memory;
    private final CacheIndex index;
    private final KeyLog log;
    private final SegmentTable segments;
    private final DataChecksums checksums;
    private final DataChecksums.Verifier verifier;
    private final PendingFills fills;
    private final WriteThrottle throttle;
    private final Committer committer;
    private final MakeSpace makeSpace;
    private final BackingQueue backing;
    private final boolean ownsBacking;
    private final long sizeBytes;
    private final int backingBlock;
    private final int maxKeyBytes;
    private final DataHead head;
    private final SpaceWaiters.Waiter waiter;
    private final QueueStats stats;

    private final long[] extents = new long[EXTENTS];
    private final RequestFifo waitingWrites = new RequestFifo();
    private final RequestFifo waitingReads = new RequestFifo();
    private final RequestFifo waitingFlushes = new RequestFifo();
    private Fill freeFills;
    private int inFlight;
    /** Whether the first waiting write waits for a segment or for index memory, not only for a commit. */
    private boolean demandsSpace;

    /**
     * @param sizeBytes    of the device
     * @param backing      this thread's way to the backing device
     * @param ownsBacking  whether {@link #poll} and {@link #close} are to be passed on to it
     * @param backingBlock the backing device's logical block in bytes, at most 4096
     * @param makeSpace    called when a write finds no room
     * @param wake         see {@link BlockDevice#openQueue}
     */
    public CacheQueue(CacheState state, Committer committer, long sizeBytes, BackingQueue backing, boolean ownsBacking, int backingBlock,
                      MakeSpace makeSpace, Runnable wake) {
        this.state = state;
        this.memory = state.memory();
        this.index = state.index();
        this.log = state.log();
        this.segments = state.segments();
        this.checksums = state.checksums();
        this.verifier = state::matches;
        this.fills = state.fills();
        this.throttle = state.throttle();
        this.committer = committer;
        this.makeSpace = makeSpace;
        this.backing = backing;
        this.ownsBacking = ownsBacking;
        this.sizeBytes = sizeBytes;
        this.backingBlock = backingBlock;
        this.maxKeyBytes = checksums == null ? DeviceLayout.SUBTREE_BYTES : MAX_CHECKED_KEY_BYTES;
        this.head = new DataHead(segments);
        this.waiter = state.waiters().add(wake);
        this.stats = state.stats().openQueue();
        for (int i = 0; i < FILLS; i++) {
            free(new Fill(this, Fill.MAX_BYTES));
        }
    }

    @Override
    public void submit(Request request) {
        inFlight++;
        request.startNanos = stats.start();
        int error = check(request);
        if (error != 0) {
            finish(request, error);
            return;
        }
        switch (request.op) {
            case READ -> read(request);
            case WRITE, WRITE_ZEROES -> write(request);
            case FLUSH -> flush(request);
            // What a discarded range reads as is not defined: leaving it as it is will do.
            case DISCARD -> finish(request, 0);
            default -> finish(request, -Errno.EOPNOTSUPP);
        }
    }

    private int check(Request request) {
        if (request.op == Request.Op.FLUSH) {
            return 0;
        }
        long offset = request.offset;
        long length = request.length;
        boolean inside = offset >= 0 && length > 0 && offset <= sizeBytes - length;
        return inside && (offset | length) % DeviceLayout.SECTOR_BYTES == 0 ? 0 : -Errno.EINVAL;
    }

    private void finish(Request request, int result) {
        inFlight--;
        count(request, result);
        request.completed(result);
    }

    private void count(Request request, int result) {
        if (result != 0) {
            stats.add(RequestCounter.FAILED_REQUESTS);
        }
        switch (request.op) {
            case READ -> {
                stats.add(RequestCounter.READS);
                stats.add(RequestCounter.READ_BYTES, result == 0 ? request.length : 0);
                stats.ended(Latency.READ, request.startNanos);
            }
            case WRITE -> {
                stats.add(RequestCounter.WRITES);
                stats.add(RequestCounter.WRITE_BYTES, result == 0 ? request.length : 0);
                if (request.fua) {
                    stats.add(RequestCounter.FUA_WRITES);
                }
                stats.ended(Latency.WRITE, request.startNanos);
            }
            case WRITE_ZEROES -> {
                stats.add(RequestCounter.WRITE_ZEROES);
                stats.add(RequestCounter.ZEROED_BYTES, result == 0 ? request.length : 0);
                stats.ended(Latency.WRITE, request.startNanos);
            }
            case FLUSH -> {
                stats.add(RequestCounter.FLUSHES);
                stats.ended(Latency.FLUSH, request.startNanos);
            }
            default -> stats.add(RequestCounter.DISCARDS);
        }
        stats.endedWaiting(request.waitNanos);
    }

    private void wait(RequestFifo list, Request request) {
        if (request.waitNanos == QueueStats.UNTIMED) {
            stats.add(RequestCounter.DEFERRED_REQUESTS);
            request.waitNanos = stats.startWaiting();
        }
        list.add(request);
    }

    // ---- writes -------------------------------------------------------------------------------------------------------------

    private void write(Request request) {
        if (waitingWrites.isEmpty() && tryWrite(request)) {
            return;
        }
        boolean first = waitingWrites.isEmpty();
        wait(waitingWrites, request);
        if (first) {
            waiter.setWaiting(true);
            // What was freed before the flag went up woke nobody.
            resumeWrites();
        }
    }

    private int resumeWrites() {
        int resumed = 0;
        while (!waitingWrites.isEmpty()) {
            // Out of the list first: when it has ended, its owner may use it again.
            Request request = waitingWrites.remove();
            if (!tryWrite(request)) {
                waitingWrites.putBack(request);
                if (demandSpace(!log.isBacklogged())) {
                    // Between the attempt and the demand a segment may have become free without anybody telling us to go on.
                    continue;
                }
                break;
            }
            resumed++;
        }
        if (resumed > 0 && waitingWrites.isEmpty()) {
            demandSpace(false);
            updateWaiting();
        }
        return resumed;
    }

    /** Tells GC and write-back that a write waits for them, or no longer does; returns whether the demand is new. */
    private boolean demandSpace(boolean demand) {
        if (demand && !demandsSpace) {
            demandsSpace = true;
            state.stats().add(CacheCounter.CACHE_FULL_WAITS);
            makeSpace.accept(state.waiters().spaceWanted());
            return true;
        }
        if (!demand && demandsSpace) {
            demandsSpace = false;
            state.waiters().spaceFound();
        }
        return false;
    }

    /** Goes on with a write; false if it must wait, whole or in part. */
    private boolean tryWrite(Request request) {
        while (request.done < request.length && request.error == 0) {
            if (request.pieceBytes == 0 && !preparePiece(request)) {
                return false;
            }
            if (request.pieceBytes > 0 && !acceptPiece(request)) {
                return false;
            }
        }
        if (request.error != 0 || !request.fua) {
            finish(request, request.error);
        } else {
            flush(request);
        }
        return true;
    }

    /** Gives the next piece of a write its place and its data. The piece holds a reference on its segment. */
    private boolean preparePiece(Request request) {
        long offset = request.offset + request.done;
        int toSubtreeEnd = DeviceLayout.SUBTREE_BYTES - ((int) offset & DeviceLayout.SUBTREE_BYTES - 1);
        int wanted = (int) Math.min(request.length - request.done, Math.min(toSubtreeEnd, maxKeyBytes));
        if (log.failure() != null) {
            request.error = -Errno.EIO;
            return true;
        }
        if (!throttle.admits() || !hasRoom(WRITE_SPARE_SEGMENTS)) {
            return false;
        }
        int given = head.allocate(wanted);
        int segment = head.segment();
        int place = head.place();
        segments.acquire(segment);
        head.settle();
        try {
            long at = segments.dataOffset(segment) + place;
            if (request.op == Request.Op.WRITE) {
                request.data.toCache(memory, at, (int) request.done, given);
            } else {
                memory.zero(at, given);
            }
            memory.drain();
            request.pieceChecksum = checksum(segment, place, given);
        } catch (UncheckedIOException e) {
            segments.release(segment);
            request.error = -Errno.EIO;
            return true;
        } catch (CacheMemoryException e) {
            setAside(segment, e);
            request.error = -Errno.EIO;
            return true;
        }
        request.pieceSegment = segment;
        request.piecePlace = place;
        request.pieceBytes = given;
        return true;
    }

    /** Whether there is a segment with room, and room for a checksum, for the next piece. */
    private boolean hasRoom(int spareSegments) {
        if (checksums == null) {
            return head.ready(spareSegments);
        }
        if (head.isOpen() && !checksums.reserve(head.segment())) {
            // While it is open its checksums keep their memory, and all heads together may have all of it.
            head.close();
        }
        return head.isOpen() || checksums.hasRoom() && head.ready(spareSegments) && checksums.reserve(head.segment());
    }

    private int checksum(int segment, int place, int length) {
        if (checksums == null) {
            return 0;
        }
        int checksum = memory.checksum(segments.dataOffset(segment) + place, length);
        checksums.append(segment, place, length, checksum);
        return checksum;
    }

    /** Puts a prepared piece into the log and the index; its reference becomes the key's. Room is made sure of first, so that nothing is hidden by a key that then finds none. */
    private boolean acceptPiece(Request request) {
        long offset = request.offset + request.done;
        int length = request.pieceBytes;
        int segment = request.pieceSegment;
        int place = request.piecePlace;
        int subtree = CacheIndex.subtree(offset);
        synchronized (index.lock(subtree)) {
            if (!index.reserve(subtree)
                || !log.append(offset, length, 0, segment, place, segments.generation(segment), request.pieceChecksum)) {
                return rejected(request);
            }
            index.insert(subtree, extent(offset, length, false, segment, place));
            fills.cancel(subtree, offset, length);
        }
        request.pieceBytes = 0;
        request.done += length;
        committer.appended();
        return true;
    }

    /** Whether a write that the log did not take is over, because the log takes nothing any more. */
    private boolean rejected(Request request) {
        if (log.failure() == null) {
            return false;
        }
        request.pieceBytes = 0;
        request.error = -Errno.EIO;
        segments.release(request.pieceSegment);
        return true;
    }

    private static long extent(long offset, int length, boolean clean, int segment, int place) {
        return Extent.of(CacheIndex.sector(offset), length >>> DeviceLayout.SECTOR_SHIFT, clean, segment, place >>> DeviceLayout.SECTOR_SHIFT);
    }

    /** The device failed in a segment on which the caller has a reference: what comes next goes to another. */
    private void setAside(int segment, CacheMemoryException e) {
        segments.setAside(segment, e);
        if (head.segment() == segment) {
            head.close();
        }
    }

    // ---- flushes ------------------------------------------------------------------------------------------------------------

    private void flush(Request request) {
        request.flushTarget = committer.flush();
        if (finishFlush(request)) {
            return;
        }
        wait(waitingFlushes, request);
        waiter.setWaiting(true);
        // What was committed before the flag went up woke nobody.
        resumeFlushes();
    }

    private boolean finishFlush(Request request) {
        if (committer.isCommitted(request.flushTarget)) {
            finish(request, 0);
        } else if (log.failure() != null) {
            finish(request, -Errno.EIO);
        } else {
            return false;
        }
        return true;
    }

    private int resumeFlushes() {
        int resumed = 0;
        while (!waitingFlushes.isEmpty()) {
            // Out of the list first: when it has ended, its owner may use it again.
            Request request = waitingFlushes.remove();
            if (!finishFlush(request)) {
                waitingFlushes.putBack(request);
                break;
            }
            resumed++;
        }
        if (resumed > 0) {
            updateWaiting();
        }
        return resumed;
    }

    private void updateWaiting() {
        waiter.setWaiting(!waitingWrites.isEmpty() || !waitingFlushes.isEmpty());
    }

    // ---- reads --------------------------------------------------------------------------------------------------------------

    private void read(Request request) {
        // A hit overtakes misses that wait, however slow the backing device is. A miss does not: while one waits, no fill is free.
        if (!tryRead(request)) {
            wait(waitingReads, request);
        }
    }

    private int resumeReads() {
        int resumed = 0;
        while (!waitingReads.isEmpty()) {
            // Out of the list first: when it has ended, its owner may use it again.
            Request request = waitingReads.remove();
            if (!tryRead(request)) {
                waitingReads.putBack(request);
                break;
            }
            resumed++;
        }
        return resumed;
    }

    /** Goes on with a read until all of it is answered or under way; false if it must wait for a free {@link Fill}. */
    private boolean tryRead(Request request) {
        while (request.done < request.length) {
            if (!readPart(request)) {
                return false;
            }
        }
        request.issued = true;
        if (request.pending == 0) {
            finish(request, request.error);
        }
        return true;
    }

    /** Reads on within one subtree: looks up under its lock, copies and submits without it. */
    private boolean readPart(Request request) {
        long offset = request.offset + request.done;
        int subtree = CacheIndex.subtree(offset);
        long base = (long) subtree << DeviceLayout.SUBTREE_SHIFT;
        int from = CacheIndex.sector(offset);
        int sectors = (int) Math.min(request.length - request.done >>> DeviceLayout.SECTOR_SHIFT, Extent.SUBTREE_SECTORS - from);
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
                Fill fill = freeFills;
                if (fill == null) {
                    break;
                }
                freeFills = fill.next;
                fill.next = missing;
                missing = fill;
                fill.request = request;
                fill.subtree = subtree;
                fill.offset = base + ((long) cursor << DeviceLayout.SECTOR_SHIFT);
                fill.length = Math.min(gapEnd - cursor << DeviceLayout.SECTOR_SHIFT, Fill.MAX_BYTES);
                fill.watched = true;
                fills.add(subtree, fill, fill.offset, fill.length);
                cursor += fill.length >>> DeviceLayout.SECTOR_SHIFT;
            }
        }
        request.done += (long) (cursor - from) << DeviceLayout.SECTOR_SHIFT;
        for (int i = 0; i < hits; i++) {
            answer(request, subtree, base, extents[i]);
        }
        while (missing != null) {
            Fill fill = missing;
            missing = fill.next;
            submit(fill);
        }
        return cursor == end;
    }

    private void submit(Fill fill) {
        fill.next = null;
        fill.request.pending++;
        backing.submit(fill.transfer(backingBlock));
    }

    /** Copies a hit out of the cache and drops the reference taken for it. */
    private void answer(Request request, int subtree, long base, long extent) {
        int segment = Extent.segment(extent);
        int place = Extent.place(extent) << DeviceLayout.SECTOR_SHIFT;
        int length = Extent.sectors(extent) << DeviceLayout.SECTOR_SHIFT;
        long offset = base + ((long) Extent.from(extent) << DeviceLayout.SECTOR_SHIFT);
        try {
            if (checksums == null || checksums.verify(segment, place, length, verifier)) {
                request.data.fromCache(memory, segments.dataOffset(segment) + place, (int) (offset - request.offset), length);
                stats.add(RequestCounter.READ_HIT_SECTORS, length >>> DeviceLayout.SECTOR_SHIFT);
            } else {
                state.stats().add(CacheCounter.CHECKSUM_ERRORS);
                damaged(request, subtree, extent, CacheEvents.Kind.CHECKSUM_ERROR, "data checksum mismatch");
            }
        } catch (UncheckedIOException e) {
            request.error = -Errno.EIO;
        } catch (CacheMemoryException e) {
            state.stats().add(CacheCounter.CACHE_ERRORS);
            damaged(request, subtree, extent, CacheEvents.Kind.CACHE_ERROR, e.getMessage());
        } finally {
            segments.release(segment);
        }
    }

    /**
     * Data in the cache is damaged or cannot be loaded: an entry that the backing device has, too, is dropped and read again from there, a dirty one is an I/O error. Clean
     * entries are fills, and writes that write-back has marked: no newer write is dropped, since it has another place, and what is read instead of the entry is as new as the entry was when
     * this read found it.
     */
    private void damaged(Request request, int subtree, long extent, CacheEvents.Kind kind, String what) {
        boolean clean = Extent.clean(extent);
        long offset = ((long) subtree << DeviceLayout.SUBTREE_SHIFT) + ((long) Extent.from(extent) << DeviceLayout.SECTOR_SHIFT);
        int length = Extent.sectors(extent) << DeviceLayout.SECTOR_SHIFT;
        state.health().events().event(kind, what + " at byte "
            + (segments.dataOffset(Extent.segment(extent)) + ((long) Extent.place(extent) << DeviceLayout.SECTOR_SHIFT))
            + " of the cache device, device bytes " + offset + " + " + length
            + (clean ? ": clean (read from there or already written back), read again from the backing device" : ": dirty, I/O error"));
        if (!clean) {
            request.error = -Errno.EIO;
            return;
        }
        synchronized (index.lock(subtree)) {
            index.removePlace(subtree, extent);
        }
        // Off the hot path: memory of its own, so that it need not wait for a free fill. Not cached: it is answered, no more.
        Fill fill = new Fill(this, length);
        fill.request = request;
        fill.subtree = subtree;
        fill.offset = offset;
        fill.length = length;
        submit(fill);
    }

    /** A fill's transfer has ended. */
    void filled(Fill fill) {
        Request request = fill.request;
        int result = fill.io.result;
        stats.add(RequestCounter.READ_MISS_SECTORS, fill.length >>> DeviceLayout.SECTOR_SHIFT);
        if (result < 0) {
            request.error = -Errno.EIO;
            state.stats().add(CacheCounter.BACKING_ERRORS);
            state.health().events().event(CacheEvents.Kind.BACKING_ERROR, "read of backing device bytes " + fill.offset + " + " + fill.length
                + " failed: " + Errno.name(-result));
        } else {
            try {
                request.data.fromBuffer(fill.buffer, fill.skip, (int) (fill.offset - request.offset), fill.length);
            } catch (UncheckedIOException e) {
                request.error = -Errno.EIO;
            }
        }
        fill.request = null;
        if (--request.pending == 0 && request.issued) {
            finish(request, request.error);
        }
        if (fill.watched) {
            cache(fill, result >= 0);
            free(fill);
        }
    }

    private void free(Fill fill) {
        fill.watched = false;
        fill.next = freeFills;
        freeFills = fill;
    }

    // ---- caching of what was read -------------------------------------------------------------------------------------------

    /** Makes clean keys of a fill, if nothing was written there meanwhile and there is space to spare; ends the watching in any case. */
    private void cache(Fill fill, boolean valid) {
        int done = 0;
        boolean going = valid && waitingWrites.isEmpty() && log.failure() == null;
        while (going && done < fill.length) {
            int stored = cachePiece(fill, done);
            going = stored > 0;
            done += stored;
        }
        synchronized (index.lock(fill.subtree)) {
            fills.remove(fill.subtree, fill);
        }
        if (done > 0) {
            stats.add(RequestCounter.FILLED_SECTORS, done >>> DeviceLayout.SECTOR_SHIFT);
            committer.appended();
        }
    }

    /** Returns the bytes cached, 0 if there is no room or the range is not missing any more. */
    private int cachePiece(Fill fill, int done) {
        if (!hasRoom(FILL_SPARE_SEGMENTS)) {
            return 0;
        }
        int length = head.allocate(Math.min(fill.length - done, maxKeyBytes));
        int segment = head.segment();
        int place = head.place();
        segments.acquire(segment);
        head.settle();
        boolean accepted;
        try {
            memory.copyIn(segments.dataOffset(segment) + place, fill.buffer, fill.skip + done, length);
            memory.drain();
            accepted = acceptClean(fill, fill.offset + done, length, segment, place, checksum(segment, place, length));
        } catch (CacheMemoryException e) {
            setAside(segment, e);
            return 0;
        }
        if (!accepted) {
            segments.release(segment);
        }
        return accepted ? length : 0;
    }

    private boolean acceptClean(Fill fill, long offset, int length, int segment, int place, int checksum) {
        int subtree = fill.subtree;
        synchronized (index.lock(subtree)) {
            boolean missing = !fill.isCancelled()
                && index.find(subtree, CacheIndex.sector(offset), length >>> DeviceLayout.SECTOR_SHIFT, extents) == 0;
            if (!missing || !index.reserve(subtree)
                || !log.append(offset, length, KeyLayout.FLAG_CLEAN, segment, place, segments.generation(segment), checksum)) {
                return false;
            }
            index.insert(subtree, extent(offset, length, true, segment, place));
            return true;
        }
    }

    // ---- the thread's round ---------------------------------------------------------------------------------------------------

    @Override
    public int poll() {
        int steps = ownsBacking ? backing.poll() : 0;
        steps += resumeFlushes();
        steps += resumeWrites();
        steps += resumeReads();
        shareSpace();
        backing.kick();
        return steps;
    }

    /** Another queue waits for space, and this one has nothing to write: what is left of its segment may keep the other waiting for good. */
    private void shareSpace() {
        if (head.isOpen() && waitingWrites.isEmpty() && state.waiters().isSpaceWanted()) {
            head.close();
        }
    }

    @Override
    public int inFlight() {
        return inFlight;
    }

    @Override
    public void close() {
        state.waiters().remove(waiter);
        head.close();
        stats.close();
        if (ownsBacking) {
            backing.close();
        }
    }
}
