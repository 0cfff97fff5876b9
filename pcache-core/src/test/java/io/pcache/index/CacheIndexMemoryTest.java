package io.pcache.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.management.ThreadMXBean;
import io.pcache.slab.SlabPool;
import java.lang.management.ManagementFactory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens at the memory limit, and what is allocated on the way to it. */
class CacheIndexMemoryTest {
    private static final long CHUNK = SlabPool.CHUNK_BYTES;

    private static long at(int sector) {
        return Extent.of(sector, 1, false, sector & 1, sector);
    }

    /**
     * Fills subtrees with one-sector extents, two sectors apart, until reserve refuses; returns the number of extents.
     */
    private static int fill(CacheIndex index) {
        int inserted = 0;
        for (int subtree = 0; subtree < index.subtrees(); subtree++) {
            for (int sector = 0; sector < Extent.SUBTREE_SECTORS; sector += 2) {
                if (!index.reserve(subtree)) {
                    return inserted;
                }
                index.insert(subtree, at(sector));
                inserted++;
            }
        }
        return inserted;
    }

    private static List<Long> contents(CacheIndex index) {
        List<Long> list = new ArrayList<>();
        index.forEach((subtree, extent) -> {
            list.add((long) subtree);
            list.add(extent);
        });
        return list;
    }

    @Test
    void reserveSaysNoAtTheLimitAndChangesNothing() {
        CacheIndex index = new CacheIndex(100 * CacheIndex.SUBTREE_BYTES, CHUNK);
        int inserted = fill(index);
        assertThat(inserted).isBetween(10_000, 32_768).isEqualTo((int) index.entries());
        assertThat(index.usedBytes()).isLessThanOrEqualTo(CHUNK);
        List<Long> before = contents(index);
        long used = index.usedBytes();
        int full = index.next(0);
        while (index.reserve(full)) {
            full++;
        }
        assertThat(contents(index)).isEqualTo(before);
        assertThat(index.usedBytes()).isEqualTo(used);
        assertThat(index.forcedAllocations()).isZero();
    }

    @Test
    void insertWithoutReserveFailsAtTheLimitAndChangesNothing() {
        CacheIndex index = new CacheIndex(100 * CacheIndex.SUBTREE_BYTES, CHUNK);
        fill(index);
        int full = index.next(0);
        while (index.reserve(full)) {
            full++;
        }
        int subtree = full;
        List<Long> before = contents(index);
        long sectors = index.mappedSectors();
        assertThatThrownBy(() -> {
                    for (int sector = 1; sector < Extent.SUBTREE_SECTORS; sector += 2) {
                        index.insert(subtree, at(sector));
                        index.removeRange(subtree, sector, 1);
                        index.insert(subtree, at(sector));
                    }
                })
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("reserve");
        assertThat(contents(index).size()).isGreaterThanOrEqualTo(before.size());
        assertThat(index.mappedSectors() - sectors).isEqualTo((contents(index).size() - before.size()) / 2);
    }

    @Test
    void goesOnAfterGrow() {
        CacheIndex index = new CacheIndex(100 * CacheIndex.SUBTREE_BYTES, CHUNK);
        int first = fill(index);
        index.clear();
        index.raiseLimit(3 * CHUNK);
        assertThat(index.memoryLimitBytes()).isEqualTo(3 * CHUNK);
        assertThat(fill(index)).isGreaterThan(2 * first);
        index.raiseLimit(1);
        assertThat(index.memoryLimitBytes()).as("never lowered").isEqualTo(3 * CHUNK);
    }

    @Test
    void removalSplitsEvenAtTheLimitAndIsCounted() {
        CacheIndex index = new CacheIndex(40_000 * CacheIndex.SUBTREE_BYTES, CHUNK);
        // A lone extent needs no slab until the extent is cut.
        for (int subtree = 0; subtree < 20_000; subtree++) {
            assertThat(index.reserve(subtree)).isTrue();
            index.insert(subtree, Extent.of(0, 100, false, 1, 0));
        }
        assertThat(index.usedBytes()).isZero();
        long key = Extent.of(50, 8, false, 1, 50);
        for (int subtree = 0; subtree < 20_000; subtree++) {
            index.removePlace(subtree, key);
        }
        assertThat(index.entries()).isEqualTo(40_000);
        assertThat(index.forcedAllocations()).isEqualTo(20_000 - CHUNK / 32);
        assertThat(index.usedBytes()).isEqualTo(20_000 * 32);
        assertThat(index.memoryBytes()).isBetween(3 * CHUNK, 8 * CHUNK);
        assertThat(index.reserve(0))
                .as("memory beyond the limit is for removals only")
                .isTrue();
        index.insert(0, Extent.of(200, 1, false, 1, 0));
        assertThat(index.reserve(0)).isFalse();
        for (int subtree = 0; subtree < 20_000; subtree++) {
            index.removeRange(subtree, 0, 8192);
        }
        assertThat(index.usedBytes()).isZero();
        assertThat(index.reserve(0)).isTrue();
    }

    @Test
    void leavesGapsOutAtTheLimitButNotTheReservedOne() {
        int subtrees = (int) (CHUNK / 32);
        CacheIndex index = new CacheIndex(subtrees * CacheIndex.SUBTREE_BYTES, CHUNK);
        for (int subtree = 0; subtree < subtrees; subtree++) {
            index.insert(subtree, Extent.of(100, 1, false, 0, 0));
            assertThat(index.reserve(subtree)).isTrue();
            index.insert(subtree, Extent.of(300, 1, false, 0, 0));
        }
        assertThat(index.usedBytes()).isEqualTo(CHUNK);
        assertThat(index.reserve(9)).isTrue();
        assertThat(index.insertMissing(9, Extent.of(0, Extent.SUBTREE_SECTORS, true, 5, 0)))
                .isEqualTo(100);
        assertThat(index.mappedSectors()).isEqualTo(2L * subtrees + 100);
    }

