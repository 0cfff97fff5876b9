package io.pcache.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.agent.Agent;
import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.crash.VirtualClock;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.SimulatedMemory;
import io.pcache.persist.Committer;
import io.pcache.sys.Errno;
import io.pcache.writeback.WriteBack;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What agents do when a time is over, by a clock that the test moves. */
class TimersTest {
    private static final long CACHE_BYTES = (512L << 20) + 20480;
    private static final long SECOND = 1_000_000_000L;
    private static final byte[] BLOCK = new byte[4096];
    /** Of a full key-set. */
    private static final int KEYS = 128;

    private SimulatedBacking backing;
    private VirtualClock clock;
    private TestCache cache;

    @BeforeEach
    void activate() throws Exception {
        activate(5 * SECOND);
    }

    private void activate(long now) throws Exception {
        activate(now, new SimulatedMemory(CacheMemory.Kind.DAX, CACHE_BYTES));
    }

    private void activate(long now, SimulatedMemory memory) throws Exception {
        backing = new SimulatedBacking(32 << 20);
        clock = new VirtualClock(now);
        cache = new TestCache(
                memory,
                backing,
                PCacheConfig.builder(backing.sizeBytes()).clock(clock).build(),
                1);
    }

    /** Whether an agent works at the end of its wait, as its thread would have it do. */
    private boolean worksWhenItsTimeIsOver(Agent agent) {
        clock.advance(agent.idleNanos());
        return agent.doWork();
    }

    /** Also where the clock passes the largest number and begins anew. */
    @ParameterizedTest
    @ValueSource(longs = {0, 1, Long.MAX_VALUE - SECOND / 2, -SECOND / 2})
    void aKeyWaitsForCompanyForASecond(long now) throws Exception {
        activate(now);
        Committer committer = cache.parts().committer();
        cache.write(0, BLOCK);

        assertThat(committer.doWork()).isFalse();
        // From time 0, one nanosecond more, since 0 stands for no key.
        assertThat(committer.idleNanos()).isBetween(SECOND, SECOND + 1);
        clock.advance(committer.idleNanos() - 1);
        assertThat(committer.doWork()).as("just before").isFalse();
        assertThat(cache.parts().log().waitingSinceNanos()).isNotZero();

        assertThat(worksWhenItsTimeIsOver(committer)).isTrue();
        assertThat(cache.parts().log().waitingSinceNanos()).as("no key waits").isZero();
        assertThat(committer.doWork()).isFalse();
        assertThat(committer.idleNanos()).isEqualTo(Agent.NEVER);
    }

    /** Where a commit costs flushes of the device, and nobody waits. */
    @Test
    void fullKeySetsAreCommittedTogetherAfterASecondAtTheLatest() throws Exception {
        SimulatedMemory memory = new SimulatedMemory(CacheMemory.Kind.PAGE_CACHE, CACHE_BYTES);
        activate(SECOND, memory);
        Committer committer = cache.parts().committer();
        for (int i = 0; i < 5 * KEYS; i++) {
            cache.write(4096L * (i % 500), BLOCK);
        }
        long before = memory.syncs();
        assertThat(cache.parts().log().sealed()).isEqualTo(5);
        clock.advance(SECOND - 1);
        assertThat(cache.parts().committer().idleNanos()).isEqualTo(1);
        assertThat(worksWhenItsTimeIsOver(committer)).isTrue();
        assertThat(cache.parts().log().sealed()).isZero();
        assertThat(memory.syncs() - before).as("two for all").isEqualTo(2);
    }

    @Test
    void theSecondCountsFromTheFirstKey() {
        Committer committer = cache.parts().committer();
        cache.write(0, BLOCK);
        clock.advance(SECOND * 3 / 4);
        cache.write(4096, BLOCK);
        assertThat(committer.doWork()).isFalse();
        assertThat(committer.idleNanos()).isEqualTo(SECOND / 4);
    }

    @Test
    void writeBackTriesAgainAfterPausesThatDoubleUpToAMinute() {
        WriteBack writeBack = cache.parts().writeBack();
        cache.write(0, BLOCK);
        cache.flush();
        backing.failWrites(Errno.EIO);

        assertThat(writeBack.doWork()).isFalse();
        for (long seconds : new long[] {1, 2, 4, 8, 16, 32, 60, 60}) {
            assertThat(writeBack.idleNanos()).isEqualTo(seconds * SECOND);
            clock.advance(seconds * SECOND - 1);
            long writes = backing.writes();
            assertThat(writeBack.doWork()).as("within the pause").isFalse();
            assertThat(writeBack.idleNanos()).isEqualTo(1);
            assertThat(worksWhenItsTimeIsOver(writeBack)).as("fails again").isFalse();
            assertThat(backing.writes()).isEqualTo(writes);
        }
        backing.failWrites(0);
        assertThat(worksWhenItsTimeIsOver(writeBack)).isTrue();
        assertThat(cache.cache().problems()).isEmpty();

        cache.write(0, BLOCK);
        cache.flush();
        backing.failWrites(Errno.EIO);
        writeBack.doWork();
        assertThat(writeBack.idleNanos()).as("begins anew").isEqualTo(SECOND);
    }

    @Test
    void dirtyDataAges() {
        cache.write(0, BLOCK);
        cache.flush();
        clock.advance(90 * SECOND);
        assertThat(cache.cache().oldestDirtyNanos()).isBetween(90 * SECOND, 92 * SECOND);

        cache.settle();
        assertThat(cache.cache().oldestDirtyNanos()).isZero();
    }
}
