package io.pcache.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.backing.SimulatedBacking;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.SimulatedMemory;
import io.pcache.request.Request;
import io.pcache.segment.SegmentTable;
import io.pcache.sys.Errno;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What reaches the backing device, in which writes and in which order. */
class WriteBackTest {
    private static final long CACHE_BYTES = (512L << 20) + 20480;
    private static final int BLOCK = 4096;

    private SimulatedBacking backing;
    private TestCache cache;

    @BeforeEach
    void activate() throws Exception {
        backing = new SimulatedBacking(32 << 20);
        cache = new TestCache(new SimulatedMemory(CacheMemory.Kind.DAX, CACHE_BYTES), backing, false);
    }

    private static byte[] block(long id, int number) {
        return Pattern.fill(id, (long) number * BLOCK / Pattern.SECTOR, BLOCK);
    }

    private void writeBlock(long id, int number) {
        cache.write((long) number * BLOCK, block(id, number));
    }

    private void assertBackingBlock(long id, int number) {
        assertThat(Arrays.equals(backing.content(), number * BLOCK, (number + 1) * BLOCK, block(id, number), 0, BLOCK))
                .as("block %d holds write %d", number, id)
                .isTrue();
    }

    @Test
    void writesAHotSetOnceABatch() {
        long id = 0;
        for (int round = 0; round < 100; round++) {
            for (int number = 0; number < 16; number++) {
                writeBlock(++id, number * 10);
            }
        }
        cache.settle();
        assertThat(backing.writtenBytes()).isEqualTo(16 * BLOCK);
        assertThat(backing.flushes()).isEqualTo(1);
        for (int number = 0; number < 16; number++) {
            assertBackingBlock(99 * 16 + number + 1, number * 10);
        }
    }

    @Test
    void mergesRangesThatFollowEachOtherIntoLargeWrites() {
        for (int number = 1023; number >= 0; number--) {
            writeBlock(number + 1, number);
        }
        cache.settle();
        assertThat(backing.writtenBytes()).isEqualTo(4 << 20);
        assertThat(backing.writes()).as("of 256 KiB each").isEqualTo(16);
        assertBackingBlock(1, 0);
        assertBackingBlock(1024, 1023);
    }

    @Test
    void aFullCacheLetsWritesInWithEachBatchNotWithEachSegment() {
        byte[] mebibyte = new byte[1 << 20];
        TestCache.TestRequest write;
        int written = 0;
        do {
            // Each write with a flush behind it, so that it makes a batch of its own.
            write = cache.submit(0, Request.Op.WRITE, (long) written++ % 32 << 20, mebibyte.length, true, mebibyte);
        } while (write.ended);
        int free = cache.parts().segments().freeCount();
        assertThat(free).as("free segments when writes begin to wait").isPositive();

        for (int batch = 0; batch < 5; batch++) {
            assertThat(cache.pollQueues() || write.ended)
                    .as("waits for write-back, batch " + batch)
                    .isFalse();
            cache.parts().committer().flush();
            assertThat(cache.parts().writeBack().doWork()).isTrue();
            assertThat(cache.parts().gc().doWork()).isTrue();
            cache.pollQueues();
            assertThat(write.ended).as("goes on after batch " + batch).isTrue();
            while (write.ended) {
                write = cache.submit(0, Request.Op.WRITE, (long) written++ % 32 << 20, mebibyte.length, true, mebibyte);
            }
        }
        assertThat(cache.parts().segments().freeCount())
                .as("no segment was freed meanwhile")
                .isLessThanOrEqualTo(free);
    }

    @Test
    void collectionKeepsWhatTheThresholdLeavesRoomFor() {
        SegmentTable segments = cache.parts().segments();
        byte[] piece = new byte[64 << 10];
        for (int number = 0; segments.used() * 100L < segments.count() * 70L; number++) {
            cache.write((long) number * piece.length % (32 << 20), piece);
        }
        cache.cache().setGcPercent(90);
        cache.settle();
        int used = segments.used();

        cache.cache().setGcPercent(50);
        cache.settle();

        assertThat(segments.used())
                .as("of %d segments, %d in use before", segments.count(), used)
                .isBetween(segments.count() / 2 - 2, segments.count() / 2);
    }

    @Test
    void flushesTheBackingDeviceBetweenWhatAFlushKeptApart() {
        writeBlock(1, 0);
        cache.flush();
        writeBlock(2, 1);
        cache.flush();
        writeBlock(3, 2);
        cache.settle();
        assertThat(backing.flushes()).isEqualTo(3);
    }