    /** A log with garbage collection: at the limit, the oldest keys are removed until there is room for the newest. */
    @Test
    void goesOnAtTheLimitWhenOldKeysAreRemoved() {
        int subtrees = 64;
        CacheIndex index = new CacheIndex(subtrees * CacheIndex.SUBTREE_BYTES, 4 * CHUNK);
        ArrayDeque<long[]> log = new ArrayDeque<>();
        Random random = new Random(3);
        long fewest = Long.MAX_VALUE;
        int mostRemovals = 0;
        for (int step = 0; step < 400_000; step++) {
            // Always other regions fill, as with a workload that moves.
            int subtree = (step / 50_000 * 16 + random.nextInt(32)) % subtrees;
            long key = Extent.of(random.nextInt(4096) * 2, 1, false, step & 0xFFFF, step & 0x7FFF);
            int removals = 0;
            while (!index.reserve(subtree)) {
                long[] oldest = log.remove();
                index.removePlace((int) oldest[0], oldest[1]);
                removals++;
            }
            if (removals > 0) {
                fewest = Math.min(fewest, index.entries());
                mostRemovals = Math.max(mostRemovals, removals);
            }
            index.insert(subtree, key);
            log.add(new long[] {subtree, key});
        }
        assertThat(mostRemovals).as("the limit was met").isPositive();
        assertThat(fewest)
                .as("entries when there was room again, of 131072 words")
                .isGreaterThan(131_072 / 2);
        assertThat(index.usedBytes()).isLessThanOrEqualTo(4 * CHUNK);
    }

    /**
     * There are seven arrays of an eighth of the memory each. One array goes, and another wants to double, which takes
     * two free eighths side by side.
     */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6})
    void removalsJoinFreeMemoryForAWaitingWriter(int gone) {
        CacheIndex index = new CacheIndex(7 * CacheIndex.SUBTREE_BYTES, CHUNK);
        for (int subtree = 0; subtree < 7; subtree++) {
            for (int sector = 0; sector < 4095 * 2; sector += 2) {
                assertThat(index.reserve(subtree)).isTrue();
                index.insert(subtree, at(sector));
            }
        }
        assertThat(index.reserve(0)).as("one free eighth").isFalse();
        index.removeRange(gone, 0, Extent.SUBTREE_SECTORS);
        for (int subtree = 1; subtree < 7 && !index.reserve(0); subtree++) {
            index.removeRange(subtree, 8, 1);
        }
        List<Long> before = contents(index);
        assertThat(index.reserve(0)).isTrue();
        assertThat(contents(index)).isEqualTo(before);
    }

    @Test
    void accountsForItsMemory() {
        // 400 000 extents of 4 KiB, a quarter of the device, in random order.
        int count = 400_000;
        CacheIndex index = new CacheIndex(4L * count * 4096, 24L * count);
        Random random = new Random(1);
        int inserted = 0;
        while (inserted < count) {
            long offset = (long) random.nextInt(4 * count) << 12;
            int subtree = CacheIndex.subtree(offset);
            assertThat(index.reserve(subtree)).isTrue();
            index.insert(subtree, Extent.of(CacheIndex.sector(offset), 8, false, inserted % 4000, inserted / 4000 * 8));
            inserted++;
        }
        assertThat(index.memoryBytes()).isLessThan(24 * index.entries());
        assertThat(index.forcedAllocations()).isZero();
    }

    @Test
    void allocatesNothingOnceItsMemoryIsThere() {
        assumeThat(ManagementFactory.getThreadMXBean()).isInstanceOf(ThreadMXBean.class);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        assumeThat(threads.isThreadAllocatedMemoryEnabled()).isTrue();
        CacheIndex index = new CacheIndex(300 * CacheIndex.SUBTREE_BYTES, 40 * CHUNK);
        index.growAhead(() -> {});
        while (index.grow()) {
            assertThat(index.memoryBytes()).isLessThan(60 * CHUNK);
        }
        long[] out = new long[16];
        long[] seen = new long[1];
        CacheIndex.Visitor visitor = (subtree, extent) -> seen[0]++;
        Random random = new Random(7);
        churn(index, random, out, visitor, 20_000);
        long before = threads.getCurrentThreadAllocatedBytes();
        churn(index, random, out, visitor, 200_000);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(seen[0]).isPositive();
        // The measuring call may allocate itself.
        assertThat(allocated).isLessThan(1024);
    }

    private static void churn(CacheIndex index, Random random, long[] out, CacheIndex.Visitor visitor, int steps) {
        for (int i = 0; i < steps; i++) {
            int subtree = random.nextInt(300);
            int from = random.nextInt(1024) * 8;
            long extent = Extent.of(from, 8, random.nextInt(8) == 0, random.nextInt(2), from);
            synchronized (index.lock(subtree)) {
                switch (random.nextInt(6)) {
                    case 0 -> index.removePlace(subtree, extent);
                    case 1 -> index.removeRange(subtree, from, 8192 - from);
                    case 2 -> index.find(subtree, 0, from + 1, out);
                    default -> {
                        if (index.reserve(subtree)) {
                            index.insert(subtree, extent);
                        }
                    }
                }
            }
            if (i % 10_000 == 9_999) {
                index.forEach(visitor);
                index.clear();
            }
        }
    }
}
