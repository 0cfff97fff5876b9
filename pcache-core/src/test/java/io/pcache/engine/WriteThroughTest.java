package io.pcache.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.pcache.backing.BackingDevice;
import io.pcache.backing.SimulatedBacking;
import io.pcache.bench.NullBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.engine.TestCache.TestRequest;
import io.pcache.health.Condition;
import io.pcache.identity.KnownBacking;
import io.pcache.log.Tails;
import io.pcache.media.DeviceLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.media.PositionLayout;
import io.pcache.memory.AnonymousMemory;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.SimulatedMemory;
import io.pcache.request.BufferData;
import io.pcache.request.Request.Op;
import io.pcache.route.CacheMode;
import io.pcache.sys.Errno;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a write-through write waits for, what write-back leaves to the queues, and what survives which failure. */
class WriteThroughTest {
    private static final long CACHE_BYTES = (512L << 20) + 20480;
    private static final int BLOCK = 4096;
    private static final long SECOND = 1_000_000_000L;
    private static final KnownBacking PROBE = new KnownBacking((32 << 20) / 512, List.of("wwid:own"), "", "/dev/own");

    private final AtomicLong now = new AtomicLong(1);
    private SimulatedBacking backing;
    private SimulatedMemory memory;
    private TestCache cache;

    @BeforeEach
    void activate() throws Exception {
        backing = new SimulatedBacking(32 << 20);
        activate(new SimulatedMemory(CacheMemory.Kind.DAX, CACHE_BYTES), CacheMode.WRITETHROUGH);
    }

    private void activate(SimulatedMemory on, CacheMode mode) throws Exception {
        memory = on;
        cache = new TestCache(
                memory,
                backing,
                PCacheConfig.builder(backing.sizeBytes())
                        .cacheMode(mode)
                        .backingProbe(PROBE)
                        .clock(now::get)
                        .build(),
                2);
    }

    private static byte[] block(long id, int number) {
        return Pattern.fill(id, (long) number * BLOCK / Pattern.SECTOR, BLOCK);
    }

    private TestRequest submit(int queue, long id, int number) {
        return cache.submit(queue, Op.WRITE, (long) number * BLOCK, BLOCK, false, block(id, number));
    }

    private void write(long id, int number) {
        TestRequest write = submit(0, id, number);
        pollUntilEnded(0, write);
        assertThat(write.result).isZero();
    }

    private void pollUntilEnded(int queue, TestRequest request) {
        for (int rounds = 0; !request.ended; rounds++) {
            cache.pollQueue(queue);
            assertThat(rounds).as("rounds until the request ends").isLessThan(20);
        }
    }

    private boolean backingHolds(long id, int number) {
        return Arrays.equals(backing.content(), number * BLOCK, (number + 1) * BLOCK, block(id, number), 0, BLOCK);
    }

    @Test
    void aWriteEndsWhenBothDevicesHaveIt() {
        TestRequest write = submit(0, 1, 5);
        assertThat(write.ended).as("not when only the cache has it").isFalse();
        assertThat(backingHolds(1, 5)).isFalse();
        pollUntilEnded(0, write);
        assertThat(write.result).isZero();
        assertThat(backingHolds(1, 5)).isTrue();
        assertThat(cache.read(5 * BLOCK, BLOCK)).isEqualTo(block(1, 5));
        assertThat(cache.cache().dirtyBytes()).isZero();
    }

    @Test
    void inWriteBackModeNothingGoesThrough() throws Exception {
        activate(new SimulatedMemory(CacheMemory.Kind.DAX, CACHE_BYTES), CacheMode.WRITEBACK);
        assertThat(submit(0, 1, 5).ended).isTrue();
        cache.pollQueues();
        cache.flush();
        assertThat(backing.writes() + backing.flushes()).isZero();
    }

    @Test
    void theKeyIsDurableBeforeTheBackingDeviceIsWritten() throws Exception {
        // Only the committer commits, and the committer does not work yet.
        activate(new SimulatedMemory(CacheMemory.Kind.PAGE_CACHE, CACHE_BYTES), CacheMode.WRITETHROUGH);
        TestRequest write = submit(0, 1, 5);
        for (int i = 0; i < 10; i++) {
            cache.pollQueue(0);
        }
        assertThat(write.ended).isFalse();
        assertThat(backing.writes()).as("before the commit").isZero();

        cache.parts().committer().doWork();
        assertThat(cache.isWoken()).isTrue();
        pollUntilEnded(0, write);
        assertThat(backingHolds(1, 5)).isTrue();
    }

