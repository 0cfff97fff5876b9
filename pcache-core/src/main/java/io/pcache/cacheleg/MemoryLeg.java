package io.pcache.cacheleg;

import io.pcache.flight.Flights;
import io.pcache.health.Health;
import io.pcache.index.CacheIndex;
import io.pcache.index.Extent;
import io.pcache.log.KeyLog;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.persist.Committer;
import io.pcache.policy.WriteRate;
import io.pcache.request.Request;
import io.pcache.request.RequestData;
import io.pcache.segment.CachedData;
import io.pcache.segment.DataChecksums;
import io.pcache.stats.QueueStats;
import io.pcache.stats.RequestCounter;
import io.pcache.sys.Errno;
import io.pcache.wake.Doorbells;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/**
 * The way to a cache device that is memory: persistent memory, or a file or device behind the page cache. The calling
 * thread itself stores and loads, so every store and every load has ended when the call returns: there is no queue, and
 * nobody to call back.
 */
public final class MemoryLeg extends CacheLeg {
    /** Memory is fast enough to verify as much for a sector. */
    private static final int MOST_CHECKED_BYTES = 64 << 10;

    private final CacheMemory memory;
    private final DataChecksums checksums;
    private final DataChecksums.Verifier verifier;
    private final long[] places = new long[RequestData.MAX_PLACES];
    private final int[] lengths = new int[RequestData.MAX_PLACES];

    public MemoryLeg(
            CachedData data,
            CacheIndex index,
            KeyLog log,
            Flights flights,
            WriteRate rate,
            Committer committer,
            Doorbells doorbells,
            Health health,
            QueueStats stats) {
        super(data, index, log, flights, rate, committer, doorbells, health, stats, MOST_CHECKED_BYTES);
        this.memory = data.memory();
        this.checksums = data.checksums();
        this.verifier = data::matches;
    }

    // ---- writes

    @Override
    public boolean canStore() {
        return true;
    }

    @Override
    int mostStored() {
        return DeviceLayout.SUBTREE_BYTES;
    }

    @Override
    public void store(Piece piece, Request request, Object attachment) {
        if (piece.isStored()) {
            return;
        }
        try {
            piece.stored(
                    request.op() == Request.Op.WRITE
                            ? placement.store(request.data(), (int) (piece.offset - request.offset()), piece.length)
                            : placement.storeZeros(piece.length));
            health.requestDataCopied();
            stats.add(RequestCounter.STORED_BYTES, piece.length);
        } catch (UncheckedIOException e) {
            drop(piece);
            piece.error = -Errno.EIO;
            health.requestDataFailed("the data of a write could not be had: " + e.getMessage());
        } catch (CacheMemoryException e) {
            setAside(piece.segment, e);
            piece.free();
            piece.error = -Errno.EIO;
        }
    }

    @Override
    public void copyOut(Piece piece, ByteBuffer target, int targetIndex) {
        memory.copyOut(segments.dataOffset(piece.segment) + piece.place, target, targetIndex, piece.length);
    }

    // ---- fills

    @Override
    public void fill(Flights.Flight flight, long offset, int length, ByteBuffer buffer, int bufferIndex) {
        int done = 0;
        boolean going = refusal() == null;
        while (going && done < length) {
            int stored = fillPiece(flight, offset + done, length - done, buffer, bufferIndex + done);
            going = stored > 0;
            done += stored;
        }
        if (done > 0) {
            stats.add(RequestCounter.FILLED_SECTORS, done >>> DeviceLayout.SECTOR_SHIFT);
            stats.add(RequestCounter.STORED_FILL_BYTES, done);
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
            setAside(segment, e);
            return 0;
        }
        if (!accepted) {
            segments.release(segment);
        }
        return accepted ? length : 0;
    }

    // ---- loads

    @Override
    public int reserveLoad(long extent) {
        return Extent.sectors(extent);
    }

    @Override
    public void load(Request request, int subtree, long[] extents, int count) {
        for (int first = 0; first < count; ) {
            // As many hits as follow each other without a gap.
            int end = first + 1;
            while (end < count && Extent.from(extents[end]) == Extent.end(extents[end - 1])) {
                end++;
            }
            if (end - first == 1 || !loadTogether(request, subtree, extents, first, end)) {
                for (int i = first; i < end; i++) {
                    load(request, subtree, extents[i]);
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

    private void load(Request request, int subtree, long extent) {
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
                steering.damaged(request, subtree, extent);
            }
        } catch (UncheckedIOException e) {
            request.progress().error = -Errno.EIO;
            health.requestDataFailed("an answer from the cache was not taken: " + e.getMessage());
        } catch (CacheMemoryException e) {
            health.cacheReadFailed(describe(subtree, extent, e.getMessage()));
            steering.damaged(request, subtree, extent);
        } finally {
            segments.release(segment);
        }
    }
}
