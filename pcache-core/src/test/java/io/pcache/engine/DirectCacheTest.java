package io.pcache.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.pcache.backing.SimulatedBacking;
import io.pcache.bench.NullBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.crash.VirtualClock;
import io.pcache.engine.TestCache.TestRequest;
import io.pcache.health.Condition;
import io.pcache.index.CacheIndex;
import io.pcache.index.Extent;
import io.pcache.media.KeySetLayout;
import io.pcache.memory.AnonymousMemory;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemory.Kind;
import io.pcache.memory.SimulatedDisk;
import io.pcache.memory.SimulatedMemory;
import io.pcache.request.BufferData;
import io.pcache.request.Request.Op;
import io.pcache.stats.CacheCounter;
import io.pcache.stats.RequestCounter;
import io.pcache.stats.StatsSnapshot;
import io.pcache.sys.Errno;
import io.pcache.writeback.WriteBack;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A cache whose data goes to its device by transfers: what is stored together, what waits for what, what fails how. */
class DirectCacheTest {
    private static final long CACHE_BYTES = (512L << 20) + 20480;
    private static final int BLOCK = 4096;
    private static final long MS = 1_000_000;

    private SimulatedBacking backing;
    private SimulatedMemory memory;
    private SimulatedDisk disk;
    private TestCache cache;
    private final VirtualClock clock = new VirtualClock(1);

    @BeforeEach
    void activate() throws PCacheException {
        backing = new SimulatedBacking(64 << 20);
        activate(new SimulatedMemory(Kind.PAGE_CACHE, CACHE_BYTES), false);
    }

    private void activate(SimulatedMemory on, boolean dataCrc) throws PCacheException {
        activate(on, dataCrc, false);
    }

    private void activate(SimulatedMemory on, boolean dataCrc, boolean durable) throws PCacheException {
        memory = on;
        disk = new SimulatedDisk(memory, null).durable(durable);
        cache = new TestCache(
                memory,
                disk,
                backing,
                PCacheConfig.builder(backing.sizeBytes())
                        .dataCrc(dataCrc)
                        .clock(clock)
                        .build(),
                1);
    }

    private static byte[] block(long id, int number) {
        return Pattern.fill(id, (long) number * BLOCK / Pattern.SECTOR, BLOCK);
    }

    private TestRequest submit(long id, int number) {
        return cache.submit(0, Op.WRITE, (long) number * BLOCK, BLOCK, false, block(id, number));
    }

    private void poll() {
        for (int rounds = 0; rounds < 5; rounds++) {
            cache.pollQueue(0);
        }
    }

