package io.pcache.cacheleg;

import io.pcache.flight.Flights;
import io.pcache.health.Health;
import io.pcache.index.CacheIndex;
import io.pcache.index.Extent;
import io.pcache.log.KeyLog;
import io.pcache.media.DeviceLayout;
import io.pcache.media.KeyLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.persist.Committer;
import io.pcache.placement.Placement;
import io.pcache.policy.WriteRate;
import io.pcache.request.Request;
import io.pcache.request.RequestData;
import io.pcache.segment.CachedData;
import io.pcache.segment.DataChecksums;
import io.pcache.segment.SegmentTable;
import io.pcache.stats.QueueStats;
import io.pcache.stats.RequestCounter;
import io.pcache.sys.Errno;
import io.pcache.wake.Doorbells;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/**
 * A queue's way to the cache device: writes and fills come in, hits go out. Owned by one thread; hot; allocates nothing
 * but messages.
 *
 * <p>A write comes in by pieces: {@link #place}, {@link #store}, {@link #accept}. Each of these returns whether the
 * piece may go on. If not, the same call is made again when the queue is woken. On persistent memory and on the page
 * cache, the calling thread itself stores. So a store has always ended when the call returns; there is no queue, and
 * nobody to call back. A key is accepted only after the store of its data has ended.
 */
public final class CacheLeg {
    /**
     * A write does not begin the last free segment. The log may need that segment, and without it nothing can be freed.
     */
    private static final int WRITES_SPARE_SEGMENTS = 1;
    /** A fill does not begin a new segment when fewer are free. The space that is left is for writes. */
    private static final int FILLS_SPARE_SEGMENTS = 4;
    /**
     * When this many stores of a queue have failed in a row, each in another segment, the whole cache device is bad,
     * and not only a place.
     */
    private static final int MOST_FAILURES = 4;

    /** Is told of data that the cache device does not give back as it was. */
    public interface Damage {
        void found(Request request, int subtree, long extent);
    }

    private final CacheMemory memory;
    private final SegmentTable segments;
    private final DataChecksums checksums;
    private final DataChecksums.Verifier verifier;
    private final CacheIndex index;
    private final KeyLog log;
    private final Flights flights;
    private final WriteRate rate;
    private final Committer committer;
    private final Doorbells doorbells;
    private final Placement placement;
    private final Health health;
    private final QueueStats stats;
    private final long[] anyExtent = new long[1];
    private final long[] places = new long[RequestData.MAX_PLACES];
    private final int[] lengths = new int[RequestData.MAX_PLACES];

    public CacheLeg(
            CachedData data,
            CacheIndex index,
            KeyLog log,
            Flights flights,
            WriteRate rate,
            Committer committer,
            Doorbells doorbells,
            Health health,
            QueueStats stats) {
        this.memory = data.memory();
        this.segments = data.segments();
        this.checksums = data.checksums();
        this.verifier = data::matches;
        this.index = index;
        this.log = log;
        this.flights = flights;
        this.rate = rate;
        this.committer = committer;
        this.doorbells = doorbells;
        this.placement = new Placement(data);
        this.health = health;
        this.stats = stats;
    }

    // ---- writes

    /**
     * Gives a piece its place.
     *
     * @param offset of the piece, in bytes of the device
     * @param limit bytes wanted; the piece may have fewer
     * @return false if there is no room now
     */
    public boolean place(Piece piece, long offset, long limit) {
        if (!rate.admits() || !placement.hasRoom(WRITES_SPARE_SEGMENTS)) {
            return false;
        }
        int toSubtreeEnd = DeviceLayout.SUBTREE_BYTES - ((int) offset & DeviceLayout.SUBTREE_BYTES - 1);
        int given = placement.take(Math.min(limit, toSubtreeEnd));
        piece.placed(offset, given, placement.segment(), placement.place());
        return true;
    }

