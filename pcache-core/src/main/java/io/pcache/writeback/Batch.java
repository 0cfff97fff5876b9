package io.pcache.writeback;

import io.pcache.backing.BackingDevice;
import io.pcache.cache.MemoryNeeds;
import io.pcache.clock.Clock;
import io.pcache.flight.BackingFlushes;
import io.pcache.index.CacheIndex;
import io.pcache.index.Extent;
import io.pcache.log.Key;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.stats.CacheStats;
import io.pcache.sys.Errno;
import io.pcache.wake.Signal;
import java.util.function.IntToLongFunction;

/**
 * Dirty keys that are written to the backing device together: of each range only the newest copy, in the order of
 * addresses. Owned by one thread.
 */
public final class Batch implements AutoCloseable {
    private static final long INDEX_BYTES = MemoryNeeds.BATCH_BYTES / 2;
    /** Leaves room for another key-set, each key of which may take a page of the index's table and a slab. */
    private static final long LARGE_BYTES = INDEX_BYTES * 3 / 4;

    private final CacheMemory memory;
    private final IntToLongFunction dataOffsets;
    private final BackingWriter writer;
    /** Null where data is loaded from the cache's memory. */
    private final CacheReads reads;

    /** An index keeps the newest copies apart, and in order. */
    private final CacheIndex newest;

    private final CacheIndex.Visitor writeExtent = this::writeExtent;
    private final Claims claims;
    private int keys;
    private long bytes;

    /**
     * @param device the cache device, for transfers of data; null where data is loaded from the cache's memory
     * @param dataOffsets device offset of a cache segment's data area
     * @param backingBytes size of the backing device; the keys' ranges are within this size
     * @param signal raised when a transfer has ended; awaited by {@link #write}
     * @param claims tells which data that cannot be loaded is not needed; such data is left out
     * @param flushes tells what queues have written to the backing device, which a flush of the batch covers too
     */
    public Batch(
            CacheMemory memory,
            BackingDevice device,
            IntToLongFunction dataOffsets,
            BackingDevice backing,
            long backingBytes,
            Signal signal,
            CacheStats stats,
            Clock clock,
            Claims claims,
            BackingFlushes flushes) {
        this.memory = memory;
        this.dataOffsets = dataOffsets;
        this.reads = device == null ? null : new CacheReads(device, dataOffsets, signal);
        this.writer = new BackingWriter(backing, memory, claims, flushes, signal, stats, clock);
        this.claims = claims;
        this.newest = new CacheIndex(backingBytes, INDEX_BYTES);
        // Write-back must not wait for memory: others that want memory may wait for write-back.
        newest.prepare(INDEX_BYTES);
    }

    /** Takes a key that was checked. The key must be newer than all keys taken before. */
    public void add(Key key) {
        add(key.subtree(), extent(key, false));
    }

    /** Takes a part of a key, as an index has the part. The part must be newer than all that was taken before. */
    void add(int subtree, long extent) {
        while (!newest.reserve(subtree)) {
            newest.raiseLimit(newest.memoryLimitBytes() + INDEX_BYTES);
        }
        newest.insert(subtree, extent);
        keys++;
        bytes += (long) Extent.sectors(extent) << DeviceLayout.SECTOR_SHIFT;
    }

    /** The extent of a key that was checked, for an index. */
    public static long extent(Key key, boolean clean) {
        return CacheIndex.extent(key.offset, key.length, clean, key.segment, key.place);
    }

    /**
     * Whether the batch should be written before another key-set is taken: the batch takes much memory. Many small keys
     * all over a large device lead to such a batch.
     */
    public boolean isLarge() {
        return newest.usedBytes() > LARGE_BYTES || newest.usedTableBytes() > LARGE_BYTES;
    }

    /** Number of keys and parts of keys taken. */
    public int keys() {
        return keys;
    }

    /** Bytes of all that was taken, with the older copies of ranges. */
    public long bytes() {
        return bytes;
    }

    /** Number of bytes that {@link #write} writes. */
    public long newestBytes() {
        return newest.mappedSectors() << DeviceLayout.SECTOR_SHIFT;
    }

    /**
     * If nobody else uses the backing device, writes everything and makes it durable; otherwise as {@link #transfer}.
     */
    public boolean write() {
        return transfer() && flush() == FlushOutcome.DONE;
    }

    /**
     * Writes everything; {@link #flush} makes it durable.
     *
     * @return whether the backing device took everything; if not, {@link #problem} says why, and the batch is to be
     *     {@linkplain #abandon abandoned}
     * @throws io.pcache.memory.CacheMemoryException when the cache device fails; the batch is to be abandoned then, too
     */
    boolean transfer() {
        boolean refused = writer.refusal() != 0;
        writeNewest();
        if (writer.finish()) {
            return true;
        }
        if (refused || writer.refusal() == 0) {
            return false;
        }
        // Nothing is wrong with the backing device: the same writes come again, copied.
        writer.abandon();
        writeNewest();
        return writer.finish();
    }

