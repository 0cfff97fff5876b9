package io.pcache.writeback;

import io.pcache.backing.BackingDevice;
import io.pcache.cache.Progress;
import io.pcache.clock.Clock;
import io.pcache.flight.BackingFlushes;
import io.pcache.index.CacheIndex;
import io.pcache.index.Extent;
import io.pcache.log.Tails;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.CacheMemoryException;
import io.pcache.segment.CachedData;
import io.pcache.segment.DataChecksums;
import io.pcache.stats.CacheStats;
import io.pcache.wake.Signal;

/**
 * Writes back the dirty data of a target that wrote through and has crashed. This is part of activation, before the
 * first request, whatever the mode is now. Clients take for granted that, once they flush, the backing device has the
 * data that they find. Nothing else puts this data there before write-back comes to the data.
 *
 * <p>Only the newest copy of a range is written. The backing device may have had this copy already, flushed. Write-back
 * in the log's order would first put the older copies over the newest copy.
 *
 * <p>If the backing device fails, or dirty data is damaged, the dirty tail stays and write-back takes the rest. Ranges
 * that were written until then are clean, and write-back leaves out their older copies.
 */
public final class ThroughBacklog {
    private final CachedData data;
    private final CacheIndex index;
    private final Batch batch;
    private final Progress progress;
    private final long total;
    private long done;
    private boolean damaged;
    private boolean failed;

    private ThroughBacklog(CachedData data, CacheIndex index, Batch batch, Progress progress) {
        this.data = data;
        this.index = index;
        this.batch = batch;
        this.progress = progress;
        this.total = index.dirtySectors();
    }

    /**
     * Writes everything back, and puts the dirty tail at the log's end. Nobody else may use the cache meanwhile.
     *
     * @param index of the log up to {@code head}
     * @param tails open
     * @param head the log's end
     * @return whether nothing is left to be written back
     */
    public static boolean write(
            CachedData data,
            CacheIndex index,
            Tails tails,
            long head,
            BackingDevice backing,
            CacheStats stats,
            Clock clock,
            Progress progress) {
        if (tails.dirtyTail() == head) {
            return true;
        }
        BackingFlushes flushes = new BackingFlushes();
        // Writes of the crashed target may still be volatile on the backing device, even if no extent is dirty any
        // more.
        flushes.written();
        try (Batch batch = new Batch(
                data.memory(),
                null,
                data.segments()::dataOffset,
                backing,
                backing.sizeBytes(),
                new Signal(),
                stats,
                clock,
                Claims.ALL,
                flushes)) {
            if (!new ThroughBacklog(data, index, batch, progress).writeAll()) {
                return false;
            }
        }
        tails.storeDirtyTail(head);
        return true;
    }

    private boolean writeAll() {
        for (int subtree = index.next(0); subtree >= 0 && !failed; subtree = index.next(subtree + 1)) {
            synchronized (index.lock(subtree)) {
                index.forEach(subtree, this::take);
            }
            if (batch.isLarge()) {
                writeBatch();
            }
        }
        if (!failed) {
            writeBatch();
        }
        return !failed && !damaged;
    }

    private void take(int subtree, long extent) {
        if (Extent.clean(extent)) {
            return;
        }
        if (isSound(extent)) {
            batch.add(subtree, extent);
        } else {
            damaged = true;
        }
    }

    private boolean isSound(long extent) {
        DataChecksums checksums = data.checksums();
        try {
            return checksums == null
                    || checksums.verify(
                            Extent.segment(extent),
                            Extent.place(extent) << DeviceLayout.SECTOR_SHIFT,
                            Extent.sectors(extent) << DeviceLayout.SECTOR_SHIFT,
                            data::matches);
        } catch (CacheMemoryException unreadable) {
            return false;
        }
    }

    private void writeBatch() {
        progress.at("write back", done, total);
        try {
            failed = !batch.write();
        } catch (CacheMemoryException unreadable) {
            failed = true;
        }
        if (failed) {
            batch.abandon();
            return;
        }
        batch.forEachWritten((subtree, extent) -> {
            synchronized (index.lock(subtree)) {
                index.markClean(subtree, extent);
            }
        });
        done += batch.newestBytes() >>> DeviceLayout.SECTOR_SHIFT;
        batch.clear();
    }
}
