package io.pcache.writeback;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.clock.Clock;
import io.pcache.flight.Flights;
import io.pcache.index.CacheIndex;
import io.pcache.wake.Doorbells;
import io.pcache.wake.SpaceWaiters;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What write-back may write while queues write to the backing device themselves. */
class LiveClaimsTest {
    private static final int BLOCK = 4096;

    private final CacheIndex index = new CacheIndex(64 << 20, 1 << 20);
    private final Flights flights = new Flights();
    private final SpaceWaiters queues = new SpaceWaiters(Clock.SYSTEM);
    private final LiveClaims claims = new LiveClaims(index, flights, BLOCK, new Doorbells(queues));
    private final Flights.Flight transfer = new Flights.Flight();
    private int wakes;

    @BeforeEach
    void openAQueue() {
        queues.add(() -> wakes++);
    }

    private void hold(long offset, int length, boolean clean) {
        int subtree = CacheIndex.subtree(offset);
        synchronized (index.lock(subtree)) {
            assertThat(index.reserve(subtree)).isTrue();
            index.insert(subtree, CacheIndex.extent(offset, length, clean, 3, (int) offset));
        }
    }

    private boolean isBlocked(long offset, int length) {
        synchronized (index.lock(0)) {
            return flights.isBlocked(0, offset, length, Flights.WRITE_BACK);
        }
    }

    @Test
    void claimsWhatIsDirtyAndLeavesOutTheRest() {
        hold(0, BLOCK, false);
        hold(BLOCK, BLOCK, true);
        hold(3 * BLOCK, BLOCK, false);
        assertThat(claims.claim(transfer, 0, 4 * BLOCK)).isEqualTo(BLOCK);
        assertThat(claims.claim(transfer, BLOCK, 3 * BLOCK))
                .as("clean, and not held")
                .isEqualTo(-2 * BLOCK);
        assertThat(claims.putOff()).isZero();
    }

    @Test
    void putsOffWhatAQueueIsWriting() {
        hold(0, 4 * BLOCK, false);
        Flights.Flight write = new Flights.Flight();
        synchronized (index.lock(0)) {
            flights.enter(0, write, Flights.BACKING_WRITE, 2 * BLOCK, BLOCK);
        }
        assertThat(claims.claim(transfer, 0, 2 * BLOCK)).isEqualTo(2 * BLOCK);
        assertThat(claims.claim(transfer, 2 * BLOCK, 2 * BLOCK)).isEqualTo(-2 * BLOCK);
        assertThat(claims.putOff()).isEqualTo(1);
        assertThat(claims.putOffOffset(0)).isEqualTo(2 * BLOCK);
        assertThat(claims.putOffLength(0)).isEqualTo(2 * BLOCK);
        synchronized (index.lock(0)) {
            assertThat(flights.leave(0, write)).as("write-back is to be woken").isTrue();
        }
    }

    @Test
    void keepsWholeBlocksOfTheDeviceToItselfUntilTheTransferEndsAndWakesWhoWaits() {
        hold(512, 512, false);
        hold(1024, 512, false);
        assertThat(claims.claim(transfer, 512, 512)).isEqualTo(512);
        assertThat(claims.claim(transfer, 1024, 512)).isEqualTo(512);
        assertThat(isBlocked(BLOCK, BLOCK)).isFalse();
        assertThat(isBlocked(0, 512)).isTrue();
        claims.release(transfer, 512);
        assertThat(wakes).isEqualTo(1);
        assertThat(isBlocked(0, BLOCK)).isFalse();
        claims.release(transfer, 512);
        assertThat(wakes).as("nothing was claimed").isEqualTo(1);
    }
}
