package io.pcache.cacheleg;

import io.pcache.backing.BackingQueue;
import io.pcache.cache.TransferBuffers;
import io.pcache.flight.Flights;
import io.pcache.health.Health;
import io.pcache.index.CacheIndex;
import io.pcache.index.Extent;
import io.pcache.log.KeyLog;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.BufferMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.persist.Committer;
import io.pcache.policy.WriteRate;
import io.pcache.request.Request;
import io.pcache.segment.CachedData;
import io.pcache.segment.DataChecksums;
import io.pcache.stats.QueueStats;
import io.pcache.stats.RequestCounter;
import io.pcache.sys.Errno;
import io.pcache.wake.Doorbells;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The way to a cache device that is a disk: an SSD, past the page cache. Stores and loads are transfers of the queue's
 * own, any number in flight.
 *
 * <p>The log makes random writes sequential. What a round of the queue brings is placed side by side, staged in one
 * buffer, and stored by one transfer, which begins and ends with a block of the device: the room up to the next block
 * is left unused. A piece is accepted when its transfer has ended: from then on a killed process loses nothing of it,
 * and a flush of the device makes it durable.
 *
 * <p>A load reads whole blocks, and as much around the extent as its checksums cover, into a buffer of the leg, and the
 * request is answered from there.
 */
public final class DeviceLeg extends CacheLeg {
    private static final int SMALL_BYTES = 16 << 10;
    private static final int LARGE_BYTES = 256 << 10;
    /**
     * Most sectors of an extent that are loaded at once. Around them, checksums may want most of a key in front and of
     * a key behind.
     */
    private static final int MOST_SECTORS = 128;
    /** Transfers begin and end with a block of the device; no device has larger ones, and pages are as large. */
    private static final int UNIT = 4096;

    /** What a small load's buffer holds: a small read is one small load, whatever it verifies. */
    private static final int MOST_CHECKED_BYTES = SMALL_BYTES;

    private final CachedData data;
    private final DataChecksums checksums;
    private final BackingQueue device;

    private final BufferMemory staging;
    private final StoreBatch[] batches;
    private StoreBatch freeBatch;
    private int batchesTaken;
    /** The batch that pieces come into; null if there is none. */
    private StoreBatch open;
    /** How many pieces the open batch had when it was held back. */
    private int heldPieces;
    /** Batches that are stored, and whose pieces are to be accepted, from the first one stored on. */
    private StoreBatch firstStored;

    private StoreBatch lastStored;

    private final BufferMemory buffers;
    private final Load[] loads;
    private Load freeSmall;
    private Load freeLarge;
    private int loadsTaken;
    private Load firstReserved;
    private Load lastReserved;
    /** The load whose data is verified. */
    private Load verified;

    private final DataChecksums.Verifier verifier = this::matches;
    private final Piece fillPiece = new Piece();
    /** Where the piece that was staged last is in the staging memory. */
    private int stagedAt;

    /** @param device this queue's transfers; closed with the leg */
    public DeviceLeg(
            CachedData data,
            BackingQueue device,
            TransferBuffers transfers,
            CacheIndex index,
            KeyLog log,
            Flights flights,
            WriteRate rate,
            Committer committer,
            Doorbells doorbells,
            Health health,
            QueueStats stats) {
        super(data, index, log, flights, rate, committer, doorbells, health, stats, MOST_CHECKED_BYTES);
        this.data = data;
        this.checksums = data.checksums();
        this.device = device;
        this.staging = new BufferMemory(transfers.stores() * StoreBatch.BYTES);
        this.batches = new StoreBatch[transfers.stores()];
        for (int i = 0; i < batches.length; i++) {
            batches[i] = new StoreBatch(this, staging.buffer(), i * StoreBatch.BYTES);
            batches[i].nextBatch = freeBatch;
            freeBatch = batches[i];
        }
        this.buffers = new BufferMemory(transfers.smallLoads() * SMALL_BYTES + transfers.largeLoads() * LARGE_BYTES);
        this.loads = new Load[transfers.smallLoads() + transfers.largeLoads()];
        int base = 0;
        for (int i = 0; i < loads.length; i++) {
            int capacity = i < transfers.smallLoads() ? SMALL_BYTES : LARGE_BYTES;
            loads[i] = new Load(this, buffers.buffer(), base, capacity);
            base += capacity;
            free(loads[i]);
        }
        loadsTaken = 0;
        device.register(staging.buffer());
        device.register(buffers.buffer());
    }

