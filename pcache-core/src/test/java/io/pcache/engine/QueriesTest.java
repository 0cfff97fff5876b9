package io.pcache.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.backing.SimulatedBacking;
import io.pcache.crash.WrappedMemory;
import io.pcache.memory.CacheMemory.Kind;
import io.pcache.memory.SimulatedMemory;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A query about a cache does not wait for the cache's device. */
class QueriesTest {
    /** The limit for calls that would otherwise wait for ever. */
    private static final int SECONDS = 30;

    private final CountDownLatch syncing = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private volatile boolean hang;

    private final class HangingMemory extends WrappedMemory {
        HangingMemory() {
            super(new SimulatedMemory(Kind.PAGE_CACHE, (512L << 20) + 20480));
        }

        @Override
        public void sync() {
            if (hang) {
                syncing.countDown();
                try {
                    goOn.await(SECONDS, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
            super.sync();
        }
    }

    @Test
    void statusIsToldWhileASettingIsMadeDurable() throws Exception {
        TestCache cache = new TestCache(new HangingMemory(), new SimulatedBacking(16 << 20), false);
        String before = cache.cache().statusLine();
        hang = true;
        CompletableFuture<Void> setting =
                CompletableFuture.runAsync(() -> cache.cache().setGcPercent(30));
        try {
            assertThat(syncing.await(SECONDS, TimeUnit.SECONDS)).isTrue();
            String meanwhile =
                    CompletableFuture.supplyAsync(cache.cache()::statusLine).get(SECONDS / 2, TimeUnit.SECONDS);
            assertThat(meanwhile).as("not in effect before it is durable").isEqualTo(before);
        } finally {
            goOn.countDown();
        }
        setting.get(SECONDS, TimeUnit.SECONDS);
        hang = false;
        assertThat(cache.cache().statusLine()).isNotEqualTo(before).contains(" 30 ");
        cache.close();
    }
}
