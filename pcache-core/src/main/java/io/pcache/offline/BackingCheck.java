package io.pcache.offline;

import io.pcache.index.CacheIndex;
import io.pcache.index.Extent;
import io.pcache.log.Key;
import io.pcache.log.KeySetReader;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.writeback.Batch;
import java.nio.ByteBuffer;

/**
 * Compares the data that the cache holds and need not write back with the backing device, which should have the same
 * data. Of each range only the newest key is looked at. To find the newest key takes an index like the engine's, so a
 * very large cache is compared only if there is memory for this index.
 */
final class BackingCheck {
    private static final int PIECE_BYTES = 64 << 10;
    private static final long INDEX_BYTES = 4L << 20;

    private final Examination examination;
    private final CacheView view;
    private final CacheMemory backing;
    private final LogScan scan;
    private final CacheIndex newest;
    private final ByteBuffer cached = ByteBuffer.allocateDirect(PIECE_BYTES);
    private final ByteBuffer there = ByteBuffer.allocateDirect(PIECE_BYTES);
    private boolean tooLarge;
    private long comparedSectors;
    private long comparedBytes;

    BackingCheck(Examination examination, CacheMemory backing) {
        this.examination = examination;
        this.view = examination.view;
        this.backing = backing;
        this.scan = new LogScan(examination.memory, view, backing.size(), this::key);
        this.newest = new CacheIndex(backing.size(), INDEX_BYTES);
    }

    void run() {
        scan.lookFor(view.dirtyTail).run(view.keyTail);
        if (tooLarge) {
            examination.findings.add(
                    Problem.BACKING_NOT_COMPARED, 0, "the cache", "more keys than there is memory for", "");
        } else {
            newest.forEach(this::compare);
        }
    }

    private void key(KeySetReader keySet, int index, Key key, String violation) {
        if (violation != null || view.isStale(key) || tooLarge) {
            return;
        }
        boolean onBacking = key.isClean() || !scan.targetSeen();
        while (!newest.reserve(key.subtree())) {
            if (newest.memoryLimitBytes() > Runtime.getRuntime().maxMemory() / 2) {
                tooLarge = true;
                return;
            }
            newest.raiseLimit(newest.memoryLimitBytes() + INDEX_BYTES);
        }
        newest.insert(key.subtree(), Batch.extent(key, onBacking));
    }

    private void compare(int subtree, long extent) {
        examination.progress.at("comparing", comparedSectors, newest.mappedSectors());
        comparedSectors += Extent.sectors(extent);
        if (!Extent.clean(extent)) {
            return;
        }
        long offset = ((long) subtree << DeviceLayout.SUBTREE_SHIFT)
                + ((long) Extent.from(extent) << DeviceLayout.SECTOR_SHIFT);
        long at = view.dataOffset(Extent.segment(extent)) + ((long) Extent.place(extent) << DeviceLayout.SECTOR_SHIFT);
        int length = Extent.sectors(extent) << DeviceLayout.SECTOR_SHIFT;
        for (int done = 0, piece; done < length; done += piece) {
            piece = Math.min(PIECE_BYTES, length - done);
            comparePiece(offset + done, at + done, piece);
        }
    }

    private void comparePiece(long offset, long at, int length) {
        examination.memory.copyOut(at, cached, 0, length);
        comparedBytes += length;
        String found = null;
        try {
            backing.copyOut(offset, there, 0, length);
            if (!cached.slice(0, length).equals(there.slice(0, length))) {
                found = "not what the backing device has";
            }
        } catch (CacheMemoryException e) {
            found = e.getMessage();
        }
        if (found != null) {
            examination.findings.add(
                    Problem.BACKING_DIFFERS, at, "the data of device bytes " + offset + " + " + length, found, "");
        }
    }

    /** Number of bytes that were compared. */
    long comparedBytes() {
        return comparedBytes;
    }
}