    // ---- stores

    /** A piece may need a batch of its own. */
    @Override
    public boolean canStore() {
        return freeBatch != null;
    }

    @Override
    int mostStored() {
        return StoreBatch.BYTES;
    }

    @Override
    void beforePlace(long limit) {
        if (open != null && !open.hasRoom(Math.min(limit, StoreBatch.BYTES))) {
            submitOpen();
        }
    }

    @Override
    public void store(Piece piece, Request request, Object attachment) {
        StoreBatch batch = batchFor(piece);
        long at = batch.base + batch.bytes;
        batch.bytes += piece.length;
        int checksum;
        try {
            checksum = request.op() == Request.Op.WRITE
                    ? placement.stage(
                            request.data(), (int) (piece.offset - request.offset()), piece.length, staging, at)
                    : placement.stageZeros(piece.length, staging, at);
            health.requestDataCopied();
        } catch (UncheckedIOException e) {
            drop(piece);
            piece.error = -Errno.EIO;
            health.requestDataFailed("the data of a write could not be had: " + e.getMessage());
            return;
        }
        stagedAt = (int) at;
        batch.pieces[batch.count++].take(piece, checksum, request, attachment);
        piece.free();
        steering.storeBegun(request, attachment);
    }

    @Override
    public void copyOut(Piece piece, ByteBuffer target, int targetIndex) {
        staging.copyOut(stagedAt, target, targetIndex, piece.length);
    }

    /** The open batch, if the piece, which was placed last, lies behind what is in it; else a new one. */
    private StoreBatch batchFor(Piece piece) {
        if (open != null
                && (open.segment != piece.segment || open.end() != piece.place || !open.hasRoom(piece.length))) {
            submitOpen();
        }
        if (open == null) {
            open = freeBatch;
            freeBatch = open.nextBatch;
            open.nextBatch = null;
            batchesTaken++;
            open.open(piece.segment, piece.place);
        }
        return open;
    }

    private void submitOpen() {
        StoreBatch batch = open;
        open = null;
        heldPieces = 0;
        placement.align(batch.segment, batch.end(), UNIT);
        if (batch.count == 0) {
            free(batch);
            return;
        }
        batch.write(data.offset(batch.segment, batch.place), UNIT);
        stats.add(RequestCounter.STORED_FILL_BYTES, batch.fillBytes);
        stats.add(RequestCounter.STORED_BYTES, batch.length - batch.fillBytes);
        device.submit(batch);
    }

    private void free(StoreBatch batch) {
        batch.nextBatch = freeBatch;
        freeBatch = batch;
        batchesTaken--;
    }

    void ended(StoreBatch batch) {
        CacheMemoryException failure = failureOf(batch);
        if (failure != null) {
            fail(batch, failure);
            free(batch);
            return;
        }
        placement.stored();
        stored(batch);
    }

    private void stored(StoreBatch batch) {
        batch.nextBatch = null;
        if (firstStored == null) {
            firstStored = batch;
        } else {
            lastStored.nextBatch = batch;
        }
        lastStored = batch;
    }

    private CacheMemoryException failureOf(StoreBatch batch) {
        if (batch.result < 0) {
            return new CacheMemoryException("write of " + batch.length + " bytes at byte " + batch.offset
                    + " of the cache device failed: " + Errno.name(-batch.result));
        }
        try {
            data.memory().requireWhole();
            return null;
        } catch (CacheMemoryException e) {
            return e;
        }
    }

    private void fail(StoreBatch batch, CacheMemoryException cause) {
        // The segment keeps the reference of the first piece, so that it is not used again.
        setAside(batch.segment, cause);
        for (int i = 0; i < batch.count; i++) {
            StoredPiece piece = batch.pieces[i];
            if (i == 0) {
                piece.free();
            } else {
                drop(piece);
            }
            piece.error = -Errno.EIO;
            end(piece);
        }
    }

    /** A piece is in the log and the index, or has failed. */
    private void end(StoredPiece piece) {
        if (piece.isFill) {
            leave(piece);
            return;
        }
        Request request = piece.request;
        Object attachment = piece.attachment;
        piece.request = null;
        piece.attachment = null;
        steering.stored(request, attachment, piece.error);
    }