    @Test
    void writesOfTwoQueuesToOneRangeReachTheBackingDeviceOneAfterTheOther() {
        TestRequest first = submit(0, 1, 5);
        TestRequest second = submit(1, 2, 5);
        cache.pollQueue(0);
        cache.pollQueue(1);
        cache.pollQueue(1);
        assertThat(second.ended).as("waits for the first").isFalse();
        assertThat(backing.writes()).isZero();
        cache.clearWake();
        pollUntilEnded(0, first);
        assertThat(cache.isWoken()).as("the second is woken").isTrue();
        assertThat(backingHolds(1, 5)).isTrue();
        pollUntilEnded(1, second);
        assertThat(backingHolds(2, 5)).isTrue();
        assertThat(cache.cache().dirtyBytes()).isZero();
    }

    @Test
    void anOlderWriteThatComesLateDoesNotUndoANewerOne() throws Exception {
        TestRequest older = submit(0, 1, 5);
        TestRequest newer = submit(1, 2, 5);
        pollUntilEnded(1, newer);
        assertThat(backingHolds(2, 5)).isTrue();
        // The tail must not pass the newer key before the older write has ended.
        now.addAndGet(2 * SECOND);
        cache.parts().writeBack().doWork();
        assertThat(cache.cache().isClean()).isFalse();

        pollUntilEnded(0, older);
        assertThat(older.result).isZero();
        assertThat(backingHolds(2, 5)).isTrue();
        assertThat(cache.read(5 * BLOCK, BLOCK)).isEqualTo(block(2, 5));
        cache.parts().writeBack().doWork();
        now.addAndGet(2 * SECOND);
        cache.parts().writeBack().doWork();
        assertThat(cache.cache().isClean()).isTrue();
        assertThat(backingHolds(2, 5)).isTrue();
    }

    @Test
    void writeBackLeavesToAQueueWhatTheQueueIsAboutToWrite() {
        TestRequest write = submit(0, 1, 5);
        cache.parts().committer().flush();
        assertThat(cache.parts().writeBack().doWork()).isFalse();
        assertThat(backing.writes()).isZero();
        pollUntilEnded(0, write);
        assertThat(backing.writes()).isEqualTo(1);
        cache.settle();
        assertThat(backing.writes()).as("write-back has nothing left").isEqualTo(1);
    }

    @Test
    void aWriteWaitsForWriteBackOfAnOlderCopy() throws Exception {
        activate(memory, CacheMode.WRITEBACK);
        submit(0, 1, 5);
        cache.parts().committer().flush();
        crash();
        // The block is dirty from before now.
        assertThat(cache.cache().dirtyBytes()).isEqualTo(BLOCK);
        TestRequest[] write = new TestRequest[1];
        backing.beforeWrite(() -> {
            if (write[0] == null) {
                write[0] = submit(0, 2, 5);
                cache.pollQueue(0);
                cache.pollQueue(0);
                assertThat(write[0].ended).isFalse();
            }
        });
        cache.parts().writeBack().doWork();
        backing.beforeWrite(() -> {});
        assertThat(write[0]).isNotNull();
        assertThat(backingHolds(1, 5)).as("write-back of the old copy").isTrue();
        pollUntilEnded(0, write[0]);
        assertThat(backingHolds(2, 5)).isTrue();
        cache.settle();
        assertThat(backingHolds(2, 5)).isTrue();
    }

    private void crash() throws Exception {
        memory.drain();
        activate(memory.reopened(), CacheMode.WRITETHROUGH);
    }

    @Test
    void dirtyDataFromBeforeIsServedAndWrittenBackButNotOverANewerWrite() throws Exception {
        activate(memory, CacheMode.WRITEBACK);
        submit(0, 1, 5);
        submit(0, 1, 6);
        cache.parts().committer().flush();
        crash();
        assertThat(cache.read(5 * BLOCK, BLOCK)).isEqualTo(block(1, 5));
        write(2, 5);
        assertThat(cache.cache().dirtyBytes()).isEqualTo(BLOCK);
        cache.settle();
        assertThat(backingHolds(2, 5)).isTrue();
        assertThat(backingHolds(1, 6)).isTrue();
        assertThat(cache.cache().dirtyBytes()).isZero();
    }

