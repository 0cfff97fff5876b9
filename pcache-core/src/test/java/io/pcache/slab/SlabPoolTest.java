package io.pcache.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.sys.NativeWords;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlabPoolTest {

    private record Slab(long address, int order, long mark) {}

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void neverGivesAWordOutTwice(long seed) {
        Random random = new Random(seed);
        SlabPool pool = new SlabPool(8 * SlabPool.CHUNK_BYTES);
        List<Slab> slabs = new ArrayList<>();
        long used = 0;
        for (int step = 0; step < 50_000; step++) {
            if (random.nextInt(100) < (step / 5000 % 2 == 0 ? 60 : 40)) {
                int order = SlabPool.MIN_ORDER + random.nextInt(SlabPool.MAX_ORDER - SlabPool.MIN_ORDER + 1);
                long address = pool.allocate(order, false);
                if (address != SlabPool.NO_ROOM) {
                    assertThat(address & (1L << order) - 1).as("aligned").isZero();
                    slabs.add(new Slab(address, order, step));
                    fill(pool, address, order, step);
                    used += 8L << order;
                }
            } else if (!slabs.isEmpty()) {
                Slab slab = slabs.remove(random.nextInt(slabs.size()));
                assertHolds(pool, slab);
                pool.release(slab.address, slab.order);
                used -= 8L << slab.order;
            }
            assertThat(pool.usedBytes()).isEqualTo(used);
        }
        for (Slab slab : slabs) {
            assertHolds(pool, slab);
            pool.release(slab.address, slab.order);
        }
        assertThat(pool.usedBytes()).isZero();
        assertThat(pool.memoryBytes()).isLessThanOrEqualTo(8 * SlabPool.CHUNK_BYTES);
        takesAllInLargestSlabs(pool);
    }

    private static void fill(SlabPool pool, long address, int order, long mark) {
        for (int i = 0; i < 1 << order; i++) {
            NativeWords.set(pool.locate(address) + i * 8L, mark);
        }
    }

    private static void assertHolds(SlabPool pool, Slab slab) {
        for (int i = 0; i < 1 << slab.order; i++) {
            long word = NativeWords.get(pool.locate(slab.address) + i * 8L);
            if (word != slab.mark) {
                assertThat(word).as("word %d of %s", i, slab).isEqualTo(slab.mark);
            }
        }
    }

    /** Takes all memory in the largest slabs. Fails if free halves have not become whole again. */
    private static void takesAllInLargestSlabs(SlabPool pool) {
        for (int i = 0; i < 8 * 4; i++) {
            assertThat(pool.allocate(SlabPool.MAX_ORDER, false)).isNotEqualTo(SlabPool.NO_ROOM);
        }
        assertThat(pool.allocate(SlabPool.MIN_ORDER, false)).isEqualTo(SlabPool.NO_ROOM);
        assertThat(pool.memoryBytes()).isEqualTo(8 * SlabPool.CHUNK_BYTES);
    }

    @Test
    void forcedAllocationsGoBeyondTheLimitByAChunkAndLeaveItsRestToOthersOfTheirKind() {
        SlabPool pool = new SlabPool(1);
        for (int i = 0; i < 4; i++) {
            pool.allocate(SlabPool.MAX_ORDER, false);
        }
        assertThat(pool.forcedAllocations()).isZero();
        long forced = pool.allocate(SlabPool.MIN_ORDER, true);
        assertThat(forced).isEqualTo(SlabPool.CHUNK_WORDS);
        assertThat(pool.memoryBytes()).isEqualTo(2 * SlabPool.CHUNK_BYTES);
        assertThat(pool.allocate(SlabPool.MIN_ORDER, false)).isEqualTo(SlabPool.NO_ROOM);
        assertThat(pool.allocate(SlabPool.MIN_ORDER, true)).isNotEqualTo(SlabPool.NO_ROOM);
        assertThat(pool.memoryBytes()).isEqualTo(2 * SlabPool.CHUNK_BYTES);
        assertThat(pool.forcedAllocations()).isEqualTo(2);
    }

    @Test
    void takesNoMoreThanTheLimitAndAKeptChunkAheadOfUse() {
        SlabPool pool = new SlabPool(5 * SlabPool.CHUNK_BYTES - 1);
        pool.growAhead(() -> {});
        growAll(pool);
        assertThat(pool.memoryBytes()).isEqualTo(6 * SlabPool.CHUNK_BYTES);
        assertThat(pool.limitBytes()).isEqualTo(5 * SlabPool.CHUNK_BYTES);
        for (int i = 0; i < 5 * 4; i++) {
            assertThat(pool.allocate(SlabPool.MAX_ORDER, false)).isNotEqualTo(SlabPool.NO_ROOM);
        }
        assertThat(pool.allocate(SlabPool.MIN_ORDER, false))
                .as("the kept one is not for everyone")
                .isEqualTo(SlabPool.NO_ROOM);
        assertThat(pool.allocate(SlabPool.MIN_ORDER, true)).isNotEqualTo(SlabPool.NO_ROOM);
        assertThat(pool.memoryBytes()).isEqualTo(6 * SlabPool.CHUNK_BYTES);
    }

    @Test
    void takesMemoryAsItIsUsed() {
        SlabPool pool = new SlabPool(1 << 30);
        assertThat(pool.memoryBytes()).isZero();
        pool.allocate(SlabPool.MIN_ORDER, false);
        assertThat(pool.memoryBytes()).isEqualTo(SlabPool.CHUNK_BYTES);

        pool.growAhead(() -> {});
        growAll(pool);
        assertThat(pool.memoryBytes()).isLessThan(8 << 20);
    }

    /**
     * A request must not wait for the system. The request is told that there is no room, and the agent that takes
     * memory is told, too.
     */
    @Test
    void failsAndCallsForMemoryWhereThereIsNoneAheadOfUse() {
        SlabPool pool = new SlabPool(64 << 20);
        AtomicInteger calls = new AtomicInteger();
        pool.growAhead(calls::incrementAndGet);
        assertThat(pool.hasRoom(SlabPool.MIN_ORDER)).isFalse();
        assertThat(pool.allocate(SlabPool.MIN_ORDER, false)).isEqualTo(SlabPool.NO_ROOM);
        assertThat(pool.memoryBytes()).isZero();
        assertThat(calls.get()).isEqualTo(2);

        growAll(pool);
        assertThat(pool.hasRoom(SlabPool.MIN_ORDER)).isTrue();
        int told = calls.get();
        while (pool.allocate(SlabPool.MAX_ORDER, false) != SlabPool.NO_ROOM && calls.get() == told) {
            assertThat(pool.usedBytes()).isLessThan(pool.memoryBytes());
        }
        assertThat(pool.usedBytes())
                .as("called before all was used up")
                .isLessThan(pool.memoryBytes() - 2 * SlabPool.CHUNK_BYTES);
    }

    @Test
    void takesNothingThatTheSystemShouldNotGive() {
        SlabPool pool = new SlabPool(64 << 20);
        long[] free = {100L << 20};
        pool.askBefore(() -> free[0] - pool.memoryBytes());
        assertThatThrownBy(() -> {
                    while (true) {
                        pool.allocate(SlabPool.MAX_ORDER, false);
                    }
                })
                .isInstanceOf(MemoryShortageException.class)
                .hasMessageContaining("4 MiB more are needed, and")
                .hasMessageContaining("MiB are available");
        assertThat(pool.memoryBytes()).as("some is left for others").isBetween(40L << 20, 52L << 20);

        pool.growAhead(() -> {});
        assertThatThrownBy(pool::grow).isInstanceOf(MemoryShortageException.class);
        assertThat(pool.allocate(SlabPool.MAX_ORDER, true))
                .as("what must not fail")
                .isNotEqualTo(SlabPool.NO_ROOM);
        free[0] = 1 << 30;
        assertThat(pool.grow()).isTrue();
    }

    @Test
    void canBeReadAfterItsMemoryWasGivenBack() {
        SlabPool pool = new SlabPool(1);
        long address = pool.allocate(SlabPool.MIN_ORDER, false);
        fill(pool, address, SlabPool.MIN_ORDER, 7);
        pool.close();
        assertHolds(pool, new Slab(address, SlabPool.MIN_ORDER, 0));
    }

    private static void growAll(SlabPool pool) {
        while (pool.grow()) {
            assertThat(pool.memoryBytes()).isLessThanOrEqualTo(pool.limitBytes() + SlabPool.CHUNK_BYTES);
        }
    }

    @Test
    void remembersTheLargestRefusedOrderUntilItIsServed() {
        SlabPool pool = new SlabPool(1);
        for (int i = 0; i < 3; i++) {
            pool.allocate(SlabPool.MAX_ORDER, false);
        }
        long half = pool.allocate(12, false);
        assertThat(pool.wanted()).isZero();
        pool.allocate(13, false);
        pool.allocate(5, false);
        assertThat(pool.wanted()).isEqualTo(13);
        pool.release(half, 12);
        assertThat(pool.allocate(13, false)).as("half of it is in use").isEqualTo(SlabPool.NO_ROOM);
        assertThat(pool.wanted()).isEqualTo(13);
    }

    @Test
    void offersAnotherSlabWhenThatMakesALargerOneWhole() {
        SlabPool pool = new SlabPool(1);
        long[] quarters = new long[8];
        for (int i = 0; i < 8; i++) {
            quarters[i] = pool.allocate(12, false);
        }
        Arrays.sort(quarters);
        pool.release(quarters[1], 12);
        assertThat(pool.takeAnother(quarters[0], 12))
                .as("nothing but its own half is free")
                .isEqualTo(SlabPool.NO_ROOM);
        pool.release(quarters[6], 12);
        assertThat(pool.takeAnother(quarters[4], 12)).as("its half is in use").isEqualTo(SlabPool.NO_ROOM);
        assertThat(pool.allocate(13, false)).isEqualTo(SlabPool.NO_ROOM);
        assertThat(pool.takeAnother(quarters[0], 12)).isEqualTo(quarters[6]);
        pool.release(quarters[0], 12);
        assertThat(pool.allocate(13, false)).isEqualTo(quarters[0]);
        assertThat(pool.wanted()).isZero();
        assertThat(pool.usedBytes()).isEqualTo(SlabPool.CHUNK_BYTES);
    }

    @Test
    void choosesTheSmallestOrderThatHoldsTheWords() {
        assertThat(SlabPool.orderFor(1)).isEqualTo(2);
        assertThat(SlabPool.orderFor(4)).isEqualTo(2);
        assertThat(SlabPool.orderFor(5)).isEqualTo(3);
        assertThat(SlabPool.orderFor(8192)).isEqualTo(13);
    }
}