    private void writeNewest() {
        newest.forEach(writeExtent);
        while (reads != null && !reads.isEmpty()) {
            writeOldest();
        }
    }

    /** Makes durable what was transferred. After a failure, the batch is to be {@linkplain #abandon abandoned}. */
    FlushOutcome flush() {
        return writer.flush();
    }

    /**
     * Why data is copied on its way to the backing device, in words, although both devices promised that no copy is
     * needed; null if nothing failed.
     */
    public String refusal() {
        return writer.refusal() == 0
                ? null
                : "the backing device cannot write out of the cache's memory (" + Errno.name(-writer.refusal())
                        + "): write-back copies from now on, which takes more time";
    }

    /** Takes a range that was not written out of the batch. */
    void leaveOut(long offset, int length) {
        newest.removeRange(CacheIndex.subtree(offset), CacheIndex.sector(offset), length >>> DeviceLayout.SECTOR_SHIFT);
    }

    /**
     * Shows what was written. Data that was left out is shown too. Nobody needs data that was left out, and the cache's
     * index does not hold it any more.
     */
    void forEachWritten(CacheIndex.Visitor visitor) {
        newest.forEach(visitor);
    }

    private void writeExtent(int subtree, long extent) {
        if (reads != null) {
            readExtent(subtree, extent);
            return;
        }
        try {
            write(subtree, extent);
        } catch (CacheMemoryException e) {
            writeLoadable(subtree, extent);
        }
    }

    private void readExtent(int subtree, long extent) {
        for (int from = Extent.from(extent); from < Extent.end(extent); from += CacheReads.MOST_SECTORS) {
            if (reads.isFull()) {
                writeOldest();
            }
            reads.begin(
                    subtree, Extent.clip(extent, from, Math.min(Extent.end(extent), from + CacheReads.MOST_SECTORS)));
        }
    }

    private boolean isWhole() {
        try {
            memory.requireWhole();
            return true;
        } catch (CacheMemoryException e) {
            return false;
        }
    }

    private void writeOldest() {
        reads.await();
        int subtree = reads.subtree();
        long extent = reads.extent();
        if (reads.isGood() && isWhole()) {
            writer.write(
                    offset(subtree, extent),
                    reads.memory(),
                    reads.at(),
                    Extent.sectors(extent) << DeviceLayout.SECTOR_SHIFT);
            reads.giveBack();
        } else {
            reads.giveBack();
            writeLoadable(subtree, extent);
        }
    }

    /**
     * Goes through an extent by sectors, since some of them cannot be loaded. Of these, sectors that are not needed are
     * left out.
     */
    private void writeLoadable(int subtree, long extent) {
        for (int from = Extent.from(extent); from < Extent.end(extent); from++) {
            long sector = Extent.clip(extent, from, from + 1);
            try {
                write(subtree, sector);
            } catch (CacheMemoryException e) {
                if (claims.isNeeded(subtree, sector)) {
                    throw new CacheMemoryException(
                            damage(e.getMessage(), offset(subtree, sector), DeviceLayout.SECTOR_BYTES), e);
                }
            }
        }
    }

    private void write(int subtree, long extent) {
        long at = dataOffsets.applyAsLong(Extent.segment(extent))
                + ((long) Extent.place(extent) << DeviceLayout.SECTOR_SHIFT);
        writer.write(offset(subtree, extent), memory, at, Extent.sectors(extent) << DeviceLayout.SECTOR_SHIFT);
    }

    private static long offset(int subtree, long extent) {
        return ((long) subtree << DeviceLayout.SUBTREE_SHIFT)
                + ((long) Extent.from(extent) << DeviceLayout.SECTOR_SHIFT);
    }

    static String damage(String what, long offset, int length) {
        return what + ": dirty data of device bytes " + offset + " + " + length
                + " cannot be written back until it is overwritten";
    }

    /** How long the last flush of the backing device took. */
    public long flushNanos() {
        return writer.flushNanos();
    }

    /** What failed, in words. */
    public String problem() {
        return writer.problem();
    }

    /** After a failure: waits for all that is in flight, and forgets it. */
    public void abandon() {
        if (reads != null) {
            reads.abandon();
        }
        writer.abandon();
    }

    /** Forgets the keys. */
    public void clear() {
        newest.clear();
        keys = 0;
        bytes = 0;
    }

    /** Gives back the backing device's queue. Nothing may be in flight. */
    @Override
    public void close() {
        if (reads != null) {
            reads.close();
        }
        writer.close();
        newest.close();
    }
}
