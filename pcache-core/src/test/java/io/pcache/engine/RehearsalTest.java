package io.pcache.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.backing.BackingDevice;
import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.PCacheException;
import io.pcache.crash.WrappedMemory;
import io.pcache.memory.AnonymousMemory;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.MappedMemory;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RehearsalTest {

    private static int run(boolean dataCrc, long nanos, Rehearsal.Player player) throws Exception {
        try (MappedMemory real = (MappedMemory) AnonymousMemory.create(Rehearsal.CACHE_BYTES)) {
            CacheMemory scratch = real.scratch(Rehearsal.CACHE_BYTES);
            assertThat(scratch).hasSameClassAs(real);
            return Rehearsal.run(scratch, new SimulatedBacking(Rehearsal.BACKING_BYTES), dataCrc, nanos, player);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void writesAndReadsUntilAllIsCompiled(boolean dataCrc) throws Exception {
        int rounds = run(dataCrc, TimeUnit.HOURS.toNanos(1), Rehearsal::requests);

        assertThat(rounds).isBetween(Rehearsal.MAX_ROUNDS, 2 * Rehearsal.MAX_ROUNDS);
    }

    @Test
    void closesBothDevicesWhereTheCacheCannotBeMade() throws Exception {
        List<String> closed = new ArrayList<>();
        CacheMemory tooSmall = new WrappedMemory(AnonymousMemory.create(1 << 20)) {
            @Override
            public void close() {
                closed.add("memory");
                super.close();
            }
        };
        SimulatedBacking backing = new SimulatedBacking(Rehearsal.BACKING_BYTES);
        BackingDevice watched = (BackingDevice) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {BackingDevice.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("close")) {
                        closed.add("backing");
                    }
                    return method.invoke(backing, arguments);
                });

        assertThatThrownBy(() -> Rehearsal.run(tooSmall, watched, false, 0, Rehearsal::requests))
                .isInstanceOf(PCacheException.class);
        assertThat(closed).containsExactlyInAnyOrder("memory", "backing");
    }

    @Test
    void doesNothingWithoutTime() throws Exception {
        assertThat(run(false, 0, Rehearsal::requests)).isZero();
    }

    @Test
    void leavesTheRealDeviceAlone() throws Exception {
        try (MappedMemory real = (MappedMemory) AnonymousMemory.create(Rehearsal.CACHE_BYTES)) {
            Rehearsal.run(
                    real.scratch(Rehearsal.CACHE_BYTES),
                    new SimulatedBacking(Rehearsal.BACKING_BYTES),
                    false,
                    50_000_000,
                    Rehearsal::requests);

            for (long at = 0; at < 1 << 20; at += Long.BYTES) {
                assertThat(real.getLong(at)).isZero();
            }
        }
    }
}
