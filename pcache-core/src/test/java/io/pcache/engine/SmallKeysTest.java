package io.pcache.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.management.ThreadMXBean;
import io.pcache.backing.BackingDevice;
import io.pcache.bench.NullBacking;
import io.pcache.cache.MemoryNeeds;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.crash.WrappedMemory;
import io.pcache.log.KeySetBuffer;
import io.pcache.media.Checksum;
import io.pcache.media.DeviceLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.memory.AnonymousMemory;
import io.pcache.memory.CacheMemory;
import io.pcache.slab.FreeMemory;
import io.pcache.slab.SlabPool;
import io.pcache.sys.Errno;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A sound cache that is three quarters full of dirty sectors. Each sector was written by itself, as Linux's target may
 * leave a cache. There are five times as many keys as the limit of the index allows. All data must still be readable.
 */
class SmallKeysTest {
    private static final long MIB = 1L << 20;
    private static final int SEGMENTS = 32;
    private static final int SECTOR = DeviceLayout.SECTOR_BYTES;
    /** The number of sectors of a data segment. */
    private static final int PLACES = DeviceLayout.SEGMENT_DATA_BYTES / SECTOR;
    /** Each sector is on a page of its own. */
    private static final int STRIDE = 4096;

    private static final int LOG_SEGMENTS = 2;
    private static final int KEYS = (SEGMENTS * 3 / 4 - LOG_SEGMENTS) * PLACES;
    /** The part of the heap that activation takes whatever the sizes. */
    private static final long FIXED_BYTES = 6 * MIB;

    private final BackingDevice backing = new NullBacking((long) KEYS * STRIDE);
    private final Checksum checksum = new Checksum();
    private CacheMemory file;
    private CacheMemory memory;

    /** A memory that outlives the caches on it. */
    private static final class KeptMemory extends WrappedMemory {
        KeptMemory(CacheMemory memory) {
            super(memory);
        }

        @Override
        public void close() {
            // Stays open for the next cache.
        }
    }

    @BeforeEach
    void make() {
        file = AnonymousMemory.create(DeviceLayout.segment(SEGMENTS));
        memory = new KeptMemory(file);
    }

    @AfterEach
    void unmap() {
        file.close();
    }

    private PCacheConfig.Builder config(boolean dataCrc) {
        return PCacheConfig.builder(backing.sizeBytes()).dataCrc(dataCrc);
    }

    /** The segment of a key's data: the data of the keys stands one after the other, behind the segments of the log. */
    private static int segment(int key) {
        return LOG_SEGMENTS + key / PLACES;
    }

    /** The beginning of a key's sector; the other bytes are zero. */
    private static int content(int key) {
        return key * 7 + 1;
    }

    /** Makes a formatted cache with all the keys in its log. */
    private void fill(boolean dataCrc) throws PCacheException {
        TestCache blank = new TestCache(memory, backing, config(dataCrc).build(), 1);
        long generation = blank.parts().segments().generation(LOG_SEGMENTS);
        blank.close();
        KeySetBuffer keySet = new KeySetBuffer();
        keySet.open(0, 0, -1);
        ByteBuffer sector = ByteBuffer.allocateDirect(SECTOR);
        int logSegment = 0;
        int at = 0;
        for (int key = 0; key < KEYS; key++) {
            sector.putInt(0, content(key));
            int place = key % PLACES * SECTOR;
            memory.copyIn(DeviceLayout.segmentData(segment(key)) + place, sector, 0, SECTOR);
            keySet.add(
                    (long) key * STRIDE,
                    SECTOR,
                    0,
                    segment(key),
                    place,
                    generation,
                    dataCrc ? checksum.of(sector, 0, SECTOR) : 0);
            if (keySet.isFull() || key == KEYS - 1) {
                if (at + KeySetLayout.MAX_BYTES + KeySetLayout.HEADER_BYTES > DeviceLayout.SEGMENT_DATA_BYTES) {
                    ByteBuffer last =
                            ByteBuffer.allocateDirect(KeySetLayout.HEADER_BYTES).order(keySet.bytes.order());
                    KeySetBuffer.fillLast(last, logSegment + 1, checksum);
                    memory.copyIn(DeviceLayout.segmentData(logSegment) + at, last, 0, KeySetLayout.HEADER_BYTES);
                    logSegment++;
                    at = 0;
                }
                keySet.finish(checksum);
                memory.copyIn(DeviceLayout.segmentData(logSegment) + at, keySet.bytes, 0, keySet.length());
                at += keySet.length();
                keySet.open(0, 0, -1);
            }
        }
        assertThat(logSegment).as("segments of the log").isEqualTo(LOG_SEGMENTS - 1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void isActivatedInTheMemoryThatItsLogWasPlannedFor(boolean dataCrc) throws Exception {
        fill(dataCrc);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        try (TestCache cache = new TestCache(memory, backing, config(dataCrc).build(), 1)) {
            long heap = threads.getCurrentThreadAllocatedBytes() - before;
            assertThat(cache.parts().index().entries()).isEqualTo(KEYS);
            assertThat(heap).isLessThan(MemoryNeeds.heapBytes(memory.size(), backing.sizeBytes()) + FIXED_BYTES);
            long outside = cache.parts().index().memoryBytes()
                    + (dataCrc ? cache.parts().data().checksums().memoryBytes() : 0);
            assertThat(outside)
                    .as("beyond what keys of 4 KiB would need")
                    .isGreaterThan(MemoryNeeds.indexBytes(SEGMENTS))
                    .isLessThan(MemoryNeeds.keysBytes(KEYS, dataCrc) + 16 * MIB);
            for (int key : new int[] {0, PLACES, KEYS - 1}) {
                assertThat(ByteBuffer.wrap(cache.read((long) key * STRIDE, SECTOR))
                                .getInt())
                        .isEqualTo(content(key));
            }
            byte[] more = new byte[SECTOR];
            more[0] = 5;
            cache.write(STRIDE / 2, more);
            assertThat(cache.read(STRIDE / 2, SECTOR)).isEqualTo(more);
        }
    }

    @Test
    void isRefusedWithBothNumbersWhereTheSystemHasNoMemoryForItsLog() throws Exception {
        fill(true);
        // As on a real system: less memory after each piece that was taken.
        AtomicLong left = new AtomicLong(52 * MIB);
        FreeMemory little = () -> left.getAndAdd(-SlabPool.CHUNK_BYTES);

        PCacheException refusal = catchThrowableOfType(
                PCacheException.class,
                () -> PCache.open(
                        memory, backing, config(true).freeMemory(little).build()));

        assertThat(refusal.errno()).isEqualTo(Errno.ENOMEM);
        assertThat(refusal.isDamage()).isFalse();
        assertThat(refusal.reasons().get(0))
                .containsPattern("the cache holds " + KEYS + " keys, whose index takes up to "
                        + (MemoryNeeds.keysBytes(KEYS, true) + MIB - 1) / MIB + " MiB, [0-9]+ MiB are available; "
                        + "nothing was changed")
                .contains("--force");
        try (TestCache forced = new TestCache(
                memory, backing, config(true).freeMemory(little).insistent(true).build(), 1)) {
            assertThat(forced.parts().index().entries()).isEqualTo(KEYS);
        }
    }
}
