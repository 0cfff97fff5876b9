package io.pcache.cacheleg;

import io.pcache.flight.Flights;
import io.pcache.health.Health;
import io.pcache.index.CacheIndex;
import io.pcache.index.Extent;
import io.pcache.log.KeyLog;
import io.pcache.media.DeviceLayout;
import io.pcache.media.KeyLayout;
import io.pcache.memory.CacheMemoryException;
import io.pcache.persist.Committer;
import io.pcache.placement.Placement;
import io.pcache.policy.WriteRate;
import io.pcache.request.Request;
import io.pcache.request.RequestData;
import io.pcache.request.RequestQueue;
import io.pcache.segment.CachedData;
import io.pcache.segment.SegmentTable;
import io.pcache.stats.QueueStats;
import io.pcache.sys.Errno;
import io.pcache.wake.Doorbells;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A queue's way to the cache device: writes and fills come in, hits go out. Owned by one thread; hot; allocates nothing
 * but messages.
 *
 * <p>A write comes in by pieces: {@link #place}, {@link #store}, {@link #accept}. Each of these returns whether the
 * piece may go on. If not, the same call is made again when the queue is woken. A key is accepted only after the store
 * of its data has ended.
 *
 * <p>A store or a load may have ended when the call returns ({@link MemoryLeg}), or may end later ({@link DeviceLeg}):
 * then the leg takes a piece over, and its end is told to {@link Steering}.
 */
public abstract class CacheLeg {
    /**
     * A write does not begin the last free segment. The log may need that segment, and without it nothing can be freed.
     */
    private static final int WRITES_SPARE_SEGMENTS = 1;
    /** A fill does not begin a new segment when fewer are free. The space that is left is for writes. */
    static final int FILLS_SPARE_SEGMENTS = 4;
    /**
     * When this many stores of a queue have failed in a row, each in another segment, the whole cache device is bad,
     * and not only a place.
     */
    private static final int MOST_FAILURES = 4;

    /** Is told what becomes of requests, on the queue's thread. */
    public interface Steering {
        /** A load that ends later has begun: one more leg of the request. */
        void loadBegun(Request request);

        /** A load that ended later has ended. */
        void loaded(Request request, int error);

        /** Data that is read does not come from the cache device as it was stored. */
        void damaged(Request request, int subtree, long extent);

        /** A store that ends later has begun: one more leg of the request. */
        void storeBegun(Request request, Object attachment);

        /**
         * A store that ended later has ended, and the log and the index have the data, unless there is an error.
         *
         * @param request null if the request was given up
         * @param attachment what {@link CacheLeg#store} was given
         */
        void stored(Request request, Object attachment, int error);
    }

    final SegmentTable segments;
    final CacheIndex index;
    final Flights flights;
    final Committer committer;
    final Placement placement;
    final Health health;
    final QueueStats stats;
    private final KeyLog log;
    private final WriteRate rate;
    private final Doorbells doorbells;
    private final long[] anyExtent = new long[1];
    Steering steering;

    /** @param mostCheckedBytes see {@link Placement#Placement} */
    CacheLeg(
            CachedData data,
            CacheIndex index,
            KeyLog log,
            Flights flights,
            WriteRate rate,
            Committer committer,
            Doorbells doorbells,
            Health health,
            QueueStats stats,
            int mostCheckedBytes) {
        this.segments = data.segments();
        this.index = index;
        this.log = log;
        this.flights = flights;
        this.rate = rate;
        this.committer = committer;
        this.doorbells = doorbells;
        this.placement = new Placement(data, mostCheckedBytes);
        this.health = health;
        this.stats = stats;
    }

    /** To be called once, before the first request. */
    public void steeredBy(Steering by) {
        this.steering = by;
    }

    // ---- writes

    /** Whether a piece can be stored now. If not, this is so after a store has ended, in {@link #poll}. */
    public abstract boolean canStore();

    /**
     * Gives a piece its place.
     *
     * @param offset of the piece, in bytes of the device
     * @param limit bytes wanted; the piece may have fewer
     * @return false if there is no room now
     */
    public boolean place(Piece piece, long offset, long limit) {
        beforePlace(limit);
        if (!rate.admits() || !placement.hasRoom(WRITES_SPARE_SEGMENTS)) {
            return false;
        }
        int toSubtreeEnd = DeviceLayout.SUBTREE_BYTES - ((int) offset & DeviceLayout.SUBTREE_BYTES - 1);
        int given = placement.take(Math.min(Math.min(limit, mostStored()), toSubtreeEnd));
        piece.placed(offset, given, placement.segment(), placement.place());
        return true;
    }

    /** Most bytes of a piece. */
    abstract int mostStored();

    /** A piece of up to so many bytes will be placed next. */
    void beforePlace(long limit) {}

    /**
     * Stores a request's bytes, or zeros, in the piece that was placed last. The leg may take the piece over: then the
     * piece is free, {@link Steering#storeBegun} was called, and {@link Steering#stored} will be. To be called only
     * where {@link #canStore} says so.
     *
     * @param attachment given back by {@link Steering}
     */
    public abstract void store(Piece piece, Request request, Object attachment);

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
     * Gives out the bytes of a piece that was just accepted, or taken over.
     *
     * @throws CacheMemoryException when the cache device does not give the bytes
     */
    public abstract void copyOut(Piece piece, ByteBuffer target, int targetIndex);

    /** Gives a piece's place back. */
    public void drop(Piece piece) {
        piece.free();
        segments.release(piece.segment);
    }

    /**
     * A store failed. After a few failures in a row, the log refuses keys. If every write to a device that is gone cost
     * a segment, the last write would wait for a free segment, and not fail.
     */
    final void setAside(int segment, CacheMemoryException e) {
        if (placement.setAside(segment, e) >= MOST_FAILURES && log.refuse(e)) {
            health.cacheFailed(e);
            doorbells.logRefused();
        }
    }

    /** Why nothing is accepted any more; null while pieces are accepted. */
    final CacheMemoryException refusal() {
        return log.refusal();
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
    public abstract void fill(Flights.Flight flight, long offset, int length, ByteBuffer buffer, int bufferIndex);

    final boolean acceptFill(Flights.Flight flight, long offset, int length, int segment, int place, int checksum) {
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
     * Makes sure that a part of a hit can be loaded, as the next one of those that {@link #load} will be given. To be
     * called with the subtree's lock held.
     *
     * @return how many sectors from the extent's front on that are; 0 if none can be loaded before others have ended
     */
    public abstract int reserveLoad(long extent);

    /**
     * Answers a request with hits. The caller has taken references on their segments; the leg drops the references.
     *
     * @param extents in ascending order, each reserved
     * @param count at most {@link RequestData#MAX_PLACES}
     */
    public abstract void load(Request request, int subtree, long[] extents, int count);

    /** What is wrong with an extent, where, and what follows from that. */
    final String describe(int subtree, long extent, String what) {
        return what + " at byte "
                + (segments.dataOffset(Extent.segment(extent))
                        + ((long) Extent.place(extent) << DeviceLayout.SECTOR_SHIFT))
                + " of the cache device, device bytes " + CacheIndex.offset(subtree, extent) + " + "
                + (Extent.sectors(extent) << DeviceLayout.SECTOR_SHIFT)
                + (Extent.clean(extent)
                        ? ": clean (read from there or already written back), read again from the backing device"
                        : ": dirty, I/O error");
    }

    // ---- what ends later

    /** Goes on with what has ended on the device. Returns how many steps were made. */
    public int poll() {
        return 0;
    }

    /**
     * Goes on with pieces that were stored and have to be accepted.
     *
     * @return false if there is no room now for one of them
     */
    public boolean acceptStored() {
        return true;
    }

    /**
     * All that could be done without a wait is done: decides what of the stores goes to the device now, and what is
     * held back for more.
     */
    public void endRound() {}

    /** Whether stores are held back; see {@link RequestQueue#holdsBack}. */
    public boolean holdsBack() {
        return false;
    }

    /** Hands over to the device what was submitted to it since the last call. */
    public void kick() {}

    /**
     * Lets stores and loads go on without the requests that they were made for. What is stored is not accepted then.
     *
     * @param given told of each request once for each of its stores and loads
     */
    public void giveUp(Predicate<Request> which, Consumer<Request> given) {}

    /** Whether no store and no load is under way. */
    public boolean isIdle() {
        return true;
    }

    /** Frees what the leg has of the device. Nothing may be under way. */
    public void close() {}

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
