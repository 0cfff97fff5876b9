package io.pcache.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.MemoryNeeds;
import io.pcache.cache.PCacheConfig;
import io.pcache.crash.WrappedMemory;
import io.pcache.memory.AnonymousMemory;
import io.pcache.memory.CacheMemory;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryNeedsTest {
    private static final long GIB = 1L << 30;
    /** What activation takes whatever the sizes: counters, histograms, and replay's batch, which goes again before the index has all of its memory. */
    private static final long FIXED_BYTES = 10L << 20;

    /** Stays sparse: a test machine has no room for all of it. */
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

    /** A sparse device of 24 GiB, so that the arrays of a large cache are really made. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void activationTakesWhatWasComputed(boolean dataCrc) throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        CacheMemory memory = new SparseMemory(AnonymousMemory.create(24 * GIB));
        SimulatedBacking backing = new SimulatedBacking(64 << 20);
        long computed = MemoryNeeds.heapBytes(memory.size(), backing.sizeBytes(), dataCrc);
        long before = threads.getCurrentThreadAllocatedBytes();
        try (PCache cache = PCache.open(memory, backing, PCacheConfig.builder(backing.sizeBytes()).dataCrc(dataCrc).build())) {
            long taken = threads.getCurrentThreadAllocatedBytes() - before;
            assertThat(cache.state().segments().count()).isGreaterThan(1500);
            assertThat(taken).isBetween(computed * 9 / 10, computed + FIXED_BYTES);
        }
    }

    @Test
    void growsInProportionUpToTheLargestCaches() {
        long terabyte = MemoryNeeds.heapBytes(1024 * GIB, 16_384 * GIB, true);

        assertThat(terabyte).isBetween(8 * GIB, 9 * GIB);
        assertThat(MemoryNeeds.heapBytes(4096 * GIB, 65_536 * GIB, true)).isBetween(terabyte * 4 - 4 * FIXED_BYTES, terabyte * 4 + 4 * FIXED_BYTES);
    }

    @Test
    void indexHasItsMinimum() {
        assertThat(MemoryNeeds.indexBytes(32)).isEqualTo(4L << 20);
        assertThat(MemoryNeeds.indexBytes(1 << 20)).isEqualTo(96 * GIB);
    }
}
