package io.pcache.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.bench.NullBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.crash.WrappedMemory;
import io.pcache.engine.TestCache.TestRequest;
import io.pcache.health.Condition;
import io.pcache.index.CacheIndex;
import io.pcache.index.Extent;
import io.pcache.memory.AnonymousMemory;
import io.pcache.memory.CacheMemory;
import io.pcache.request.Request;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of requests when the system has no memory to make the index larger. */
class MemoryGrowthTest {
    private static final long MIB = 1L << 20;
    private static final int BLOCK = 4096;
    private static final int FIRST_FILLED = 100;

    private final List<String> events = new ArrayList<>();
    private long free = 200 * MIB;
    private TestCache cache;

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

    @BeforeEach
    void openWithAnIndexThatCannotGrow() throws Exception {
        NullBacking backing = new NullBacking(8192 * MIB);
        PCacheConfig config = PCacheConfig.builder(backing.sizeBytes())
                .events((kind, text) -> events.add(kind + ": " + text))
                .freeMemory(() -> free)
                .build();
        cache = new TestCache(new SparseMemory(AnonymousMemory.create(8192 * MIB)), backing, config, 1);
        cache.parts().grower().takeOver();
        free = 51 * MIB;
        cacheFirstBlock();
        useUpMemory();
    }

    @AfterEach
    void close() {
        cache.close();
    }

    private CacheIndex index() {
        return cache.parts().index();
    }

    /**
     * Uses up the index's memory, by extents in subtrees that no request of the test needs, until there is no memory
     * for a second extent in a subtree.
     */
    private void useUpMemory() {
        int inserted = 2;
        for (int subtree = FIRST_FILLED; inserted > 1; subtree++) {
            synchronized (index().lock(subtree)) {
                for (inserted = 0; inserted < Extent.SUBTREE_SECTORS && index().reserve(subtree); inserted++) {
                    index().insert(subtree, Extent.of(inserted, 1, true, inserted & 1, inserted));
                }
            }
        }
    }

    /** Caches an extent that nothing collects, so that another extent in the same subtree needs memory. */
    private void cacheFirstBlock() {
        synchronized (index().lock(0)) {
            assertThat(index().reserve(0)).isTrue();
            index().insert(0, Extent.of(0, 8, true, 0, 0));
        }
    }

    private TestRequest write(long offset) {
        return cache.submit(0, Request.Op.WRITE, offset, BLOCK, false, new byte[BLOCK]);
    }

    private String problem() {
        return cache.parts().health().problem(Condition.MEMORY_SHORT);
    }

    private void work() {
        for (int i = 0; i < 5; i++) {
            cache.step();
        }
    }

    @Test
    void aWriteWaitsAndIsServedWhenThereIsMemoryAgain() {
        assertThat(write(8 << 20).ended).as("needs no more").isTrue();
        TestRequest waiting = write(4 * BLOCK);
        work();
        assertThat(waiting.ended).isFalse();
        assertThat(problem()).contains("4 MiB more are needed, and 3 MiB are available");
        assertThat(events).anyMatch(event -> event.startsWith("MEMORY_SHORT: "));

        free = 200 * MIB;
        work();
        assertThat(waiting.ended).isTrue();
        assertThat(waiting.result).isZero();
        assertThat(problem()).isNull();
        assertThat(cache.read(4 * BLOCK, BLOCK)).isEqualTo(new byte[BLOCK]);
    }

    @Test
    void aWriteThatWaitsIsServedWhenCachedDataIsDropped() {
        TestRequest waiting = write(4 * BLOCK);
        work();
        assertThat(waiting.ended).isFalse();

        synchronized (index().lock(FIRST_FILLED)) {
            index().removeRange(FIRST_FILLED, 0, Extent.SUBTREE_SECTORS);
        }
        work();
        assertThat(waiting.ended).isTrue();
        assertThat(waiting.result).isZero();
    }

    @Test
    void aReadIsAnsweredAndNotCached() {
        long entries = index().entries();
        assertThat(cache.read(4 * BLOCK, BLOCK)).hasSize(BLOCK);
        assertThat(index().entries()).isEqualTo(entries);
        assertThat(index().forcedAllocations()).isZero();
    }
}