    @Test
    void writeBackOfAnOldKeyLeavesOutTheMiddleThatAQueueHasWritten() throws Exception {
        activate(memory, CacheMode.WRITEBACK);
        byte[] old = Pattern.fill(1, 5L * BLOCK / Pattern.SECTOR, 3 * BLOCK);
        cache.submit(0, Op.WRITE, 5 * BLOCK, old.length, false, old);
        cache.parts().committer().flush();
        crash();
        write(2, 6);
        long written = backing.writtenBytes();
        cache.settle();
        assertThat(backingHolds(1, 5)).isTrue();
        assertThat(backingHolds(2, 6)).isTrue();
        assertThat(backingHolds(1, 7)).isTrue();
        assertThat(backing.writtenBytes() - written).isEqualTo(2 * BLOCK);
        assertThat(cache.cache().dirtyBytes()).isZero();
    }

    @Test
    void aValueDoesNotChangeWithoutAWriteAfterACrash() throws Exception {
        write(1, 5);
        write(2, 5);
        memory.drain();
        activate(memory.reopened(), CacheMode.WRITETHROUGH);
        assertThat(cache.read(5 * BLOCK, BLOCK)).isEqualTo(block(2, 5));
        memory.drain();
        activate(memory.reopened(), CacheMode.WRITEBACK);
        cache.settle();
        assertThat(backingHolds(2, 5)).isTrue();
        assertThat(cache.read(5 * BLOCK, BLOCK)).isEqualTo(block(2, 5));
    }

    /** The log's order would put write 1 over write 2 at first. */
    @ParameterizedTest
    @EnumSource(CacheMode.class)
    void afterACrashTheBackingDeviceIsBroughtUpToDateBeforeAnyRequest(CacheMode next) throws Exception {
        write(1, 5);
        write(2, 5);
        memory.drain();
        // As after a power cut of a device that had not flushed.
        Arrays.fill(backing.content(), 5 * BLOCK, 6 * BLOCK, (byte) 0);
        activate(memory.reopened(), next);
        assertThat(backingHolds(2, 5)).isTrue();
        assertThat(backing.unflushedSectors()).isZero();
        assertThat(cache.cache().dirtyBytes()).isZero();
        assertThat(cache.cache().isClean()).isTrue();
        assertThat(cache.cache().writesThrough()).isEqualTo(next == CacheMode.WRITETHROUGH);
    }

    @Test
    void anOlderCopyIsNotWrittenBackWhereTheBackingDeviceHadTheNewerOne() throws Exception {
        write(1, 5);
        flushAlone();
        write(2, 5);
        flushAlone();
        write(3, 6);
        backing.failFlushes(Errno.EIO);
        assertThat(cache.await(cache.submit(0, Op.FLUSH, 0, 0, false, null))).isEqualTo(-Errno.EIO);
        long written = backing.writtenBytes();
        heal();
        assertThat(backing.writtenBytes() - written)
                .as("write 2 and write 3 again")
                .isEqualTo(2 * BLOCK);
        assertThat(backingHolds(2, 5)).isTrue();
        assertThat(cache.cache().isClean()).isTrue();
    }

    /** Without write-back, which would pass what is flushed. */
    private void flushAlone() {
        TestRequest flush = cache.submit(0, Op.FLUSH, 0, 0, false, null);
        pollUntilEnded(0, flush);
        assertThat(flush.result).isZero();
    }

    private void heal() {
        backing.failFlushes(0);
        cache.cache().retryWriteBack();
        now.addAndGet(SECOND);
        cache.settle();
    }

    /** Else a client would take for durable what the device has dropped. */
    @Test
    void flushesFailUntilWhatAFailedOneHasLostIsWrittenAgain() {
        write(1, 5);
        backing.failFlushes(Errno.EIO);
        assertThat(cache.await(cache.submit(0, Op.FLUSH, 0, 0, false, null))).isEqualTo(-Errno.EIO);
        Arrays.fill(backing.content(), 5 * BLOCK, 6 * BLOCK, (byte) 0);
        backing.failFlushes(0);
        assertThat(cache.await(cache.submit(0, Op.FLUSH, 0, 0, false, null))).isEqualTo(-Errno.EIO);
        heal();
        assertThat(backingHolds(1, 5)).isTrue();
        assertThat(cache.await(cache.submit(0, Op.FLUSH, 0, 0, false, null))).isZero();
    }

