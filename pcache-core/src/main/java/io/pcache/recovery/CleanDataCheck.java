package io.pcache.recovery;

import io.pcache.backing.BackingDevice;
import io.pcache.cache.Progress;
import io.pcache.cache.Verify;
import io.pcache.clock.Clock;
import io.pcache.index.CacheIndex;
import io.pcache.index.Extent;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemoryException;
import io.pcache.segment.SegmentTable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Compares the clean data of a cache with the backing device, which must have the same data. If the data differs,
 * somebody has written to the backing device without its cache, and the cache would answer reads with old data.
 *
 * <p>A sample has two parts. The first pieces of the device are taken, because file systems, volumes and partition
 * tables keep bytes there that change with every use. Other pieces are taken at random, spread over all that is cached.
 * The sample ends after some seconds, however slow the device is. If either device fails to give data, this data is
 * left out: a failed read is no difference.
 */
final class CleanDataCheck {
    /** Pieces of a sample from the beginning of the device. */
    private static final int FIRST_PIECES = 16;

    private static final int SPREAD_PIECES = 64;
    private static final int SAMPLE_BYTES = 64 << 10;
    private static final int WHOLE_BYTES = 1 << 20;
    private static final long SAMPLE_NANOS = 3_000_000_000L;
    private static final String STEP = "compare";

    private final CacheMemory memory;
    private final SegmentTable segments;
    private final CacheIndex index;
    private final BackingDevice backing;
    private final Progress progress;
    private final Clock clock;
    private final SplittableRandom random = new SplittableRandom();
    private long[] extents = new long[64];
    private int count;
    private BackingReader reader;
    private ByteBuffer cached;
    private long comparedBytes;
    private long unreadable;
    private long difference = -1;

    CleanDataCheck(
            CacheMemory memory,
            SegmentTable segments,
            CacheIndex index,
            BackingDevice backing,
            Progress progress,
            Clock clock) {
        this.memory = memory;
        this.segments = segments;
        this.index = index;
        this.backing = backing;
        this.progress = progress;
        this.clock = clock;
    }

    /** @return the first byte of the backing device that was found to differ; -1 if no byte was */
    long run(Verify verify) {
        if (verify == Verify.NONE || index.next(0) < 0) {
            return -1;
        }
        progress.at(STEP, 0, 0);
        int pieceBytes = verify == Verify.ALL ? WHOLE_BYTES : SAMPLE_BYTES;
        cached = ByteBuffer.allocateDirect(pieceBytes).order(ByteOrder.LITTLE_ENDIAN);
        try (BackingReader open = new BackingReader(backing, pieceBytes)) {
            reader = open;
            if (verify == Verify.ALL) {
                all();
            } else {
                sample();
            }
        }
        return difference;
    }

    private void all() {
        long total = index.mappedSectors() << DeviceLayout.SECTOR_SHIFT;
        for (int subtree = index.next(0); subtree >= 0 && difference < 0; subtree = index.next(subtree + 1)) {
            collect(subtree);
            for (int i = 0; i < count && difference < 0; i++) {
                compareAll(subtree, extents[i]);
                progress.at(STEP, comparedBytes, total);
            }
        }
    }

    private void compareAll(int subtree, long extent) {
        int step = WHOLE_BYTES >>> DeviceLayout.SECTOR_SHIFT;
        for (int from = Extent.from(extent); from < Extent.end(extent) && difference < 0; from += step) {
            compare(subtree, Extent.clip(extent, from, Math.min(Extent.end(extent), from + step)));
        }
    }

    private void sample() {
        long end = clock.nanoTime() + SAMPLE_NANOS;
        int pieces = 0;
        int subtree = index.next(0);
        while (subtree >= 0 && pieces < FIRST_PIECES && mayGoOn(end)) {
            collect(subtree);
            for (int i = 0; i < count && pieces < FIRST_PIECES && mayGoOn(end); i++, pieces++) {
                compare(subtree, piece(extents[i], Extent.from(extents[i])));
            }
            subtree = index.next(subtree + 1);
        }
        long subtrees = index.subtrees();
        for (int i = 0; i < SPREAD_PIECES && mayGoOn(end); i++) {
            long from = subtrees * i / SPREAD_PIECES;
            long behind = subtrees * (i + 1) / SPREAD_PIECES;
            subtree = index.next((int) (from + random.nextLong(Math.max(1, behind - from))));
            subtree = subtree < 0 ? index.next(0) : subtree;
            collect(subtree);
            if (count > 0) {
                compare(subtree, somewhere(extents[random.nextInt(count)]));
            }
        }
    }

    private boolean mayGoOn(long end) {
        return difference < 0 && clock.nanoTime() - end < 0;
    }

    private static int sampleSectors() {
        return SAMPLE_BYTES >>> DeviceLayout.SECTOR_SHIFT;
    }

    private long somewhere(long extent) {
        int spare = Extent.sectors(extent) - sampleSectors();
        return piece(extent, Extent.from(extent) + (spare > 0 ? random.nextInt(spare + 1) : 0));
    }

    private static long piece(long extent, int from) {
        return Extent.clip(extent, from, Math.min(Extent.end(extent), from + sampleSectors()));
    }

    /** Collects the clean extents of a subtree, in the order of addresses. */
    private void collect(int subtree) {
        count = 0;
        synchronized (index.lock(subtree)) {
            index.forEach(subtree, (same, extent) -> {
                if (Extent.clean(extent)) {
                    if (count == extents.length) {
                        extents = Arrays.copyOf(extents, 2 * count);
                    }
                    extents[count++] = extent;
                }
            });
        }
    }

    private void compare(int subtree, long extent) {
        int length = Extent.sectors(extent) << DeviceLayout.SECTOR_SHIFT;
        long offset = subtree * CacheIndex.SUBTREE_BYTES + ((long) Extent.from(extent) << DeviceLayout.SECTOR_SHIFT);
        int at = reader.read(offset, length);
        if (at < 0) {
            unreadable++;
            return;
        }
        try {
            memory.copyOut(
                    segments.dataOffset(Extent.segment(extent))
                            + ((long) Extent.place(extent) << DeviceLayout.SECTOR_SHIFT),
                    cached,
                    0,
                    length);
        } catch (CacheMemoryException e) {
            unreadable++;
            return;
        }
        comparedBytes += length;
        int mismatch = cached.slice(0, length).mismatch(reader.buffer().slice(at, length));
        if (mismatch >= 0) {
            difference = offset + mismatch;
        }
    }

    /** A text for the operator; empty if there was nothing to compare. */
    String summary() {
        return comparedBytes == 0 && unreadable == 0
                ? ""
                : "; compared " + comparedBytes
                        + " clean bytes with the backing device"
                        + (unreadable == 0 ? "" : ", could not read " + unreadable + " pieces");
    }
}
