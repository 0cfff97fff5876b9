package io.pcache.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.media.Checksum;
import io.pcache.memory.CacheMemory.Kind;
import io.pcache.memory.SimulatedMemory.Step;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SimulatedMemoryTest {
    private static final long SIZE = 544L << 20;

    private final SimulatedMemory dax = new SimulatedMemory(Kind.DAX, SIZE);
    private final SimulatedMemory pageCache = new SimulatedMemory(Kind.PAGE_CACHE, SIZE);

    private static Set<List<Long>> longsAfterPowerCut(SimulatedMemory memory, long... offsets) {
        return memory.crashStates()
                .all()
                .map(state -> Arrays.stream(offsets).mapToObj(state::getLong).toList())
                .collect(Collectors.toSet());
    }

    private static ByteBuffer filled(int length, int value) {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        Arrays.fill(buffer.array(), (byte) value);
        return buffer;
    }

    private static void onAnotherThread(Runnable action) throws InterruptedException {
        Thread thread = new Thread(action);
        thread.start();
        thread.join();
    }

    @Test
    void loadsSeeStoresAtOnce() {
        dax.putLong(SIZE - 8, 0x0102030405060708L);
        dax.copyIn(4090, filled(20, 7), 2, 10);
        assertThat(dax.getByte(SIZE - 8)).isEqualTo((byte) 8);
        assertThat(dax.getInt(4092)).isEqualTo(0x07070707);
        assertThat(dax.getByte(4100)).isZero();
        ByteBuffer out = ByteBuffer.allocate(12);
        dax.copyOut(4089, out, 0, 12);
        assertThat(out.array()).containsExactly(0, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 0);
        assertThat(dax.checksum(4089, 12)).isEqualTo(new Checksum().of(out, 0, 12));
        dax.zero(4090, 5);
        assertThat(dax.getLong(4090)).isEqualTo(0x0707070000000000L);
    }

    @Test
    void daxStoreIsOnItsWayUntilItsThreadDrains() throws Exception {
        dax.putLong(4096, 1);
        assertThat(longsAfterPowerCut(dax, 4096)).containsExactlyInAnyOrder(List.of(0L), List.of(1L));
        dax.drain();
        assertThat(dax.isDurable(4096, 8)).as("drain without write-back").isFalse();
        dax.writeBack(4096, 8);
        assertThat(dax.isDurable(4096, 8)).as("write-back without drain").isFalse();
        onAnotherThread(dax::drain);
        assertThat(dax.isDurable(4096, 8)).as("drain of another thread").isFalse();
        dax.drain();
        assertThat(longsAfterPowerCut(dax, 4096)).containsExactly(List.of(1L));
    }

    @Test
    void daxWriteBackCoversTheLineAsItWas() {
        dax.putLong(4096, 1);
        dax.putLong(4104, 2);
        dax.writeBack(4096, 8);
        dax.putLong(4104, 3);
        dax.drain();
        assertThat(longsAfterPowerCut(dax, 4096, 4104)).containsExactlyInAnyOrder(List.of(1L, 2L), List.of(1L, 3L));
    }

    @Test
    void daxWordsOfALineArriveIndependently() {
        dax.putLong(4096, 1);
        dax.putLong(4104, 2);
        assertThat(longsAfterPowerCut(dax, 4096, 4104))
                .containsExactlyInAnyOrder(List.of(0L, 0L), List.of(0L, 2L), List.of(1L, 0L), List.of(1L, 2L));
        assertThat(dax.crashStates().count()).isEqualTo(4);
    }

    @Test
    void everyContentSinceTheLastDurableOneMayArrive() {
        dax.putLong(4096, 1);
        dax.putLong(4096, 2);
        dax.putInt(4096, 3);
        assertThat(longsAfterPowerCut(dax, 4096))
                .containsExactlyInAnyOrder(List.of(0L), List.of(1L), List.of(2L), List.of(3L));
    }

    @Test
    void contentThatReturnsIsOneStateOnly() {
        dax.putLong(4096, 1);
        dax.putLong(4096, 0);
        assertThat(dax.crashStates().count()).isEqualTo(2);
        assertThat(dax.crashStates().noneArrived().getLong(4096)).isZero();
        assertThat(dax.crashStates().allArrived().getLong(4096)).isZero();
    }

    @Test
    void olderWriteBackDoesNotUndoANewerOne() throws Exception {
        dax.putLong(4096, 1);
        dax.writeBack(4096, 8);
        onAnotherThread(() -> {
            dax.putLong(4096, 2);
            dax.writeBack(4096, 8);
            dax.drain();
        });
        dax.drain();
        assertThat(longsAfterPowerCut(dax, 4096)).containsExactly(List.of(2L));
    }

    @Test
    void copyInAndZeroNeedOnlyADrain() {
        dax.copyIn(4000, filled(300, 9), 0, 300);
        dax.zero(8000, 300);
        dax.drain();
        assertThat(dax.crashStates().undecidedUnits()).isZero();
        assertThat(dax.crashStates().noneArrived().getByte(4299)).isEqualTo((byte) 9);
    }

    @Test
    void pageCacheStoreIsOnItsWayUntilSync() {
        pageCache.copyIn(4096, filled(8, 1), 0, 8);
        pageCache.drain();
        assertThat(pageCache.isDurable(4096, 8)).isFalse();
        pageCache.sync();
        assertThat(pageCache.isDurable(4096, 8)).isTrue();
    }

    @Test
    void pageCacheTearsBetweenSectorsOnly() {
        pageCache.copyIn(4096, filled(1024, 1), 0, 1024);
        long one = 0x0101010101010101L;
        assertThat(longsAfterPowerCut(pageCache, 4096, 4600, 4608))
                .containsExactlyInAnyOrder(
                        List.of(0L, 0L, 0L), List.of(0L, 0L, one), List.of(one, one, 0L), List.of(one, one, one));
    }

    @Test
    void syncDoesNotCoverStoresMadeMeanwhile() {
        pageCache.putLong(4096, 1);
        pageCache.listen((step, offset, length) -> {
            if (step == Step.SYNC_BEGUN) {
                pageCache.putLong(4096, 2);
                pageCache.putLong(8192, 3);
            }
        });
        pageCache.sync();
        assertThat(longsAfterPowerCut(pageCache, 4096, 8192))
                .containsExactlyInAnyOrder(List.of(1L, 0L), List.of(1L, 3L), List.of(2L, 0L), List.of(2L, 3L));
    }

    @Test
    void failedSyncLosesItsBytesUntilTheyAreStoredAgain() {
        pageCache.putLong(4096, 1);
        pageCache.failSyncs(true);
        assertThatThrownBy(pageCache::sync).isInstanceOf(CacheMemoryException.class);
        pageCache.failSyncs(false);
        pageCache.sync();
        assertThat(pageCache.isDurable(4096, 8)).isFalse();
        pageCache.putLong(4096, 1);
        pageCache.sync();
        assertThat(pageCache.isDurable(4096, 8)).isTrue();
    }

    @Test
    void sampleHoldsTheExtremesAndStatesThatLackOneUnit() {
        int words = 200;
        for (int i = 0; i < words; i++) {
            dax.putLong(4096 + 64L * i, 1);
        }
        List<Long> arrived = dax.crashStates()
                .sample(new Random(3), 100)
                .map(state -> LongStream.range(0, words)
                        .map(i -> state.getLong(4096 + 64 * i))
                        .sum())
                .toList();
        assertThat(dax.crashStates().count()).isEqualTo(Long.MAX_VALUE);
        assertThat(arrived).hasSize(100).contains(0L, 200L, 1L, 199L);
        assertThat(Set.copyOf(arrived)).hasSizeGreaterThan(30);
    }

    @Test
    void sampleGivesAllStatesWhereTheyAreFew() {
        dax.putLong(4096, 1);
        dax.putLong(8192, 1);
        assertThat(dax.crashStates().sample(new Random(4), 10).map(s -> s.getLong(4096) * 2 + s.getLong(8192)))
                .containsExactlyInAnyOrder(0L, 1L, 2L, 3L);
    }

    @Test
    void stateIsADeviceOfItsOwn() {
        dax.putLong(4096, 1);
        CrashStates states = dax.crashStates();
        dax.putLong(4096, 5);
        dax.writeBack(4096, 8);
        dax.drain();
        SimulatedMemory recovered = states.noneArrived();
        assertThat(recovered.getLong(4096)).isZero();
        recovered.putLong(8192, 2);
        assertThat(dax.getLong(8192)).isZero();
        assertThat(states.allArrived().getLong(8192)).isZero();
        assertThat(longsAfterPowerCut(recovered, 4096, 8192))
                .containsExactlyInAnyOrder(List.of(0L, 0L), List.of(0L, 2L));
    }

    @Test
    void reopenedHoldsAllStores() {
        pageCache.putLong(4096, 1);
        SimulatedMemory reopened = pageCache.reopened();
        assertThat(reopened.getLong(4096)).isEqualTo(1);
        assertThat(reopened.isDurable(0, SIZE)).isTrue();
    }

    @Test
    void listenerHearsEveryStep() {
        List<String> heard = new ArrayList<>();
        pageCache.listen((step, offset, length) -> heard.add(step + " " + offset + " " + length));
        pageCache.putInt(10, 1);
        pageCache.copyIn(4096, filled(16, 1), 0, 16);
        pageCache.drain();
        pageCache.sync();
        assertThat(heard)
                .containsExactly(
                        "STORE 10 4", "STORE 4096 16", "WRITE_BACK 4096 16", "DRAIN 0 0", "SYNC_BEGUN 0 0", "SYNC 0 0");
        assertThat(pageCache.steps()).isEqualTo(6);
    }

    @Test
    void powerCanBeCutWithinAStep() {
        List<Long> states = new ArrayList<>();
        dax.listen((step, offset, length) -> states.add(dax.crashStates().count()));
        dax.copyIn(4096, filled(16, 1), 0, 16);
        dax.drain();
        assertThat(states).containsExactly(4L, 4L, 1L);
    }

    @Test
    void poisonFailsLoadsEvenAfterAPowerCut() {
        dax.poison(8192, 100);
        dax.poison(4096, 8000);
        dax.putLong(8192, 1);
        for (SimulatedMemory memory : List.of(dax, dax.crashStates().allArrived())) {
            assertThatThrownBy(() -> memory.getByte(8291)).isInstanceOf(CacheMemoryException.class);
            assertThatThrownBy(() -> memory.getLong(12090))
                    .as("a range that began before another one")
                    .isInstanceOf(CacheMemoryException.class);
            assertThatThrownBy(() -> memory.checksum(0, 4097)).isInstanceOf(CacheMemoryException.class);
            assertThatThrownBy(() -> memory.copyOut(0, ByteBuffer.allocate(5000), 0, 5000))
                    .isInstanceOf(CacheMemoryException.class);
            assertThat(memory.getLong(12096)).isZero();
            assertThat(memory.getLong(4088)).isZero();
        }
    }

    @Test
    void rejectsAccessOutsideTheDevice() {
        for (long offset : new long[] {-1, SIZE - 7, Long.MAX_VALUE, Long.MIN_VALUE}) {
            assertThatThrownBy(() -> dax.getLong(offset)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> dax.putLong(offset, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        }
        assertThat(dax.steps()).isZero();
    }

    @Test
    void writesSparseFileToLookAt(@TempDir Path directory) throws Exception {
        dax.putLong(400L << 20, 5);
        Path file = directory.resolve("image");
        dax.writeTo(file);
        assertThat(Files.size(file)).isEqualTo(SIZE);
        try (CacheMemory memory = MappedMemory.open(file.toString())) {
            assertThat(memory.getLong(400L << 20)).isEqualTo(5);
            assertThat(memory.getLong(0)).isZero();
        }
    }

    @Test
    void preloadedBytesWereAlwaysThere() {
        dax.preload(4094, filled(4, 3));
        assertThat(dax.isDurable(0, SIZE)).isTrue();
        assertThat(dax.crashStates().noneArrived().getInt(4094)).isEqualTo(0x03030303);
    }
}