    @Test
    void writesThroughOnceWhatIsDirtyFromWriteBackModeIsWrittenBack() throws Exception {
        activate(memory, CacheMode.WRITEBACK);
        submit(0, 1, 5);
        cache.parts().committer().flush();
        crash();
        assertThat(cache.cache().writesThrough()).isFalse();
        assertThat(cache.cache().dirtyBytes()).isEqualTo(BLOCK);
        cache.settle();
        assertThat(cache.cache().writesThrough()).isTrue();
        assertThat(cache.cache().identity().isWrittenThrough()).isTrue();
    }

    @Test
    void anOrderlyEndLeavesNothingDirtyWhereTheClientsHaveFlushed() throws Exception {
        write(1, 5);
        cache.flush();
        cache.close();
        Tails tails = new Tails(memory.reopened());
        assertThat(tails.load()).isTrue();
        assertThat(tails.dirtyRecord().getInt(PositionLayout.OFFSET)).isEqualTo(KeySetLayout.bytes(1));
    }

    @Test
    void aFlushReachesTheBackingDeviceWhereSomethingIsVolatile() {
        cache.flush();
        assertThat(backing.flushes()).as("nothing volatile").isZero();
        write(1, 5);
        assertThat(backing.unflushedSectors()).isPositive();
        cache.flush();
        assertThat(backing.flushes()).isEqualTo(1);
        assertThat(backing.unflushedSectors()).isZero();
        cache.flush();
        assertThat(backing.flushes()).as("nothing new").isEqualTo(1);
    }

    @Test
    void aDurableWriteFlushesTheBackingDevice() {
        cache.writeFua(5 * BLOCK, block(1, 5));
        assertThat(backingHolds(1, 5)).isTrue();
        assertThat(backing.unflushedSectors()).isZero();
    }

    @Test
    void flushesOfTwoQueuesShareOneOfTheBackingDevice() {
        write(1, 5);
        TestRequest first = cache.submit(0, Op.FLUSH, 0, 0, false, null);
        TestRequest second = cache.submit(1, Op.FLUSH, 0, 0, false, null);
        cache.pollQueue(1);
        assertThat(second.ended).isFalse();
        pollUntilEnded(0, first);
        pollUntilEnded(1, second);
        assertThat(backing.flushes()).isEqualTo(1);
    }

    @Test
    void theDirtyTailPassesWhatWasSkippedBehindAFlushThatServesManyWrites() {
        for (int number = 0; number < 10; number++) {
            write(1, number);
            cache.parts().writeBack().doWork();
        }
        assertThat(backing.flushes()).as("it rests").isZero();
        assertThat(cache.cache().isClean()).isFalse();
        assertThat(cache.parts().writeBack().idleNanos()).isBetween(1L, SECOND);
        now.addAndGet(SECOND);
        assertThat(cache.parts().writeBack().doWork()).isTrue();
        assertThat(cache.cache().isClean()).isTrue();
        assertThat(backing.flushes()).isEqualTo(1);
        assertThat(backing.unflushedSectors()).isZero();
        assertThat(backing.writes()).isEqualTo(10);
    }

    @Test
    void theDirtyTailStaysWhereTheBackingDeviceCannotFlush() {
        write(1, 5);
        backing.failFlushes(Errno.EIO);
        cache.parts().writeBack().doWork();
        now.addAndGet(SECOND);
        assertThat(cache.parts().writeBack().doWork()).isFalse();
        assertThat(cache.cache().isClean()).isFalse();
        assertThat(cache.await(cache.submit(0, Op.FLUSH, 0, 0, false, null))).isEqualTo(-Errno.EIO);
    }

    @Test
    void afterAFailedFlushAllThatWasWrittenBeforeIsWrittenAgain() {
        write(1, 5);
        write(1, 6);
        backing.failFlushes(Errno.EIO);
        assertThat(cache.await(cache.submit(0, Op.FLUSH, 0, 0, false, null))).isEqualTo(-Errno.EIO);
        // The device has dropped the data, as Linux does with pages after a failed write.
        Arrays.fill(backing.content(), 5 * BLOCK, 7 * BLOCK, (byte) 0);
        heal();
        assertThat(cache.cache().isClean()).isTrue();
        assertThat(backingHolds(1, 5)).isTrue();
        assertThat(backingHolds(1, 6)).isTrue();
    }

