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
import io.pcache.memory.SimulatedMemory;
import io.pcache.request.BufferData;
import io.pcache.request.Request;
import io.pcache.request.RequestData;
import io.pcache.sys.Errno;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Reads of data that lies in many places of the cache. The places are answered together, and one by one where something
 * is wrong with any of them.
 */
class FragmentedReadTest {
    private static final int BLOCK = 4096;
    private static final int BLOCKS = 16;
    private static final int SIZE = BLOCKS * BLOCK;

    private final SimulatedBacking backing = new SimulatedBacking(16 << 20);
    private final SimulatedMemory memory = new SimulatedMemory(Kind.DAX, CrashRun.CACHE_BYTES);
    private TestCache cache;

    /** Counts the ways in which the read is answered. */
    private static final class CountedRead extends Request implements RequestData {
        final ByteBuffer buffer = ByteBuffer.allocateDirect(SIZE);
        final List<Integer> together = new ArrayList<>();
        int singly;
        int result = 1;
        private final RequestData data = new BufferData(buffer);

        CountedRead() {
            prepare(Op.READ, 0, SIZE, false, this);
        }

        @Override
        protected void completed(int outcome) {
            result = outcome;
        }

        @Override
        public void toCache(CacheMemory target, long cacheOffset, int from, int length) {
            throw new IllegalStateException("a read stores nothing");
        }

        @Override
        public void fromCache(CacheMemory source, long cacheOffset, int from, int length) {
            singly++;
            data.fromCache(source, cacheOffset, from, length);
        }

        @Override
        public void fromCache(CacheMemory source, long[] cacheOffsets, int[] lengths, int count, int from) {
            together.add(count);
            data.fromCache(source, cacheOffsets, lengths, count, from);
        }

        @Override
        public void fromBuffer(ByteBuffer source, int sourceIndex, int from, int length) {
            data.fromBuffer(source, sourceIndex, from, length);
        }
    }

    @BeforeEach
    void fillBacking() {
        Arrays.fill(backing.content(), (byte) 99);
    }

    private void activate(boolean dataCrc) throws Exception {
        cache = new TestCache(
                memory,
                backing,
                PCacheConfig.builder(backing.sizeBytes()).dataCrc(dataCrc).build(),
                1);
    }

    /** Writes all blocks but those left out, in an order that places no block behind its neighbour. */
    private void write(Integer... leftOut) {
        for (int i = 0; i < BLOCKS; i++) {
            int block = i * 7 % BLOCKS;
            if (!List.of(leftOut).contains(block)) {
                cache.write((long) block * BLOCK, content(block));
            }
        }
    }

    private static byte[] content(int block) {
        byte[] bytes = new byte[BLOCK];
        Arrays.fill(bytes, (byte) (block + 1));
        return bytes;
    }

    private CountedRead read() {
        CountedRead read = new CountedRead();
        cache.submit(0, read);
        while (read.result > 0) {
            assertThat(cache.step()).isTrue();
        }
        return read;
    }

    private void assertContent(CountedRead read, Integer... missing) {
        for (int block = 0; block < BLOCKS; block++) {
            byte[] bytes = new byte[BLOCK];
            read.buffer.get(block * BLOCK, bytes);
            if (List.of(missing).contains(block)) {
                assertThat(bytes).as("block %d", block).containsOnly(99);
            } else {
                assertThat(bytes).as("block %d", block).isEqualTo(content(block));
            }
        }
    }

    private long place(int block) {
        long[] extent = new long[1];
        long offset = (long) block * BLOCK;
        assertThat(cache.parts().index().find(CacheIndex.subtree(offset), CacheIndex.sector(offset), 1, extent))
                .isEqualTo(1);
        return cache.parts().segments().dataOffset(Extent.segment(extent[0]))
                + (long) Extent.place(extent[0]) * DeviceLayout.SECTOR_BYTES;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void areAnsweredTogether(boolean dataCrc) throws Exception {
        activate(dataCrc);
        write();
        CountedRead read = read();
        assertThat(read.result).isZero();
        assertThat(read.together).containsExactly(BLOCKS);
        assertThat(read.singly).isZero();
        assertContent(read);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void areDividedWhereSomethingIsMissing(boolean dataCrc) throws Exception {
        activate(dataCrc);
        write(4, 6);
        CountedRead read = read();
        assertThat(read.result).isZero();
        assertThat(read.together).as("in front of, and behind, the gaps").containsExactly(4, 9);
        assertThat(read.singly).as("between the gaps").isEqualTo(1);
        assertContent(read, 4, 6);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void failWhereDirtyDataIsPoisoned(boolean dataCrc) throws Exception {
        activate(dataCrc);
        write();
        memory.poison(place(5), 64);
        assertThat(read().result).isEqualTo(-Errno.EIO);
        memory.healPoison();
        CountedRead healed = read();
        assertThat(healed.result).isZero();
        assertContent(healed);
    }

    @Test
    void failWhereDirtyDataIsDamaged() throws Exception {
        activate(true);
        write();
        memory.putLong(place(5), 0x0bad0bad0badL);
        assertThat(read().result).isEqualTo(-Errno.EIO);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void takeFromTheBackingDeviceOnlyWhatIsPoisoned(boolean dataCrc) throws Exception {
        activate(dataCrc);
        write();
        cache.flush();
        cache.settle();
        Arrays.fill(backing.content(), (byte) 99);
        memory.poison(place(5), 64);
        CountedRead read = read();
        assertThat(read.result).isZero();
        assertContent(read, 5);
    }

    /** A reference that is not given back would keep its segment for ever. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void giveTheirSegmentsBack(boolean poisoned) throws Exception {
        activate(false);
        byte[] filler = new byte[1 << 20];
        int segments = cache.parts().segments().count();
        for (int round = 0; round < segments / 2; round++) {
            write();
            cache.settle();
            if (poisoned) {
                memory.poison(place(5), 64);
            }
            assertThat(read().result).isZero();
            memory.healPoison();
            for (int written = 0; written < DeviceLayout.SEGMENT_BYTES; written += filler.length) {
                cache.write(SIZE, filler);
            }
            cache.settle();
        }
        cache.cache().setGcPercent(0);
        cache.settle();
        assertThat(cache.parts().segments().freeCount())
                .as("all but the log's and the one being filled")
                .isGreaterThanOrEqualTo(segments - 3);
    }
}