    /**
     * Stores a request's bytes, or zeros, in the piece that was placed last.
     *
     * @return whether the store has ended. If it has ended with an error, the piece has ended, too, and has the error
     */
    public boolean store(Piece piece, Request request) {
        if (piece.isStored()) {
            return true;
        }
        try {
            piece.stored(
                    request.op() == Request.Op.WRITE
                            ? placement.store(request.data(), (int) (piece.offset - request.offset()), piece.length)
                            : placement.storeZeros(piece.length));
            health.requestDataCopied();
        } catch (UncheckedIOException e) {
            drop(piece);
            piece.error = -Errno.EIO;
            health.requestDataFailed("the data of a write could not be had: " + e.getMessage());
        } catch (CacheMemoryException e) {
            setAside(e);
            piece.free();
            piece.error = -Errno.EIO;
        }
        return true;
    }

    /**
     * Puts a piece into the log and the index. The piece's reference becomes the key's. Room in the index is reserved
     * first: otherwise a key could be in the log with no room in the index.
     *
     * @return false if there is no room now. Otherwise the piece has ended; with an error if the log takes nothing any
     *     more
     */
    public boolean accept(Piece piece) {
        int subtree = CacheIndex.subtree(piece.offset);
        synchronized (index.lock(subtree)) {
            if (!index.reserve(subtree)
                    || !log.append(
                            piece.offset,
                            piece.length,
                            0,
                            piece.segment,
                            piece.place,
                            segments.generation(piece.segment),
                            piece.checksum)) {
                return rejected(piece);
            }
            index.insert(subtree, CacheIndex.extent(piece.offset, piece.length, false, piece.segment, piece.place));
            flights.cancelFills(subtree, piece.offset, piece.length);
        }
        piece.free();
        committer.appended();
        return true;
    }

    /** Whether a piece that the log did not take has ended, because the log takes nothing any more. */
    private boolean rejected(Piece piece) {
        if (log.refusal() == null) {
            return false;
        }
        drop(piece);
        piece.error = -Errno.EIO;
        return true;
    }

    /**
     * Gives out the bytes of a piece that was just accepted, as they are in the cache.
     *
     * @throws CacheMemoryException when the cache device does not give the bytes
     */
    public void copyOut(Piece piece, ByteBuffer target, int targetIndex) {
        memory.copyOut(segments.dataOffset(piece.segment) + piece.place, target, targetIndex, piece.length);
    }

    /** Gives a piece's place back. */
    public void drop(Piece piece) {
        piece.free();
        segments.release(piece.segment);
    }

    /**
     * A store failed. After a few failures in a row, the log refuses keys. If every write to a device that is gone cost
     * a segment, the last write would wait for a free segment, and not fail.
     */
    private void setAside(CacheMemoryException e) {
        if (placement.setAside(e) >= MOST_FAILURES && log.refuse(e)) {
            health.cacheFailed(e);
            doorbells.logRefused();
        }
    }

    // ---- fills

    /**
     * Makes clean keys of data that was read from the backing device, as far as nothing was written there meanwhile and
     * there is space to spare.
     *
     * @param flight the read's entry among the flights, which a write cancels
     * @param buffer a buffer that no client can reach
     * @param bufferIndex where in the buffer the range's data starts
     */
    public void fill(Flights.Flight flight, long offset, int length, ByteBuffer buffer, int bufferIndex) {
        int done = 0;
        boolean going = log.refusal() == null;
        while (going && done < length) {
            int stored = fillPiece(flight, offset + done, length - done, buffer, bufferIndex + done);
            going = stored > 0;
            done += stored;
        }
        if (done > 0) {
            stats.add(RequestCounter.FILLED_SECTORS, done >>> DeviceLayout.SECTOR_SHIFT);
            committer.appended();
        }
    }

    /** Returns the number of bytes cached; 0 if there is no room, or if the range is not missing any more. */
    private int fillPiece(Flights.Flight flight, long offset, int wanted, ByteBuffer buffer, int bufferIndex) {
        if (!placement.hasRoom(FILLS_SPARE_SEGMENTS)) {
            return 0;
        }
        int length = placement.take(wanted);
        int segment = placement.segment();
        boolean accepted;
        try {
            int checksum = placement.storeFill(buffer, bufferIndex, length);
            accepted = acceptFill(flight, offset, length, segment, placement.place(), checksum);
        } catch (CacheMemoryException e) {
            setAside(e);
            return 0;
        }
        if (!accepted) {
            segments.release(segment);
        }
        return accepted ? length : 0;
    }