    @Test
    void aWriteThatTheBackingDeviceRefusesFailsAndIsWrittenBackLater() {
        backing.failWrites(Errno.EIO);
        TestRequest write = submit(0, 1, 5);
        pollUntilEnded(0, write);
        assertThat(write.result).isEqualTo(-Errno.EIO);
        assertThat(cache.cache().problems()).containsKey(Condition.BACKING_WRITE_ERRORS);
        assertThat(cache.cache().dirtyBytes()).isEqualTo(BLOCK);
        assertThat(cache.read(5 * BLOCK, BLOCK)).as("the cache has it").isEqualTo(block(1, 5));
        backing.failWrites(0);
        cache.cache().retryWriteBack();
        cache.settle();
        assertThat(backingHolds(1, 5)).isTrue();
        assertThat(cache.cache().dirtyBytes()).isZero();
    }

    @Test
    void theDirtyTailStaysInFrontOfAKeyThatOnlyALostOneHasReplaced() throws Exception {
        activate(new SimulatedMemory(CacheMemory.Kind.PAGE_CACHE, CACHE_BYTES), CacheMode.WRITETHROUGH);
        backing.failWrites(Errno.EIO);
        assertThat(result(submit(0, 1, 5)))
                .as("in the log, not on the backing device")
                .isEqualTo(-Errno.EIO);
        backing.failWrites(0);
        memory.failSyncs(true);
        assertThat(result(submit(0, 2, 5))).as("in memory, not in the log").isEqualTo(-Errno.EIO);
        memory.failSyncs(false);
        cache.cache().retryWriteBack();
        cache.settle();

        List<SimulatedMemory> states =
                memory.crashStates().sample(new Random(1), 20).toList();
        for (SimulatedMemory state : states) {
            activate(state, CacheMode.WRITETHROUGH);
            byte[] found = cache.read(5 * BLOCK, BLOCK);
            assertThat(found).isIn(block(1, 5), block(2, 5));
            assertThat(Arrays.copyOfRange(backing.content(), 5 * BLOCK, 6 * BLOCK))
                    .isEqualTo(found);
            Arrays.fill(backing.content(), 5 * BLOCK, 6 * BLOCK, (byte) 0);
        }
    }

    private int result(TestRequest request) {
        for (int rounds = 0; !request.ended; rounds++) {
            cache.parts().committer().doWork();
            cache.pollQueue(0);
            assertThat(rounds).as("rounds until the request ends").isLessThan(20);
        }
        return request.result;
    }

    @Test
    void longWritesGoThroughInPartsThatShareTheBuffers() {
        byte[] data = Pattern.fill(7, 0, 16 << 20);
        TestRequest write = cache.submit(0, Op.WRITE, 0, data.length, false, data);
        TestRequest small = submit(0, 8, 5000);
        assertThat(cache.await(write)).isZero();
        assertThat(cache.await(small)).isZero();
        assertThat(Arrays.equals(backing.content(), 0, data.length, data, 0, data.length))
                .isTrue();
        assertThat(backingHolds(8, 5000)).isTrue();
        assertThat(backing.writtenBytes()).isEqualTo(data.length + BLOCK);
        assertThat(cache.cache().dirtyBytes()).isZero();
    }

    @Test
    void zeroesGoThroughToo() {
        write(1, 5);
        TestRequest zeroes = cache.submit(0, Op.WRITE_ZEROES, 0, 4 << 20, false, null);
        assertThat(cache.await(zeroes)).isZero();
        assertThat(backing.content()).startsWith(new byte[4 << 20]);
        assertThat(cache.cache().dirtyBytes()).isZero();
    }

    @Test
    void aReadOfTheBackingDeviceThatAWriteOvertookIsNotCached() {
        TestRequest read = cache.submit(1, Op.READ, 5 * BLOCK, BLOCK, false, null);
        write(1, 5);
        pollUntilEnded(1, read);
        assertThat(cache.read(5 * BLOCK, BLOCK)).isEqualTo(block(1, 5));
    }

