package io.pcache.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.crash.VirtualClock;
import io.pcache.engine.TestCache.TestRequest;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.SimulatedMemory;
import io.pcache.request.Request;
import io.pcache.stats.Latency;
import io.pcache.stats.RequestCounter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A client chooses how long its request is; other requests do not wait until the long request ends. */
class LongWritesTest {
    private static final long CACHE_BYTES = (512L << 20) + 20480;
    private static final int BLOCK = 4096;
    private static final int MIB = 1 << 20;
    private static final int DEVICE_BYTES = 96 * MIB;

    private static final long SECOND = 1_000_000_000L;

    private final VirtualClock clock = new VirtualClock(5 * SECOND);
    private SimulatedBacking backing;
    private TestCache cache;

    @BeforeEach
    void activate() throws Exception {
        backing = new SimulatedBacking(DEVICE_BYTES);
        cache = new TestCache(
                new SimulatedMemory(CacheMemory.Kind.DAX, CACHE_BYTES),
                backing,
                PCacheConfig.builder(DEVICE_BYTES).clock(clock).build(),
                2);
    }

    /** Submits a WRITE_ZEROES, which needs no memory for its length. */
    private TestRequest zeroes(int queue, long offset, long length) {
        TestRequest request = new TestRequest(0);
        request.prepare(Request.Op.WRITE_ZEROES, offset, length, false, null);
        cache.submit(queue, request);
        return request;
    }

    private TestRequest write(int queue, long offset) {
        return cache.submit(queue, Request.Op.WRITE, offset, BLOCK, false, Pattern.fill(5, 0, BLOCK));
    }

    private void settle() {
        while (cache.step()) {
            continue;
        }
    }

    @Test
    void anotherWriteOfTheSameQueueComesInBetween() {
        TestRequest longest = zeroes(0, MIB, 64 * MIB);
        assertThat(longest.ended).as("made in one go").isFalse();

        TestRequest small = write(0, 0);

        assertThat(small.ended).isTrue();
        assertThat(cache.await(longest)).isZero();
        assertThat(cache.read(64 * MIB, BLOCK)).containsOnly(0);
        assertThat(cache.read(0, BLOCK)).isEqualTo(Pattern.fill(5, 0, BLOCK));
    }

    @Test
    void aPollMakesOneStepAndAsksToBeCalledAgain() {
        TestRequest longest = zeroes(0, 0, 64 * MIB);
        long before = cache.parts().log().appendedBytes();
        int wakes = cache.wakes();

        cache.pollQueue(0);

        assertThat(cache.parts().log().appendedBytes() - before).isPositive().isLessThanOrEqualTo(MIB);
        assertThat(cache.wakes()).isGreaterThan(wakes);
        assertThat(cache.await(longest)).isZero();
    }

    @Test
    void inAFullCacheOneLongWriteDoesNotTakeAllRoomBeforeAnotherQueue() {
        backing.failWrites(5);
        TestRequest longest = zeroes(0, 0, 64 * MIB);
        settle();
        for (int i = 0; i < 9 && longest.ended; i++) {
            longest = zeroes(0, 0, 64 * MIB);
            settle();
        }
        assertThat(longest.ended).as("waits for room").isFalse();
        TestRequest small = write(1, 64 * MIB);
        assertThat(small.ended).as("waits, too").isFalse();
        clock.advance(SECOND);
        assertThat(cache.parts().doorbells().queues().longestWaitNanos())
                .as("seen while it lasts")
                .isEqualTo(SECOND);
        backing.failWrites(0);
        cache.cache().retryWriteBack();

        // The queue with the long request is always polled first, and for as long as it has something to do.
        int rounds = 0;
        while (!small.ended) {
            long before = cache.parts().log().appendedBytes();
            do {
                cache.clearWake();
                cache.pollQueue(0);
            } while (cache.isWoken());
            assertThat(cache.parts().log().appendedBytes() - before)
                    .as("bytes that the long one takes before the other's turn")
                    .isLessThanOrEqualTo(2L * MIB);
            cache.pollQueue(1);
            cache.parts().committer().doWork();
            cache.parts().writeBack().doWork();
            cache.parts().gc().doWork();
            assertThat(++rounds).isLessThan(10_000);
        }
        assertThat(longest.ended).isFalse();
        assertThat(cache.await(longest)).isZero();
        assertThat(cache.parts().doorbells().queues().longestWaitNanos()).isZero();
    }

    @Test
    void waitsOfLongWritesAndThoseHeldBackBeforeAreCountedFromTheirBeginning() {
        TestRequest longest = zeroes(0, 0, 8 * MIB);
        assertThat(cache.await(longest)).isZero();
        assertThat(cache.cache().stats().snapshot().get(RequestCounter.DEFERRED_REQUESTS))
                .isEqualTo(1);
        TestRequest held = new TestRequest(0);
        held.prepare(Request.Op.FLUSH, 0, 0, false, null);
        held.heldSince(clock.nanoTime() - 3 * SECOND);
        cache.submit(0, held);
        assertThat(cache.await(held)).isZero();

        assertThat(cache.cache().stats().snapshot().get(RequestCounter.DEFERRED_REQUESTS))
                .isEqualTo(2);
        assertThat(cache.cache().stats().snapshot().latency(Latency.DEFERRED).maxNanos())
                .isEqualTo(3 * SECOND);
    }
}