    @Override
    public boolean acceptStored() {
        while (firstStored != null) {
            StoreBatch batch = firstStored;
            while (batch.ended < batch.count) {
                if (!acceptStored(batch.pieces[batch.ended])) {
                    return false;
                }
                batch.ended++;
            }
            firstStored = batch.nextBatch;
            free(batch);
        }
        return true;
    }

    /** False if the piece has to wait for room in the log or the index. */
    private boolean acceptStored(StoredPiece piece) {
        if (piece.isFill) {
            boolean accepted =
                    acceptFill(piece.flight, piece.offset, piece.length, piece.segment, piece.place, piece.checksum);
            if (accepted) {
                piece.free();
                stats.add(RequestCounter.FILLED_SECTORS, piece.length >>> DeviceLayout.SECTOR_SHIFT);
                committer.appended();
            } else {
                drop(piece);
            }
        } else if (piece.request == null) {
            // Its client was told that it failed, and may have written anew since.
            drop(piece);
            piece.error = -Errno.EIO;
        } else if (!accept(piece)) {
            return false;
        }
        end(piece);
        return true;
    }

    // ---- fills

    @Override
    public void fill(Flights.Flight flight, long offset, int length, ByteBuffer buffer, int bufferIndex) {
        for (int done = 0; done < length && canStore() && refusal() == null; done += fillPiece.length) {
            beforePlace(length - done);
            if (!placement.hasRoom(FILLS_SPARE_SEGMENTS)) {
                return;
            }
            int given = placement.take(Math.min(length - done, StoreBatch.BYTES));
            fillPiece.placed(offset + done, given, placement.segment(), placement.place());
            stageFill(flight, buffer, bufferIndex + done);
        }
    }

    /** The fill that was read leaves the flights before its data is stored: the piece has an entry of its own. */
    private void stageFill(Flights.Flight read, ByteBuffer buffer, int bufferIndex) {
        StoreBatch batch = batchFor(fillPiece);
        long at = batch.base + batch.bytes;
        batch.bytes += fillPiece.length;
        int checksum = placement.stageFill(buffer, bufferIndex, fillPiece.length, staging, at);
        StoredPiece piece = batch.pieces[batch.count];
        int subtree = CacheIndex.subtree(fillPiece.offset);
        synchronized (index.lock(subtree)) {
            if (read.isCancelled()) {
                drop(fillPiece);
                return;
            }
            flights.enter(subtree, piece.flight, Flights.FILL, fillPiece.offset, fillPiece.length);
        }
        piece.take(fillPiece, checksum, null, null);
        piece.isFill = true;
        batch.count++;
        batch.fillBytes += piece.length;
        fillPiece.free();
    }

    private void leave(StoredPiece piece) {
        int subtree = CacheIndex.subtree(piece.offset);
        synchronized (index.lock(subtree)) {
            flights.leave(subtree, piece.flight);
        }
    }

    // ---- loads

    @Override
    public int reserveLoad(long extent) {
        int segment = Extent.segment(extent);
        int sectors = Math.min(Extent.sectors(extent), MOST_SECTORS);
        int place = Extent.place(extent) << DeviceLayout.SECTOR_SHIFT;
        int placeEnd = place + (sectors << DeviceLayout.SECTOR_SHIFT);
        int from = checksums == null ? place : checksums.verifiedFrom(segment, place);
        int end = checksums == null ? placeEnd : checksums.verifiedTo(segment, placeEnd);
        from &= -UNIT;
        end = end + UNIT - 1 & -UNIT;
        if (end - from > LARGE_BYTES) {
            // Keys of another writer are longer than ours: verified by loads of their own.
            from = place & -UNIT;
            end = placeEnd + UNIT - 1 & -UNIT;
        }
        Load load = end - from <= SMALL_BYTES && freeSmall != null ? freeSmall : freeLarge;
        if (load == null) {
            return 0;
        }
        if (load == freeSmall) {
            freeSmall = load.nextLoad;
        } else {
            freeLarge = load.nextLoad;
        }
        loadsTaken++;
        load.from = from;
        load.end = end;
        load.nextLoad = null;
        if (firstReserved == null) {
            firstReserved = load;
        } else {
            lastReserved.nextLoad = load;
        }
        lastReserved = load;
        return sectors;
    }

