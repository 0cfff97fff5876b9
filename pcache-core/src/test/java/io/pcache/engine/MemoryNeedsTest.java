package io.pcache.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.MemoryNeeds;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.crash.WrappedMemory;
import io.pcache.index.CacheIndex;
import io.pcache.index.Extent;
import io.pcache.memory.AnonymousMemory;
import io.pcache.memory.CacheMemory;
import io.pcache.sys.Errno;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryNeedsTest {
    private static final long MIB = 1L << 20;
    private static final long GIB = 1L << 30;
    private static final long TIB = 1L << 40;
    /** The part of the heap that activation takes whatever the sizes: counters, histograms, a scratch log. */
    private static final long FIXED_BYTES = 6 * MIB;

    /** A memory that stays sparse: a test machine has no room for all of it. */
    private static final class SparseMemory extends WrappedMemory {
        SparseMemory(CacheMemory memory) {
            super(memory);
        }

        @Override
        public void requireRoom() {
            // There is room for what the test stores.
        }

        @Override
        public boolean allocate() {
            return true;
        }
    }

    private static PCacheConfig.Builder config(SimulatedBacking backing, boolean dataCrc) {
        return PCacheConfig.builder(backing.sizeBytes()).dataCrc(dataCrc);
    }

    private static long outside(PCache cache) {
        return cache.parts().index().memoryBytes()
                + (cache.parts().data().checksums() == null
                        ? 0
                        : cache.parts().data().checksums().memoryBytes());
    }

    /** A sparse device of 24 GiB, so that the arrays of a large cache are really made. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anEmptyCacheTakesItsHeapAndLittleBesides(boolean dataCrc) throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        CacheMemory memory = new SparseMemory(AnonymousMemory.create(24 * GIB));
        SimulatedBacking backing = new SimulatedBacking(64 << 20);
        long computed = MemoryNeeds.heapBytes(memory.size(), backing.sizeBytes());
        long before = threads.getCurrentThreadAllocatedBytes();
        try (PCache cache =
                PCache.open(memory, backing, config(backing, dataCrc).build())) {
            long taken = threads.getCurrentThreadAllocatedBytes() - before;
            assertThat(cache.parts().segments().count()).isGreaterThan(1500);
            assertThat(taken).isLessThan(computed + FIXED_BYTES);
            assertThat(outside(cache)).isLessThan(16 * MIB);
        }
    }

    /** A cache in front of 500 TiB or 4 PiB takes no more than a cache in front of 1 GiB. */
    @ParameterizedTest
    @ValueSource(longs = {500 * TIB, 4096 * TIB})
    void anIndexOfALargeDeviceTakesWhatItHolds(long deviceBytes) {
        CacheIndex small = new CacheIndex(GIB, 64 * MIB);
        CacheIndex large = new CacheIndex(deviceBytes, 64 * MIB);
        for (CacheIndex index : new CacheIndex[] {small, large}) {
            for (int subtree = 0; subtree < 256; subtree++) {
                assertThat(index.reserve(subtree)).isTrue();
                index.insert(subtree, Extent.of(0, 8, false, 0, 0));
            }
        }
        assertThat(large.memoryBytes()).isLessThan(small.memoryBytes() + MIB);
        assertThat(MemoryNeeds.heapBytes(GIB, deviceBytes)).isLessThan(MemoryNeeds.heapBytes(GIB, GIB) + MIB);

        int last = large.subtrees() - 1;
        assertThat(large.reserve(last)).isTrue();
        large.insert(last, Extent.of(0, 8, false, 0, 0));
        assertThat(large.next(256)).isEqualTo(last);
        large.clear();
        assertThat(large.usedTableBytes()).as("given back for the next use").isLessThan(64 << 10);
    }

    @Test
    void theTableOfAFullDeviceTakesWhatWasComputed() {
        int subtrees = 5000;
        CacheIndex index = new CacheIndex(subtrees * CacheIndex.SUBTREE_BYTES, MIB);
        for (int subtree = 0; subtree < subtrees; subtree++) {
            assertThat(index.reserve(subtree)).isTrue();
            index.insert(subtree, Extent.of(0, 8, false, 0, 0));
        }
        assertThat(index.usedTableBytes())
                .isBetween(
                        subtrees * 8L, CacheIndex.tableBytes(subtrees * CacheIndex.SUBTREE_BYTES) + (64 << 10) + 4096);
    }

    @Test
    void activationIsRefusedWhereTheSystemHasNoMemoryForWhatTheLogHolds() throws Exception {
        CacheMemory memory = new SparseMemory(AnonymousMemory.create(GIB));
        SimulatedBacking backing = new SimulatedBacking(64 << 20);
        PCacheConfig config = config(backing, true).freeMemory(() -> 51 * MIB).build();

        assertThatThrownBy(() -> PCache.open(memory, backing, config))
                .isInstanceOfSatisfying(PCacheException.class, e -> {
                    assertThat(e.errno()).isEqualTo(Errno.ENOMEM);
                    assertThat(e.isDamage()).isFalse();
                    assertThat(e.reasons().get(0))
                            .contains("the cache holds 0 keys")
                            .contains(" 3 MiB are available")
                            .contains("--force");
                });
        // The second attempt finds the memory that is there by then.
        PCache.open(memory, backing, config(backing, true).build()).close();
    }

    @Test
    void growsInProportionUpToTheLargestCaches() {
        long terabyte = MemoryNeeds.limitBytes(TIB, 16 * TIB, true);

        assertThat(terabyte).isBetween(8 * GIB, 9 * GIB);
        assertThat(MemoryNeeds.limitBytes(4 * TIB, 64 * TIB, true)).isBetween(terabyte * 39 / 10, terabyte * 4);
        assertThat(MemoryNeeds.heapBytes(TIB, 16 * TIB)).isBetween(9 * MIB, 11 * MIB);
    }

    @Test
    void indexHasItsMinimum() {
        assertThat(MemoryNeeds.indexBytes(32)).isEqualTo(4L << 20);
        assertThat(MemoryNeeds.indexBytes(1 << 20)).isEqualTo(96 * GIB);
    }
}
