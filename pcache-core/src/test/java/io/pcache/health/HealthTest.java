package io.pcache.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.clock.Clock;
import io.pcache.memory.CacheMemoryException;
import io.pcache.stats.CacheCounter;
import io.pcache.stats.CacheStats;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class HealthTest {
    private final List<String> events = new ArrayList<>();
    private final CacheStats stats = new CacheStats(1, Clock.SYSTEM);
    private long now;
    private final Health health = new Health((kind, text) -> events.add(kind + " " + text), stats, () -> now);

    @Test
    void errorOfARequestIsAProblemUntilOneSucceedsAfterAMinuteOfQuiet() {
        health.backingReadFailed("sector 8: EIO");
        now += Health.QUIET_NANOS - 1;
        health.backingRead();
        assertThat(health.problems()).containsEntry(Condition.BACKING_READ_ERRORS, "sector 8: EIO");

        now++;
        health.cacheRead();
        assertThat(health.problems()).as("a success of another kind").isNotEmpty();
        health.backingRead();
        health.backingRead();

        assertThat(health.problems()).isEmpty();
        assertThat(events)
                .containsExactly("BACKING_ERROR sector 8: EIO", "RECOVERED reads of the backing device work again");
        assertThat(stats.get(CacheCounter.BACKING_ERRORS)).isEqualTo(1);
    }

    @Test
    void eachKindOfErrorIsCountedToldAndStands() {
        health.cacheReadFailed("a");
        health.checksumFailed("b");
        health.requestDataFailed("c");
        health.setAside(7, new CacheMemoryException("d"));
        health.cacheFailed(new CacheMemoryException("e"));
        health.cacheFailed(new CacheMemoryException("e"));
        health.gc(CacheEvents.Kind.CACHE_ERROR, "f");

        assertThat(health.problems().keySet())
                .containsExactly(
                        Condition.CACHE_FAILED,
                        Condition.SEGMENTS_SET_ASIDE,
                        Condition.CACHE_READ_ERRORS,
                        Condition.DATA_DAMAGED,
                        Condition.REQUEST_DATA_ERRORS,
                        Condition.GC_STALLED);
        assertThat(events).hasSize(6);
        assertThat(stats.get(CacheCounter.CACHE_ERRORS)).isEqualTo(5);
        assertThat(stats.get(CacheCounter.CHECKSUM_ERRORS)).isEqualTo(1);
        assertThat(stats.get(CacheCounter.REQUEST_DATA_ERRORS)).isEqualTo(1);
    }

    @Test
    void agentThatWorksAgainIsNoProblemAndOneEvent() {
        health.writeBack(CacheEvents.Kind.BACKING_ERROR, "x");
        health.writeBack(CacheEvents.Kind.BACKING_ERROR, "x");
        health.writeBack(CacheEvents.Kind.RECOVERED, null);
        health.writeBack(CacheEvents.Kind.RECOVERED, null);

        assertThat(health.problems()).isEmpty();
        assertThat(events).containsExactly("BACKING_ERROR x", "RECOVERED write-back works again");
    }

    @Test
    void codesAreUnique() {
        assertThat(Arrays.stream(Condition.values()).map(Condition::code))
                .doesNotHaveDuplicates()
                .allMatch(code -> code.matches("[a-z-]+"));
    }
}