    @Override
    public void load(Request request, int subtree, long[] extents, int count) {
        for (int i = 0; i < count; i++) {
            Load load = firstReserved;
            firstReserved = load.nextLoad;
            load.nextLoad = null;
            load.request = request;
            load.subtree = subtree;
            load.extent = extents[i];
            steering.loadBegun(request);
            device.submit(load.read(segments.dataOffset(Extent.segment(extents[i]))));
        }
    }

    void ended(Load load) {
        Request request = load.request;
        int error = request == null ? 0 : answer(load, request);
        segments.release(Extent.segment(load.extent));
        load.request = null;
        free(load);
        if (request != null) {
            steering.loaded(request, error);
        }
    }

    private int answer(Load load, Request request) {
        long extent = load.extent;
        int segment = Extent.segment(extent);
        int place = Extent.place(extent) << DeviceLayout.SECTOR_SHIFT;
        int length = Extent.sectors(extent) << DeviceLayout.SECTOR_SHIFT;
        if (load.result < 0) {
            health.cacheReadFailed(
                    describe(load.subtree, extent, "read of the cache device failed: " + Errno.name(-load.result)));
            steering.damaged(request, load.subtree, extent);
            return 0;
        }
        verified = load;
        try {
            data.memory().requireWhole();
            if (checksums != null && !checksums.verify(segment, place, length, verifier)) {
                health.checksumFailed(describe(load.subtree, extent, "data checksum mismatch"));
                steering.damaged(request, load.subtree, extent);
                return 0;
            }
            long offset = CacheIndex.offset(load.subtree, extent);
            request.data().fromCache(buffers, load.base + place - load.from, (int) (offset - request.offset()), length);
            stats.add(RequestCounter.READ_HIT_SECTORS, length >>> DeviceLayout.SECTOR_SHIFT);
            health.cacheRead();
            return 0;
        } catch (UncheckedIOException e) {
            health.requestDataFailed("an answer from the cache was not taken: " + e.getMessage());
            return -Errno.EIO;
        } catch (CacheMemoryException e) {
            health.cacheReadFailed(describe(load.subtree, extent, e.getMessage()));
            steering.damaged(request, load.subtree, extent);
            return 0;
        }
    }

    private boolean matches(int segment, int place, int length, int checksum) {
        Load load = verified;
        return place >= load.from && place + length <= load.end
                ? buffers.checksum(load.base + place - load.from, length) == checksum
                : data.matches(segment, place, length, checksum);
    }

    private void free(Load load) {
        if (load.capacity == SMALL_BYTES) {
            load.nextLoad = freeSmall;
            freeSmall = load;
        } else {
            load.nextLoad = freeLarge;
            freeLarge = load;
        }
        loadsTaken--;
    }

    // ---- all transfers

    @Override
    public int poll() {
        return device.poll();
    }

    /**
     * A client that has many requests under way sends the next ones at once, but the thread is often quicker than the
     * client. So a batch that has grown in this round is held back while another one is under way: the device is busy
     * meanwhile. A batch that no longer grows is stored.
     */
    @Override
    public void endRound() {
        if (open == null) {
            return;
        }
        if (batchesTaken > 1 && open.count > heldPieces) {
            heldPieces = open.count;
        } else {
            submitOpen();
        }
    }

    @Override
    public boolean holdsBack() {
        return open != null;
    }

    @Override
    public void kick() {
        device.kick();
    }

    @Override
    public void giveUp(Predicate<Request> which, Consumer<Request> given) {
        for (StoreBatch batch : batches) {
            for (int i = batch.ended; i < batch.count; i++) {
                Request request = batch.pieces[i].request;
                if (request != null && which.test(request)) {
                    batch.pieces[i].request = null;
                    given.accept(request);
                }
            }
        }
        for (Load load : loads) {
            Request request = load.request;
            if (request != null && which.test(request)) {
                load.request = null;
                given.accept(request);
            }
        }
    }

    @Override
    public boolean isIdle() {
        return batchesTaken == 0 && loadsTaken == 0;
    }

    @Override
    public void closeSegment() {
        if (open != null) {
            submitOpen();
        }
        super.closeSegment();
    }

    @Override
    public void close() {
        device.close();
    }
}
