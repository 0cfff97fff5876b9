package io.pcache.ublk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.backing.BackingQueue;
import io.pcache.backing.SimulatedBacking;
import io.pcache.engine.PCache;
import io.pcache.engine.Rehearsal;
import io.pcache.memory.AnonymousMemory;
import io.pcache.memory.MappedMemory;
import io.pcache.request.BlockDevice;
import io.pcache.request.ForwardingDevice;
import io.pcache.request.RequestQueue;
import io.pcache.ring.BackingOpener;
import io.pcache.ring.IoUringRequired;
import io.pcache.ring.Ring;
import io.pcache.stats.RequestCounter;
import io.pcache.stats.StatsSnapshot;
import io.pcache.sys.Errno;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class UblkRehearsalTest {
    private final AtomicReference<Ring> ring = new AtomicReference<>();
    private final AtomicReference<StatsSnapshot> played = new AtomicReference<>();
    private final SimulatedBacking backing = new SimulatedBacking(Rehearsal.BACKING_BYTES);

    @BeforeEach
    void requireIoUring() throws Exception {
        IoUringRequired.check();
    }

    private int rehearse() throws Exception {
        MappedMemory scratch = AnonymousMemory.behindPageCache(Rehearsal.CACHE_BYTES);
        return Rehearsal.run(
                scratch,
                BackingOpener.openAgain(scratch.path()),
                backing,
                false,
                TimeUnit.HOURS.toNanos(1),
                (device, endNanos) -> {
                    int rounds = new UblkRehearsal(1000).play(new Watched(device), endNanos);
                    played.set(((PCache) device).stats().snapshot());
                    return rounds;
                });
    }

    @Test
    void storesAndLoadsOnARingOfItsOwn() throws Exception {
        int rounds = rehearse();

        assertThat(rounds).isGreaterThanOrEqualTo(1000);
        assertThat(ring.get()).isNotNull();
        assertThat(Ring.ofThread()).isNull();
        assertThat(played.get().requests().get(RequestCounter.FAILED_REQUESTS)).isZero();
        assertThat(played.get().requests().get(RequestCounter.READ_HIT_SECTORS)).isGreaterThanOrEqualTo(rounds);
        assertThat(played.get().requests().get(RequestCounter.FILLED_SECTORS)).isPositive();
    }

    @Test
    void tellsOfARequestThatFails() {
        backing.failReads(Errno.EIO);
        assertThatThrownBy(this::rehearse).isInstanceOf(IOException.class).hasMessageContaining("EIO");
    }

    @Test
    void endsWithoutTime() throws Exception {
        MappedMemory scratch = AnonymousMemory.behindPageCache(Rehearsal.CACHE_BYTES);
        assertThat(Rehearsal.run(
                        scratch, BackingOpener.openAgain(scratch.path()), backing, false, 0, new UblkRehearsal()))
                .isZero();
    }

    /** Keeps the ring of the thread that opens a queue. */
    private final class Watched extends ForwardingDevice {
        Watched(BlockDevice device) {
            super(device);
        }

        @Override
        public RequestQueue openQueue(BackingQueue queue, Runnable wake) {
            ring.set(Ring.ofThread());
            return super.openQueue(queue, wake);
        }
    }
}
