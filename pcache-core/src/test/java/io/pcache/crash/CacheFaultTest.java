package io.pcache.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.engine.TestCache;
import io.pcache.index.CacheIndex;
import io.pcache.index.Extent;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemory.Kind;
import io.pcache.memory.CacheMemoryException;
import io.pcache.memory.SimulatedMemory;
import io.pcache.request.Request;
import io.pcache.sys.Errno;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The cache device fails while the cache is in use: bytes that cannot be loaded, data that has changed, syncs that
 * fail.
 */
class CacheFaultTest {
    private static final int BLOCK = 4096;

    private final SimulatedBacking backing = new SimulatedBacking(16 << 20);
    private final List<String> events = new ArrayList<>();
    private SimulatedMemory memory;
    private TestCache cache;

    private void activate(Kind kind, boolean dataCrc) throws Exception {
        Arrays.fill(backing.content(), (byte) 9);
        memory = new SimulatedMemory(kind, CrashRun.CACHE_BYTES);
        reactivate(dataCrc);
    }

    private void reactivate(boolean dataCrc) throws Exception {
        PCacheConfig config = PCacheConfig.builder(backing.sizeBytes())
                .dataCrc(dataCrc)
                .events((kind, text) -> events.add(kind + " " + text))
                .build();
        cache = new TestCache(memory, backing, config, 2);
    }

    private static byte[] block(int value) {
        byte[] block = new byte[BLOCK];
        Arrays.fill(block, (byte) value);
        return block;
    }

    /** The place on the cache device of a byte of the mapped device. */
    private long place(long offset) {
        long[] extent = new long[1];
        assertThat(cache.parts().index().find(CacheIndex.subtree(offset), CacheIndex.sector(offset), 1, extent))
                .isEqualTo(1);
        return cache.parts().segments().dataOffset(Extent.segment(extent[0]))
                + (long) Extent.place(extent[0]) * DeviceLayout.SECTOR_BYTES;
    }

    private void damage(long offset) {
        memory.putLong(place(offset), 0x0bad0bad0badL);
    }