    @Test
    void requestsThatAreGivenUpEndAtOnceAndTheirWritesGoOn() {
        TestRequest write = submit(0, 1, 5);
        TestRequest started = submit(0, 2, 6);
        cache.giveUp(0, request -> true);
        assertThat(write.result).isEqualTo(-Errno.EIO);
        assertThat(started.result).isEqualTo(-Errno.EIO);
        assertThat(cache.isIdle(0)).isFalse();
        while (!cache.isIdle(0)) {
            cache.pollQueue(0);
        }
        assertThat(backingHolds(1, 5)).isTrue();
        assertThat(backingHolds(2, 6)).isTrue();
        assertThat(cache.cache().dirtyBytes()).isZero();
    }

    @Test
    void aFullCacheDoesNotStandStill() {
        byte[] mebibyte = new byte[1 << 20];
        for (int i = 0; i < 400; i++) {
            List<TestRequest> writes = new ArrayList<>();
            for (int queue = 0; queue < 2; queue++) {
                writes.add(cache.submit(
                        queue, Op.WRITE, (long) (i * 7 + queue) % 31 << 20, mebibyte.length, false, mebibyte));
            }
            writes.forEach(write -> assertThat(cache.await(write)).isZero());
        }
    }

    @Test
    void blocksOfTheBackingDeviceThatAreLargerThanAWriteKeepWhatIsAround() throws Exception {
        byte[] content = new byte[8 << 20];
        Arrays.fill(content, (byte) 9);
        backing = new SimulatedBacking(content, BLOCK, null);
        activate(new SimulatedMemory(CacheMemory.Kind.DAX, CACHE_BYTES), CacheMode.WRITETHROUGH);
        TestRequest first = cache.submit(0, Op.WRITE, 512, 512, false, Pattern.fill(1, 1, 512));
        TestRequest second = cache.submit(1, Op.WRITE, 3584, 5120, false, Pattern.fill(2, 7, 5120));
        assertThat(cache.await(first)).isZero();
        assertThat(cache.await(second)).isZero();
        byte[] expected = new byte[8 << 20];
        Arrays.fill(expected, (byte) 9);
        System.arraycopy(Pattern.fill(1, 1, 512), 0, expected, 512, 512);
        System.arraycopy(Pattern.fill(2, 7, 5120), 0, expected, 3584, 5120);
        assertThat(Arrays.equals(backing.content(), expected)).isTrue();
        assertThat(cache.cache().dirtyBytes()).isZero();
    }

    @ParameterizedTest
    @EnumSource(CacheMode.class)
    void writesAllocateNothingInSteadyState(CacheMode mode) throws Exception {
        BackingDevice nothing = new NullBacking(32 << 20);
        try (TestCache measured = new TestCache(
                AnonymousMemory.durable(CACHE_BYTES),
                nothing,
                PCacheConfig.builder(nothing.sizeBytes()).cacheMode(mode).build(),
                1)) {
            TestRequest write = new TestRequest(BLOCK);
            BufferData data = new BufferData(write.buffer);
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            writeAgain(measured, write, data, 20_000);
            long before = threads.getCurrentThreadAllocatedBytes();
            writeAgain(measured, write, data, 20_000);
            assertThat(threads.getCurrentThreadAllocatedBytes() - before)
                    .as("bytes of 20000 writes, and of the call that measures")
                    .isLessThan(4096);
        }
    }

    private static void writeAgain(TestCache measured, TestRequest write, BufferData data, int times) {
        for (int i = 0; i < times; i++) {
            write.prepare(Op.WRITE, (long) (i % 64) * BLOCK, BLOCK, false, data);
            write.ended = false;
            measured.submit(0, write);
            while (!write.ended) {
                measured.pollQueue(0);
            }
        }
    }

    @Test
    void aWriteAcrossSubtreesGoesThroughInTwoParts() {
        // A part of a write ends with its subtree, so that one lock covers it.
        long offset = DeviceLayout.SUBTREE_BYTES - BLOCK;
        byte[] data = Pattern.fill(3, offset / Pattern.SECTOR, 2 * BLOCK);
        TestRequest write = cache.submit(0, Op.WRITE, offset, 2 * BLOCK, false, data);
        assertThat(cache.await(write)).isZero();
        assertThat(backing.writes()).isEqualTo(2);
        assertThat(Arrays.equals(backing.content(), (int) offset, (int) offset + 2 * BLOCK, data, 0, 2 * BLOCK))
                .isTrue();
    }
}