    @Test
    void whatARoundBringsIsStoredByOneTransfer() {
        List<TestRequest> writes = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            writes.add(submit(1, 100 * i));
        }
        poll();
        assertThat(writes).allMatch(write -> write.ended && write.result == 0);
        assertThat(disk.writes()).containsExactly(16 * BLOCK);
        for (int i = 0; i < 16; i++) {
            assertThat(cache.read(100L * i * BLOCK, BLOCK)).isEqualTo(block(1, 100 * i));
        }
    }

    @Test
    void whileAStoreIsUnderWayWhatSeveralRoundsBringIsStoredByOneTransfer() {
        disk.hold(true);
        submit(1, 0);
        cache.pollQueue(0);
        for (int i = 1; i <= 5; i++) {
            submit(1, 100 * i);
            assertThat(cache.pollQueue(0)).as("held back for more").isTrue();
        }
        assertThat(cache.pollQueue(0)).as("nothing came: stored").isFalse();
        disk.hold(false);
        poll();
        assertThat(disk.writes()).containsExactly(BLOCK, 5 * BLOCK);
    }

    @Test
    void aLoneStoreIsNotHeldBack() {
        disk.hold(true);
        submit(1, 0);
        assertThat(cache.pollQueue(0)).isFalse();
        disk.hold(false);
        poll();
        assertThat(disk.writes()).containsExactly(BLOCK);
    }

    @Test
    void aFullBatchIsNotHeldBack() {
        disk.hold(true);
        submit(1, 0);
        cache.pollQueue(0);
        for (int i = 1; i <= 32; i++) {
            submit(1, 100 * i);
        }
        cache.pollQueue(0);
        submit(1, 3300);
        disk.hold(false);
        cache.pollQueue(0);
        cache.pollQueue(0);
        assertThat(disk.writes()).containsExactly(BLOCK, 32 * BLOCK);
        poll();
        assertThat(disk.writes()).containsExactly(BLOCK, 32 * BLOCK, BLOCK);
    }

    @Test
    void aWriteEndsWithItsTransferAndIsNotReadBefore() {
        cache.write(5 * BLOCK, block(1, 5));
        disk.hold(true);
        TestRequest write = submit(2, 5);
        poll();
        assertThat(write.ended).isFalse();
        assertThat(cache.parts().index().entries()).isEqualTo(1);
        disk.hold(false);
        assertThat(cache.read(5 * BLOCK, BLOCK)).isIn(block(1, 5), block(2, 5));
        poll();
        assertThat(write.result).isZero();
        assertThat(cache.read(5 * BLOCK, BLOCK)).isEqualTo(block(2, 5));
    }

    /** The disk refuses what is not of whole blocks. */
    @Test
    void writesOfSectorsArePaddedToBlocks() {
        for (int i = 0; i < 5; i++) {
            cache.write(512L * (7 + 3 * i), Pattern.fill(1, 7 + 3L * i, 512));
        }
        assertThat(disk.writes()).containsOnly(BLOCK);
        for (int i = 0; i < 5; i++) {
            assertThat(cache.read(512L * (7 + 3 * i), 512)).isEqualTo(Pattern.fill(1, 7 + 3L * i, 512));
        }
        cache.settle();
        assertThat(cache.cache().isClean()).isTrue();
        assertThat(Arrays.copyOfRange(backing.content(), 7 * 512, 8 * 512)).isEqualTo(Pattern.fill(1, 7, 512));
    }

    @Test
    void whatPadsATransferIsNotOfAnEarlierWrite() {
        for (int i = 0; i < 40; i++) {
            cache.write((long) i * BLOCK, block(1, i));
        }
        cache.write(0, Pattern.fill(2, 0, 512));
        long[] extent = new long[1];
        assertThat(cache.parts().index().find(0, 0, 1, extent)).isEqualTo(1);
        long at = cache.parts().data().offset(Extent.segment(extent[0]), Extent.place(extent[0]) << 9);
        ByteBuffer padding = ByteBuffer.allocate(BLOCK - 512);
        memory.copyOut(at + 512, padding, 0, padding.capacity());
        assertThat(padding.array()).containsOnly(0);
    }

    @Test
    void moreThanTheBuffersHoldWaitsAndEnds() {
        List<TestRequest> writes = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            byte[] data = Pattern.fill(1, 2048L * i, 1 << 20);
            writes.add(cache.submit(0, Op.WRITE, (long) i << 20, 1 << 20, false, data));
        }
        for (TestRequest write : writes) {
            assertThat(cache.await(write)).isZero();
        }
        List<TestRequest> reads = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            reads.add(cache.submit(0, Op.READ, (long) i << 20, 1 << 20, false, null));
        }
        for (int i = 0; i < 40; i++) {
            assertThat(cache.await(reads.get(i))).isZero();
            byte[] bytes = new byte[1 << 20];
            reads.get(i).buffer.get(0, bytes);
            assertThat(bytes).isEqualTo(Pattern.fill(1, 2048L * i, 1 << 20));
        }
    }

    @Test
    void aStoreThatFailsIsAnErrorOfItsWritesAndTheNextOnesGoToAnotherSegment() {
        disk.failWrites(Errno.EIO);
        TestRequest first = submit(1, 1);
        TestRequest second = submit(1, 2);
        poll();
        assertThat(List.of(first.result, second.result)).containsOnly(-Errno.EIO);
        disk.failWrites(0);
        cache.write(BLOCK, block(3, 1));
        assertThat(cache.read(BLOCK, BLOCK)).isEqualTo(block(3, 1));
        assertThat(cache.read(2 * BLOCK, BLOCK)).containsOnly(0);
        cache.settle();
        assertThat(cache.isIdle(0)).isTrue();
        cache.close();
    }

    @Test
    void aDeviceThatTakesNothingStopsBeingWritten() {
        disk.failWrites(Errno.EIO);
        for (int i = 0; i < 10; i++) {
            assertThat(cache.await(submit(1, i))).isEqualTo(-Errno.EIO);
        }
        assertThat(disk.writes()).hasSize(4);
        assertThat(cache.cache().problems()).containsKey(Condition.CACHE_FAILED);
    }

    @Test
    void aLoadThatFailsIsAnErrorWhereDirtyAndIsReadElsewhereWhereClean() {
        cache.write(BLOCK, block(1, 1));
        disk.failReads(Errno.EIO);
        assertThat(cache.tryRead(BLOCK, BLOCK)).isEqualTo(-Errno.EIO);
        assertThat(cache.cache().problems()).containsKey(Condition.CACHE_READ_ERRORS);
        cache.settle();
        assertThat(cache.read(BLOCK, BLOCK)).isEqualTo(block(1, 1));
    }

    @Test
    void dataIsVerifiedAsAWholeKey() throws PCacheException {
        activate(new SimulatedMemory(Kind.PAGE_CACHE, CACHE_BYTES), true);
        byte[] data = Pattern.fill(1, 0, 64 << 10);
        cache.write(0, data);
        disk.forget();
        assertThat(cache.read(32 << 10, 512)).isEqualTo(Arrays.copyOfRange(data, 32 << 10, (32 << 10) + 512));
        assertThat(disk.reads()).isEqualTo(1);
        long[] extent = new long[1];
        cache.parts().index().find(0, 64, 1, extent);
        long at = cache.parts().data().offset(Extent.segment(extent[0]), Extent.place(extent[0]) << 9);
        memory.copyIn(at + 5000, ByteBuffer.wrap(new byte[] {99}), 0, 1);
        assertThat(cache.tryRead(32 << 10, 512)).isEqualTo(-Errno.EIO);
        assertThat(cache.cache().problems()).containsKey(Condition.DATA_DAMAGED);
    }

    /** Else a write that was told to have failed would come over a newer one. */
    @Test
    void aWriteThatWasGivenUpDoesNotComeLater() {
        disk.hold(true);
        TestRequest old = submit(1, 1);
        poll();
        cache.giveUp(0, request -> true);
        assertThat(old.result).isEqualTo(-Errno.EIO);
        TestRequest young = submit(2, 1);
        disk.hold(false);
        assertThat(cache.await(young)).isZero();
        assertThat(cache.read(BLOCK, BLOCK)).isEqualTo(block(2, 1));
        assertThat(cache.parts().index().entries()).isEqualTo(1);
    }

    @Test
    void aReadThatWasGivenUpTouchesNothingAndTheQueueWaitsForItsTransfer() {
        cache.write(BLOCK, block(1, 1));
        disk.hold(true);
        TestRequest read = cache.submit(0, Op.READ, BLOCK, BLOCK, false, null);
        poll();
        cache.giveUp(0, request -> true);
        assertThat(read.result).isEqualTo(-Errno.EIO);
        assertThat(cache.isIdle(0)).isFalse();
        disk.hold(false);
        poll();
        assertThat(cache.isIdle(0)).isTrue();
        assertThat(read.buffer.get(0)).isZero();
    }

    @Test
    void whatIsReadFromTheBackingDeviceIsCachedUnlessAWriteOvertakesTheStore() {
        byte[] old = block(9, 3);
        System.arraycopy(old, 0, backing.content(), 3 * BLOCK, BLOCK);
        System.arraycopy(block(9, 4), 0, backing.content(), 4 * BLOCK, BLOCK);
        assertThat(cache.read(3 * BLOCK, BLOCK)).isEqualTo(old);
        poll();
        assertThat(cache.parts().index().entries()).isEqualTo(1);
        disk.hold(true);
        TestRequest read = cache.submit(0, Op.READ, 4 * BLOCK, BLOCK, false, null);
        poll();
        assertThat(read.ended).as("answered before it is stored").isTrue();
        TestRequest write = submit(5, 4);
        disk.hold(false);
        assertThat(cache.await(write)).isZero();
        poll();
        assertThat(cache.read(4 * BLOCK, BLOCK)).isEqualTo(block(5, 4));
        long[] extents = new long[4];
        assertThat(cache.parts().index().find(0, CacheIndex.sector(4 * BLOCK), 8, extents))
                .isEqualTo(1);
        assertThat(Extent.clean(extents[0])).isFalse();
    }

    @Test
    void whatWasAcknowledgedIsThereAfterAKillAndWhatWasFlushedAfterAPowerCut() throws PCacheException {
        cache.writeFua(BLOCK, block(1, 1));
        cache.write(2 * BLOCK, block(1, 2));
        cache.parts().committer().flush();
        while (cache.parts().committer().doWork()) {
            continue;
        }
        activate(memory.crashStates().noneArrived(), false);
        assertThat(cache.read(BLOCK, BLOCK)).isEqualTo(block(1, 1));
        assertThat(cache.read(2 * BLOCK, BLOCK)).isEqualTo(block(1, 2));
    }

    /** A lone key in the first sector of the log needs no second step; a device without a volatile cache no first. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aLoneDurableWriteCostsAsFewSyncsAsTheDeviceAllows(boolean durable) throws PCacheException {
        activate(new SimulatedMemory(Kind.PAGE_CACHE, CACHE_BYTES), false, durable);
        List<SimulatedMemory.Step> steps = new ArrayList<>();
        memory.listen((step, offset, length) -> steps.add(step));
        TestRequest write = cache.submit(0, Op.WRITE, BLOCK, BLOCK, true, block(1, 1));
        for (int rounds = 0; !write.ended && rounds < 10; rounds++) {
            cache.pollQueue(0);
            cache.parts().committer().doWork();
        }
        assertThat(write.result).isZero();
        assertThat(steps).filteredOn(SimulatedMemory.Step.SYNC::equals).hasSize(durable ? 0 : 1);
        assertThat(steps).filteredOn(SimulatedMemory.Step.STORE_DURABLY::equals).hasSize(1);
        assertThat(disk.writes()).containsExactly(BLOCK);
    }

    @Test
    void whatTheDiskIsGivenIsCountedByItsPurpose() {
        cache.write(0, Arrays.copyOf(block(1, 0), 512));
        cache.flush();
        cache.read(8L * BLOCK, BLOCK);
        cache.settle();
        StatsSnapshot stats = cache.cache().stats().snapshot();
        assertThat(stats.requests())
                .containsEntry(RequestCounter.STORED_BYTES, (long) BLOCK)
                .containsEntry(RequestCounter.STORED_FILL_BYTES, (long) BLOCK);
        assertThat(stats.cache())
                .as("one lone key-set")
                .containsEntry(CacheCounter.STORED_LOG_BYTES, (long) BLOCK)
                .as("the dirty tail, once")
                .containsEntry(CacheCounter.STORED_RECORD_BYTES, (long) BLOCK);
    }

    /** A full key-set is there but for its first word, durably, when the block with the first word is written. */
    @Test
    void aFullKeySetCostsOneSyncAndOneDurableWrite() {
        List<SimulatedMemory.Step> steps = new ArrayList<>();
        memory.listen((step, offset, length) -> steps.add(step));
        List<TestRequest> writes = new ArrayList<>();
        for (int i = 0; i < KeySetLayout.MAX_KEYS; i++) {
            writes.add(submit(1, i));
        }
        for (int rounds = 0; rounds < 10; rounds++) {
            cache.pollQueue(0);
        }
        cache.parts().committer().doWork();
        assertThat(writes).allMatch(write -> write.ended);
        assertThat(cache.parts().log().sealed()).isZero();
        assertThat(steps).filteredOn(SimulatedMemory.Step.SYNC::equals).hasSize(1);
        assertThat(steps).endsWith(SimulatedMemory.Step.STORE_DURABLY);
    }

    /** Key by key over the borders of sectors, each with a flush: whatever a power cut leaves, all are there. */
    @Test
    void loneKeySetsAreThereAfterAPowerCut() throws PCacheException {
        for (int i = 0; i < 30; i++) {
            cache.writeFua((long) i * BLOCK, block(1, i));
        }
        activate(memory.crashStates().noneArrived(), false);
        for (int i = 0; i < 30; i++) {
            assertThat(cache.read((long) i * BLOCK, BLOCK)).isEqualTo(block(1, i));
        }
    }

    @Test
    void writeBackRestsWhileClientsAreAtWork() {
        WriteBack writeBack = cache.parts().writeBack();
        clock.advance(100 * MS);
        for (int i = 0; i < 100; i++) {
            cache.write((long) i * BLOCK, block(1, i));
        }
        disk.onRead(() -> {
            clock.advance(10 * MS);
            disk.onRead(() -> {});
        });
        cache.settle();
        assertThat(writeBack.isClean()).isTrue();
        cache.write(0, block(2, 0));
        cache.settle();
        assertThat(writeBack.isClean()).isFalse();
        assertThat(writeBack.idleNanos()).as("seven times as long as the batch").isEqualTo(70 * MS);
        clock.advance(70 * MS);
        cache.settle();
        assertThat(writeBack.isClean()).isTrue();
        assertThat(Arrays.copyOf(backing.content(), BLOCK)).isEqualTo(block(2, 0));
    }

    @Test
    void dirtyDataIsReadAheadByTransfersAndBySectorsWhereTheseFail() {
        for (int i = 0; i < 100; i++) {
            cache.write(8L * i * BLOCK, block(1, 8 * i));
        }
        disk.forget();
        cache.settle();
        assertThat(disk.reads()).isEqualTo(100);
        assertThat(cache.cache().isClean()).isTrue();
        disk.failReads(Errno.EIO);
        cache.write(3 * BLOCK, block(2, 3));
        cache.settle();
        assertThat(cache.cache().isClean()).isTrue();
        for (int i = 0; i < 100; i++) {
            int at = 8 * i * BLOCK;
            assertThat(Arrays.copyOfRange(backing.content(), at, at + BLOCK)).isEqualTo(block(1, 8 * i));
        }
        assertThat(Arrays.copyOfRange(backing.content(), 3 * BLOCK, 4 * BLOCK)).isEqualTo(block(2, 3));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void writesAndReadsAllocateNothingInSteadyState(boolean dataCrc) throws Exception {
        NullBacking nothing = new NullBacking(32 << 20);
        CacheMemory plain = AnonymousMemory.durable(CACHE_BYTES);
        SimulatedDisk device = new SimulatedDisk(plain, null);
        device.recordNothing();
        try (TestCache measured = new TestCache(
                plain,
                device,
                nothing,
                PCacheConfig.builder(nothing.sizeBytes()).dataCrc(dataCrc).build(),
                1)) {
            TestRequest request = new TestRequest(BLOCK);
            BufferData data = new BufferData(request.buffer);
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            again(measured, request, data, 20_000);
            long before = threads.getCurrentThreadAllocatedBytes();
            again(measured, request, data, 20_000);
            assertThat(threads.getCurrentThreadAllocatedBytes() - before)
                    .as("bytes of 20000 writes and reads, and of the call that measures")
                    .isLessThan(4096);
        }
    }

    private static void again(TestCache measured, TestRequest request, BufferData data, int times) {
        for (int i = 0; i < times; i++) {
            request.prepare(i % 2 == 0 ? Op.WRITE : Op.READ, (long) (i / 2 % 64) * BLOCK, BLOCK, false, data);
            request.ended = false;
            measured.submit(0, request);
            while (!request.ended) {
                measured.pollQueue(0);
            }
        }
    }
}