    private boolean acceptFill(Flights.Flight flight, long offset, int length, int segment, int place, int checksum) {
        int subtree = CacheIndex.subtree(offset);
        synchronized (index.lock(subtree)) {
            boolean missing = !flight.isCancelled()
                    && index.find(subtree, CacheIndex.sector(offset), length >>> DeviceLayout.SECTOR_SHIFT, anyExtent)
                            == 0;
            if (!missing
                    || !index.reserve(subtree)
                    || !log.append(
                            offset,
                            length,
                            KeyLayout.FLAG_CLEAN,
                            segment,
                            place,
                            segments.generation(segment),
                            checksum)) {
                return false;
            }
            index.insert(subtree, CacheIndex.extent(offset, length, true, segment, place));
            return true;
        }
    }

    // ---- loads

    /**
     * Answers a request with hits. The caller has taken references on their segments; the references are dropped here.
     *
     * @param extents in ascending order
     * @param count at most {@link RequestData#MAX_PLACES}
     * @param damage told of each hit that could not be had
     */
    public void load(Request request, int subtree, long[] extents, int count, Damage damage) {
        for (int first = 0; first < count; ) {
            // As many hits as follow each other without a gap.
            int end = first + 1;
            while (end < count && Extent.from(extents[end]) == Extent.end(extents[end - 1])) {
                end++;
            }
            if (end - first == 1 || !loadTogether(request, subtree, extents, first, end)) {
                for (int i = first; i < end; i++) {
                    load(request, subtree, extents[i], damage);
                }
            }
            first = end;
        }
    }

    /** Loads hits at once. Returns false, and drops no reference, if anything is wrong with one of the hits. */
    private boolean loadTogether(Request request, int subtree, long[] extents, int first, int end) {
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
            long offset = CacheIndex.offset(subtree, extents[first]);
            request.data().fromCache(memory, places, lengths, end - first, (int) (offset - request.offset()));
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

    private void load(Request request, int subtree, long extent, Damage damage) {
        int segment = Extent.segment(extent);
        int place = Extent.place(extent) << DeviceLayout.SECTOR_SHIFT;
        int length = Extent.sectors(extent) << DeviceLayout.SECTOR_SHIFT;
        long offset = CacheIndex.offset(subtree, extent);
        try {
            if (checksums == null || checksums.verify(segment, place, length, verifier)) {
                request.data()
                        .fromCache(
                                memory,
                                segments.dataOffset(segment) + place,
                                (int) (offset - request.offset()),
                                length);
                stats.add(RequestCounter.READ_HIT_SECTORS, length >>> DeviceLayout.SECTOR_SHIFT);
                health.cacheRead();
            } else {
                health.checksumFailed(describe(subtree, extent, "data checksum mismatch"));
                damage.found(request, subtree, extent);
            }
        } catch (UncheckedIOException e) {
            request.progress().error = -Errno.EIO;
            health.requestDataFailed("an answer from the cache was not taken: " + e.getMessage());
        } catch (CacheMemoryException e) {
            health.cacheReadFailed(describe(subtree, extent, e.getMessage()));
            damage.found(request, subtree, extent);
        } finally {
            segments.release(segment);
        }
    }

    /** What is wrong with an extent, where, and what follows from that. */
    private String describe(int subtree, long extent, String what) {
        return what + " at byte "
                + (segments.dataOffset(Extent.segment(extent))
                        + ((long) Extent.place(extent) << DeviceLayout.SECTOR_SHIFT))
                + " of the cache device, device bytes " + CacheIndex.offset(subtree, extent) + " + "
                + (Extent.sectors(extent) << DeviceLayout.SECTOR_SHIFT)
                + (Extent.clean(extent)
                        ? ": clean (read from there or already written back), read again from the backing device"
                        : ": dirty, I/O error");
    }

    // ---- the queue's segment

    /** Whether the queue has a segment that is not full. */
    public boolean hasOpenSegment() {
        return placement.isOpen();
    }

    /** Lets go of the segment that is not full. */
    public void closeSegment() {
        placement.close();
    }
}
