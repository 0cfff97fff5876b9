package io.pcache.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.crash.WrappedMemory;
import io.pcache.memory.AnonymousMemory;
import io.pcache.memory.CacheMemory;
import io.pcache.stats.CacheCounter;
import io.pcache.sys.Errno;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Write-back straight out of the cache's mapping, and when write-back copies instead. */
class GatheredWriteBackTest {
    private static final long CACHE_BYTES = (512L << 20) + 20480;
    private static final int BLOCK = 4096;

    private final SimulatedBacking backing = new SimulatedBacking(32 << 20);
    private final List<String> events = new ArrayList<>();
    private TestCache cache;

    /** Mapped memory that says it is persistent. */
    private static final class Persistent extends WrappedMemory {
        private final Kind kind;

        Persistent(Kind kind) {
            super(AnonymousMemory.create(CACHE_BYTES));
            this.kind = kind;
        }

        @Override
        public Kind kind() {
            return kind;
        }
    }

    private void activate(CacheMemory.Kind kind, int unit, boolean dataCrc) throws Exception {
        backing.gatherIn(unit);
        PCacheConfig config = PCacheConfig.builder(backing.sizeBytes())
                .dataCrc(dataCrc)
                .events((event, text) -> events.add(event + " " + text))
                .build();
        cache = new TestCache(new Persistent(kind), backing, config, 1);
    }

    @AfterEach
    void close() {
        cache.close();
    }

    private static byte[] block(long id, int number) {
        return Pattern.fill(id, (long) number * BLOCK / Pattern.SECTOR, BLOCK);
    }

    private void writeBlocks(long id, int count) {
        for (int number = count - 1; number >= 0; number--) {
            cache.write((long) number * BLOCK, block(id, number));
        }
    }

    private void assertBlocks(long id, int count) {
        for (int number = 0; number < count; number++) {
            assertThat(Arrays.equals(
                            backing.content(), number * BLOCK, (number + 1) * BLOCK, block(id, number), 0, BLOCK))
                    .as("block %d holds write %d", number, id)
                    .isTrue();
        }
    }

    @Test
    void writesRangesThatLieScatteredInTheCacheAsOne() throws Exception {
        activate(CacheMemory.Kind.DAX, 512, true);
        writeBlocks(1, 1024);
        cache.settle();
        assertBlocks(1, 1024);
        assertThat(backing.writes()).as("of 256 KiB each").isEqualTo(16);
        assertThat(backing.gatheredWrites()).isEqualTo(16);
        assertThat(cache.cache().isClean()).isTrue();
        assertThat(events).isEmpty();
    }

    @Test
    void splitsAWriteOfTooManyPieces() throws Exception {
        activate(CacheMemory.Kind.DAX, 512, false);
        for (int sector = 511; sector >= 0; sector--) {
            cache.write(sector * 512L, Pattern.fill(1, sector, 512));
        }
        cache.settle();
        assertBlocks(1, 64);
        assertThat(backing.gatheredWrites()).isEqualTo(2);
    }

    @Test
    void copiesWhatLiesAtOddAddressesAndGathersTheRest() throws Exception {
        activate(CacheMemory.Kind.DAX, BLOCK, false);
        writeBlocks(1, 8);
        cache.flush();
        cache.write(16 * BLOCK, Pattern.fill(2, 128, 512));
        writeBlocks(3, 4);
        cache.settle();
        assertBlocks(3, 4);
        assertThat(Arrays.equals(backing.content(), 16 * BLOCK, 16 * BLOCK + 512, Pattern.fill(2, 128, 512), 0, 512))
                .isTrue();
        assertThat(backing.gatheredWrites()).isPositive().isLessThan(backing.writes());
    }

    @Test
    void copiesForGoodWhenTheKernelCannotGetAtTheMemoryAndLosesNothing() throws Exception {
        activate(CacheMemory.Kind.DAX, 512, true);
        backing.failGathers(Errno.EFAULT);
        writeBlocks(1, 200);
        cache.settle();
        assertBlocks(1, 200);
        assertThat(cache.cache().isClean()).isTrue();
        assertThat(cache.cache().writeBackProblem()).isNull();
        assertThat(backing.unflushedSectors()).isZero();
        backing.failGathers(0);
        writeBlocks(2, 200);
        cache.settle();
        assertBlocks(2, 200);
        assertThat(backing.gatheredWrites()).isZero();
        assertThat(events)
                .hasSize(1)
                .allMatch(event -> event.startsWith("WRITE_BACK_COPIES") && event.contains("EFAULT"));
    }

    @Test
    void copiesOnceAfterAFailureThatEitherDeviceMayHaveCaused() throws Exception {
        activate(CacheMemory.Kind.DAX, 512, false);
        backing.failGathers(Errno.EIO);
        writeBlocks(1, 8);
        cache.settle();
        assertThat(cache.cache().writeBackProblem()).isEqualTo("write to backing device byte 0 failed: EIO");
        assertThat(cache.cache().isClean()).isFalse();
        cache.cache().retryWriteBack();
        cache.settle();
        assertBlocks(1, 8);
        assertThat(cache.cache().isClean()).isTrue();
        assertThat(backing.gatheredWrites()).isZero();
        backing.failGathers(0);
        writeBlocks(2, 8);
        cache.settle();
        assertBlocks(2, 8);
        assertThat(backing.gatheredWrites()).isEqualTo(1);
        assertThat(cache.cache().stats().get(CacheCounter.BACKING_ERRORS)).isEqualTo(1);
    }

    @Test
    void copiesOutOfACacheBehindThePageCache() throws Exception {
        activate(CacheMemory.Kind.PAGE_CACHE, 512, false);
        writeBlocks(1, 64);
        cache.settle();
        assertBlocks(1, 64);
        assertThat(backing.writes()).isEqualTo(1);
        assertThat(backing.gatheredWrites()).isZero();
    }
}