    // ---- bytes that cannot be loaded

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void failsTheReadOfAPoisonedRangeAndNoOther(boolean dataCrc) throws Exception {
        activate(Kind.DAX, dataCrc);
        cache.write(0, block(1));
        cache.write(BLOCK, block(2));
        memory.poison(place(0), 64);
        assertThat(cache.tryRead(0, BLOCK)).isEqualTo(-Errno.EIO);
        assertThat(cache.read(BLOCK, BLOCK)).isEqualTo(block(2));
        assertThat(cache.read(2 * BLOCK, BLOCK)).isEqualTo(block(9));
        assertThat(events).anyMatch(event -> event.startsWith("CACHE_ERROR"));
        memory.healPoison();
        assertThat(cache.read(0, BLOCK)).isEqualTo(block(1));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void readsAPoisonedCleanRangeFromTheBackingDevice(boolean dataCrc) throws Exception {
        activate(Kind.DAX, dataCrc);
        assertThat(cache.read(0, BLOCK)).isEqualTo(block(9));
        memory.poison(place(0), 64);
        assertThat(cache.read(0, BLOCK)).isEqualTo(block(9));
        assertThat(events).anyMatch(event -> event.startsWith("CACHE_ERROR"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void writesBackWhatIsNotPoisonedAndStandsStillThereUntilItIsOverwritten(boolean dataCrc) throws Exception {
        activate(Kind.DAX, dataCrc);
        cache.write(0, block(1));
        cache.flush();
        cache.write(BLOCK, block(2));
        cache.flush();
        cache.write(2 * BLOCK, block(3));
        memory.poison(place(BLOCK), 64);
        cache.settle();
        assertThat(backing.content()[0]).isEqualTo((byte) 1);
        assertThat(backing.content()[2 * BLOCK])
                .as("nothing gets there before what a flush put in front of it")
                .isEqualTo((byte) 9);
        assertThat(cache.cache().writeBackProblem()).contains("poisoned");
        assertThat(cache.cache().isClean()).isFalse();
        assertThat(cache.read(2 * BLOCK, BLOCK)).isEqualTo(block(3));

        cache.write(BLOCK, block(4));
        cache.cache().retryWriteBack();
        cache.settle();
        assertThat(cache.cache().writeBackProblem()).isNull();
        assertThat(cache.cache().isClean()).isTrue();
        assertThat(Arrays.copyOf(backing.content(), 3 * BLOCK))
                .startsWith(block(1))
                .endsWith(block(3))
                .contains(block(4));
    }

    @Test
    void activatesWithPoisonedDataAndFailsOnlyItsReads() throws Exception {
        activate(Kind.DAX, true);
        cache.write(0, block(1));
        cache.write(BLOCK, block(2));
        long poisoned = place(0);
        cache.close();
        memory = memory.reopened();
        memory.poison(poisoned, 64);
        reactivate(true);
        assertThat(cache.tryRead(0, BLOCK)).isEqualTo(-Errno.EIO);
        assertThat(cache.read(BLOCK, BLOCK)).isEqualTo(block(2));
    }

    @Test
    void saysWhereTheLogCannotBeReadForWriteBackAndGoesOnWhenItCan() throws Exception {
        activate(Kind.DAX, false);
        cache.write(0, block(1));
        cache.flush();
        memory.poison(DeviceLayout.segmentData(0), 24);
        cache.settle();
        assertThat(cache.cache().writeBackProblem()).contains("poisoned");
        assertThat(cache.read(0, BLOCK)).isEqualTo(block(1));
        memory.healPoison();
        cache.cache().retryWriteBack();
        cache.settle();
        assertThat(cache.cache().isClean()).isTrue();
        assertThat(cache.cache().writeBackProblem()).isNull();
    }

    @Test
    void garbageCollectionThatMeetsAPoisonedLogGoesOnWhenItCanBeRead() throws Exception {
        activate(Kind.DAX, false);
        cache.write(0, block(1));
        cache.settle();
        memory.poison(DeviceLayout.segmentData(0), 24);
        cache.cache().setGcPercent(0);
        cache.settle();
        assertThat(cache.cache().gcProblem()).contains("poisoned");
        memory.healPoison();
        cache.cache().retryWriteBack();
        cache.settle();
        assertThat(cache.cache().gcProblem()).isNull();
        assertThat(cache.parts().index().entries()).isZero();
    }

    @Test
    void endsAWriteWhoseStoreFailsAndSetsTheSegmentAside() throws Exception {
        activate(Kind.DAX, true);
        cache.close();
        memory = memory.reopened();
        CacheMemory failing = new WrappedMemory(memory) {
            @Override
            public void copyIn(long offset, ByteBuffer source, int sourceIndex, int length) {
                if (offset >= DeviceLayout.segmentData(1) && offset < DeviceLayout.segment(2)) {
                    throw new CacheMemoryException("store of " + length + " bytes at " + offset + " failed");
                }
                super.copyIn(offset, source, sourceIndex, length);
            }
        };
        PCacheConfig config = PCacheConfig.builder(backing.sizeBytes())
                .dataCrc(true)
                .events((kind, text) -> events.add(kind + " " + text))
                .build();
        cache = new TestCache(failing, backing, config, 1);
        assertThat(cache.await(cache.submit(0, Request.Op.WRITE, 0, BLOCK, true, block(1))))
                .isEqualTo(-Errno.EIO);
        assertThat(cache.read(0, BLOCK)).isEqualTo(block(9));
        cache.writeFua(0, block(2));
        assertThat(cache.read(0, BLOCK)).isEqualTo(block(2));
        assertThat(events)
                .containsExactly("CACHE_ERROR segment 1 is not used any more: store of 4096 bytes at "
                        + DeviceLayout.segmentData(1) + " failed");
    }

    // ---- data that has changed

    @Test
    void neverGivesDamagedDirtyDataAndKeepsWriteBackThereUntilItIsOverwritten() throws Exception {
        activate(Kind.DAX, true);
        cache.write(0, block(1));
        cache.flush();
        cache.write(BLOCK, block(2));
        damage(BLOCK);
        cache.settle();
        assertThat(cache.tryRead(BLOCK, BLOCK)).isEqualTo(-Errno.EIO);
        assertThat(cache.tryRead(BLOCK + 3584, 512))
                .as("its checksum covers all of the key")
                .isEqualTo(-Errno.EIO);
        assertThat(cache.read(0, BLOCK)).isEqualTo(block(1));
        assertThat(events)
                .anyMatch(event -> event.startsWith("CHECKSUM_ERROR") && event.contains("device bytes 4096 + 4096"));
        assertThat(cache.cache().writeBackProblem())
                .contains("data checksum mismatch at byte " + place(BLOCK))
                .contains("4096 + 4096");
        assertThat(backing.content()[0]).isEqualTo((byte) 1);
        assertThat(backing.content()[BLOCK]).isEqualTo((byte) 9);

        cache.write(BLOCK, block(3));
        cache.cache().retryWriteBack();
        cache.settle();
        assertThat(cache.cache().writeBackProblem()).isNull();
        assertThat(backing.content()[BLOCK]).isEqualTo((byte) 3);
        assertThat(events).anyMatch(event -> event.startsWith("RECOVERED"));
    }

    @Test
    void dropsDamagedCleanDataAndReadsItAgain() throws Exception {
        activate(Kind.DAX, true);
        cache.read(0, BLOCK);
        damage(0);
        assertThat(cache.read(0, BLOCK)).isEqualTo(block(9));
        assertThat(events).anyMatch(event -> event.startsWith("CHECKSUM_ERROR") && event.contains("clean"));
        cache.flush();
        memory = memory.reopened();
        events.clear();
        reactivate(true);
        assertThat(cache.read(0, BLOCK)).isEqualTo(block(9));
    }

    @Test
    void keepsDamagedDirtyDataThroughRestartsWithoutGivingItAway() throws Exception {
        activate(Kind.DAX, true);
        cache.write(0, block(1));
        cache.write(BLOCK, block(2));
        long place = place(0);
        cache.close();
        memory = memory.reopened();
        memory.putLong(place, 5);
        reactivate(true);
        assertThat(events).anyMatch(event -> event.startsWith("CHECKSUM_ERROR") && event.contains("dirty"));
        assertThat(cache.tryRead(0, BLOCK)).isEqualTo(-Errno.EIO);
        cache.settle();
        assertThat(cache.cache().isClean()).isFalse();
        assertThat(cache.cache().writeBackProblem()).contains("checksum");
        memory.putLong(place, 0x0101010101010101L);
        assertThat(cache.read(0, BLOCK)).isEqualTo(block(1));
        cache.cache().retryWriteBack();
        cache.settle();
        assertThat(cache.cache().isClean()).isTrue();
        assertThat(backing.content()[0]).isEqualTo((byte) 1);
    }

    // ---- data that has changed after it was written back

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void readsDamagedDataThatWasWrittenBackFromTheBackingDevice(boolean restart) throws Exception {
        activate(Kind.DAX, true);
        cache.write(0, block(1));
        cache.writeFua(0, block(2));
        cache.settle();
        assertThat(cache.cache().isClean()).isTrue();
        long place = place(0);
        if (restart) {
            cache.close();
            memory = memory.reopened();
        }
        memory.putLong(place, 0x0bad0bad0badL);
        if (restart) {
            reactivate(true);
        }
        assertThat(cache.read(0, BLOCK)).isEqualTo(block(2));
        assertThat(cache.read(512, 512)).as("not cached again").isEqualTo(Arrays.copyOf(block(2), 512));
        assertThat(events)
                .hasSize(1)
                .allMatch(event -> event.startsWith("CHECKSUM_ERROR")
                        && event.contains("byte " + place)
                        && event.contains("already written back")
                        && event.contains("read again from the backing device"));
        assertThat(cache.cache().writeBackProblem()).isNull();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void readsPoisonedDataThatWasWrittenBackFromTheBackingDevice(boolean dataCrc) throws Exception {
        activate(Kind.DAX, dataCrc);
        cache.writeFua(0, block(1));
        cache.settle();
        memory.poison(place(0), 64);
        assertThat(cache.read(0, BLOCK)).isEqualTo(block(1));
        assertThat(events).anyMatch(event -> event.startsWith("CACHE_ERROR") && event.contains("already written back"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void keepsANewerWriteOverPartOfDamagedDataThatWasWrittenBack(boolean restart) throws Exception {
        activate(Kind.DAX, true);
        cache.write(0, new byte[8 * BLOCK]);
        cache.settle();
        cache.writeFua(2 * BLOCK, block(3));
        damage(0);
        if (restart) {
            cache.abandon();
            memory = memory.reopened();
            reactivate(true);
        }
        byte[] expected = new byte[8 * BLOCK];
        Arrays.fill(expected, 2 * BLOCK, 3 * BLOCK, (byte) 3);
        assertThat(cache.read(0, 8 * BLOCK)).isEqualTo(expected);
    }

    @Test
    void doesNotTakeAWriteForWrittenBackThatCameWhileItsRangeWas() throws Exception {
        activate(Kind.DAX, true);
        cache.close();
        memory = memory.reopened();
        boolean[] armed = {false};
        CacheMemory hooked = new WrappedMemory(memory) {
            @Override
            public void copyOut(long offset, ByteBuffer target, int targetIndex, int length) {
                super.copyOut(offset, target, targetIndex, length);
                if (armed[0] && length == BLOCK) {
                    armed[0] = false;
                    cache.write(0, block(2));
                }
            }
        };
        PCacheConfig config =
                PCacheConfig.builder(backing.sizeBytes()).dataCrc(true).build();
        cache = new TestCache(hooked, backing, config, 1);
        cache.write(0, block(1));
        cache.parts().committer().flush();
        armed[0] = true;
        assertThat(cache.parts().writeBack().doWork()).isTrue();
        assertThat(armed[0]).isFalse();
        assertThat(backing.content()[0]).isEqualTo((byte) 1);
        damage(0);
        assertThat(cache.tryRead(0, BLOCK))
                .as("the backing device has only what was there before")
                .isEqualTo(-Errno.EIO);
    }

    // ---- syncs that fail

    @Test
    void acknowledgesNoFlushOnceASyncHasFailedAndGoesOnReading() throws Exception {
        activate(Kind.PAGE_CACHE, false);
        cache.writeFua(0, block(1));
        memory.failSyncs(true);
        TestCache.TestRequest fua = cache.submit(0, Request.Op.WRITE, BLOCK, BLOCK, true, block(2));
        TestCache.TestRequest flush = cache.submit(1, Request.Op.FLUSH, 0, 0, false, null);
        assertThat(cache.await(fua)).isEqualTo(-Errno.EIO);
        assertThat(cache.await(flush)).isEqualTo(-Errno.EIO);
        memory.failSyncs(false);
        assertThat(cache.await(cache.submit(0, Request.Op.FLUSH, 0, 0, false, null)))
                .as("for good: what was lost is not known")
                .isEqualTo(-Errno.EIO);
        assertThat(cache.await(cache.submit(0, Request.Op.WRITE, 2 * BLOCK, BLOCK, false, block(3))))
                .isEqualTo(-Errno.EIO);
        assertThat(cache.read(0, BLOCK)).isEqualTo(block(1));
        assertThat(cache.read(5 * BLOCK, BLOCK)).isEqualTo(block(9));
        assertThat(events).anyMatch(event -> event.startsWith("CACHE_ERROR"));
    }

    @Test
    void endsWritesThatWaitForSpaceWhenASyncFails() throws Exception {
        activate(Kind.PAGE_CACHE, false);
        List<TestCache.TestRequest> writes = new ArrayList<>();
        byte[] ballast = new byte[4 << 20];
        for (int i = 0; i < 140; i++) {
            writes.add(cache.submit(i % 2, Request.Op.WRITE, 4 << 20, ballast.length, false, ballast));
        }
        assertThat(writes.get(139).ended).isFalse();
        memory.failSyncs(true);
        for (TestCache.TestRequest write : writes) {
            cache.await(write);
        }
        assertThat(writes.get(139).result).isEqualTo(-Errno.EIO);
    }

    @Test
    void survivesThatTheGenerationOfAFreedSegmentCannotBeMadeDurable() throws Exception {
        activate(Kind.PAGE_CACHE, false);
        byte[] ballast = new byte[4 << 20];
        for (int i = 0; i < 12; i++) {
            cache.write(4 << 20, ballast);
        }
        cache.write(0, block(1));
        cache.settle();
        cache.cache().setGcPercent(0);
        // The key tail is stored, and its sync succeeds; the sync of a generation fails.
        int[] syncs = {0};
        memory.listen((step, offset, length) -> {
            if (step == SimulatedMemory.Step.SYNC && ++syncs[0] == 1) {
                memory.failSyncs(true);
            }
        });
        cache.settle();
        assertThat(events).anyMatch(event -> event.startsWith("CACHE_ERROR segment 1 is not used any more"));
        assertThat(cache.await(cache.submit(0, Request.Op.WRITE, BLOCK, BLOCK, true, block(2))))
                .isEqualTo(-Errno.EIO);
        assertThat(cache.tryRead(0, BLOCK)).isZero();
    }

    @Test
    void endsAReadThatHeldTheLastReferenceOfASegmentWhoseGenerationCannotBeMadeDurable() throws Exception {
        activate(Kind.PAGE_CACHE, false);
        cache.write(0, block(1));
        for (int i = 0; i < 5; i++) {
            cache.write(4 << 20, new byte[4 << 20]);
        }
        cache.cache().setGcPercent(0);
        boolean[] collecting = {false};
        // While the read copies, all keys are collected: the read then drops the last reference.
        HookedRequest hooked = new HookedRequest(0, BLOCK, () -> {
            if (!collecting[0]) {
                collecting[0] = true;
                cache.parts().committer().flush();
                while (cache.parts().committer().doWork()
                        | cache.parts().writeBack().doWork()
                        | cache.parts().gc().doWork()) {
                    continue;
                }
                memory.failSyncs(true);
            }
        });
        cache.submit(0, hooked);
        while (cache.pollQueues()) {
            continue;
        }
        assertThat(hooked.isEnded()).isTrue();
        assertThat(hooked.result()).isZero();
        cache.parts().gc().doWork();
        assertThat(events).anyMatch(event -> event.startsWith("CACHE_ERROR segment 1 is not used any more"));
    }
}