    @Test
    void keepsWritesApartThatAFlushCameBetweenWhenItFoundAFullKeySet() {
        for (int number = 0; number < 128; number++) {
            writeBlock(1, number);
        }
        cache.flush();
        writeBlock(2, 1000);
        cache.settle();
        assertThat(backing.flushes()).isEqualTo(2);
    }

    @Test
    void holdsANewerCopyBackUntilWhatAFlushPutsInFrontOfItIsDurable() {
        writeBlock(1, 0);
        cache.flush();
        writeBlock(2, 1);
        cache.flush();
        writeBlock(3, 0);
        cache.flush();
        backing.failFlushes(Errno.EIO);
        cache.parts().writeBack().doWork();
        // If the newest copy of block 0 were here, block 1, which was written before, would be missing.
        assertBackingBlock(1, 0);
        assertBackingBlock(0, 1);
    }

    @Test
    void doesNotGoBackBehindAFlushWhenItTriesAgain() {
        writeBlock(1, 0);
        cache.flush();
        writeBlock(2, 0);
        writeBlock(2, 1);
        cache.flush();
        cache.parts().writeBack().doWork();
        backing.failFlushes(Errno.EIO);
        cache.parts().writeBack().doWork();
        cache.cache().retryWriteBack();
        backing.failWrites(Errno.EIO);
        cache.parts().writeBack().doWork();
        assertBackingBlock(2, 0);
        assertBackingBlock(2, 1);
    }

    @Test
    void writesManyKeySetsForOneFlush() {
        for (int number = 0; number < 1280; number++) {
            writeBlock(1, number * 2);
        }
        cache.settle();
        assertThat(backing.flushes()).isEqualTo(1);
    }

    @Test
    void keepsDirtyDataWhenTheBackingDeviceFailsAndTriesAgainWhenAsked() {
        writeBlock(1, 5);
        backing.failWrites(Errno.EIO);
        cache.settle();
        assertThat(cache.cache().isClean()).isFalse();
        assertThat(cache.cache().writeBackProblem()).isEqualTo("write to backing device byte 20480 failed: EIO");
        assertThat(cache.read(5 * BLOCK, BLOCK)).isEqualTo(block(1, 5));
        backing.failWrites(0);
        cache.cache().retryWriteBack();
        cache.settle();
        assertThat(cache.cache().isClean()).isTrue();
        assertThat(cache.cache().writeBackProblem()).isNull();
        assertBackingBlock(1, 5);
    }

    @Test
    void doesNotAdvanceWhenTheFlushOfTheBackingDeviceFails() {
        writeBlock(1, 5);
        backing.failFlushes(Errno.EIO);
        cache.settle();
        assertThat(cache.cache().isClean()).isFalse();
        assertThat(cache.cache().writeBackProblem()).isEqualTo("flush of the backing device failed: EIO");
        backing.failFlushes(0);
        cache.cache().retryWriteBack();
        cache.settle();
        assertThat(cache.cache().isClean()).isTrue();
        assertThat(backing.unflushedSectors()).isZero();
    }

    @Test
    void completesBlocksOfADeviceWithLargerOnes() throws Exception {
        SimulatedMemory memory = new SimulatedMemory(CacheMemory.Kind.DAX, CACHE_BYTES);
        SimulatedBacking small = new SimulatedBacking(8 << 20);
        try (TestCache made = new TestCache(memory, small, false)) {
            made.write(512, Pattern.fill(1, 1, 512));
            made.write(8192 + 3584, Pattern.fill(2, 23, 1024));
            made.abandon();
        }
        byte[] content = new byte[8 << 20];
        Arrays.fill(content, (byte) 9);
        SimulatedBacking large = new SimulatedBacking(content, BLOCK, null);
        try (TestCache other = new TestCache(memory.reopened(), large, false)) {
            assertThat(other.read(0, 512)).containsOnly(9);
            other.settle();
        }
        byte[] expected = new byte[8 << 20];
        Arrays.fill(expected, (byte) 9);
        System.arraycopy(Pattern.fill(1, 1, 512), 0, expected, 512, 512);
        System.arraycopy(Pattern.fill(2, 23, 1024), 0, expected, 8192 + 3584, 1024);
        assertThat(Arrays.equals(large.content(), expected)).isTrue();
    }

    @Test
    void tellsHowMuchIsDirtyAndForHowLong() {
        writeBlock(1, 0);
        writeBlock(2, 0);
        writeBlock(1, 1);
        cache.flush();

        assertThat(cache.cache().dirtyBytes()).as("each block once").isEqualTo(2 * BLOCK);
        assertThat(cache.parts().writeBack().oldestDirtyNanos()).isPositive();

        cache.settle();
        assertThat(cache.cache().dirtyBytes()).isZero();
        assertThat(cache.parts().writeBack().oldestDirtyNanos()).isZero();
    }
}
