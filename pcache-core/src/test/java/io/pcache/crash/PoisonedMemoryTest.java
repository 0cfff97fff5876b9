package io.pcache.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.engine.TestCache;
import io.pcache.log.Position;
import io.pcache.media.DeviceLayout;
import io.pcache.memory.CacheMemory;
import io.pcache.memory.CacheMemory.Kind;
import io.pcache.memory.CacheMemoryException;
import io.pcache.memory.SimulatedMemory;
import io.pcache.segment.SegmentMap.Use;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Persistent memory with bad places, where a store would end the process. Here, such a store fails the test instead. So
 * the engine must look at each place before it stores there.
 */
class PoisonedMemoryTest {
    private static final int BLOCK = 4096;

    private final SimulatedBacking backing = new SimulatedBacking(64 << 20);
    private final List<String> events = new ArrayList<>();
    private SimulatedMemory device = new SimulatedMemory(Kind.DAX, CrashRun.CACHE_BYTES);
    private final TreeMap<Long, Long> bad = new TreeMap<>();
    private boolean salvage;
    private TestCache cache;

    /** A memory in which a store into a bad place is an {@link AssertionError}. */
    private final class Deadly extends WrappedMemory {
        private Deadly(CacheMemory memory) {
            super(memory);
        }

        private void require(long offset, int length) {
            bad.forEach((start, bytes) -> {
                if (start < offset + length && offset < start + bytes) {
                    throw new AssertionError(
                            "a store of " + length + " bytes at " + offset + " would have ended the process");
                }
            });
        }

        @Override
        public void putInt(long offset, int value) {
            require(offset, Integer.BYTES);
            super.putInt(offset, value);
        }

        @Override
        public void putLong(long offset, long value) {
            require(offset, Long.BYTES);
            super.putLong(offset, value);
        }

        @Override
        public void copyIn(long offset, ByteBuffer source, int sourceIndex, int length) {
            require(offset, length);
            super.copyIn(offset, source, sourceIndex, length);
        }

        @Override
        public void zero(long offset, int length) {
            require(offset, length);
            super.zero(offset, length);
        }

        @Override
        public void writeBack(long offset, int length) {
            require(offset, length);
            super.writeBack(offset, length);
        }
    }

    private void poisonPage(long offset) {
        device.poison(offset & -BLOCK, BLOCK);
        bad.put(offset & -BLOCK, (long) BLOCK);
    }

    private void activate() throws Exception {
        PCacheConfig config = PCacheConfig.builder(backing.sizeBytes())
                .salvage(salvage)
                .events((kind, text) -> events.add(kind + " " + text))
                .build();
        cache = new TestCache(new Deadly(device), backing, config, 2);
    }

    private void restart() {
        cache.close();
        device = device.reopened();
        events.clear();
    }

    private static byte[] block(int value) {
        byte[] block = new byte[BLOCK];
        Arrays.fill(block, (byte) value);
        return block;
    }

    private Use use(int segment) {
        return cache.cache().map().use(segment);
    }

    @Test
    void putsNoDataIntoBadSegments() throws Exception {
        activate();
        poisonPage(DeviceLayout.segmentData(1) + (5 << 20));
        poisonPage(DeviceLayout.segmentData(3));
        byte[] data = new byte[4 << 20];
        for (int i = 0; i < 40; i++) {
            Arrays.fill(data, (byte) i);
            cache.writeFua((i % 16) * (4L << 20), data);
        }
        assertThat(use(1)).isEqualTo(Use.SET_ASIDE);
        assertThat(use(3)).isEqualTo(Use.SET_ASIDE);
        assertThat(events)
                .filteredOn(event -> event.contains("is not used any more"))
                .hasSize(2)
                .allMatch(event ->
                        event.startsWith("CACHE_ERROR segment 1 ") || event.startsWith("CACHE_ERROR segment 3 "));
        assertThat(cache.read(15 * (4L << 20), BLOCK)).isEqualTo(block(31));
    }

    @Test
    void aSegmentThatHasGoneBadIsSetAsideWhenItsDataIsGone() throws Exception {
        activate();
        cache.writeFua(0, block(1));
        long place = DeviceLayout.segmentData(1) + (9 << 20);
        poisonPage(place);
        cache.settle();
        restart();
        activate();
        cache.cache().setGcPercent(0);
        cache.settle();
        for (int i = 0; i < 200 && use(1) != Use.SET_ASIDE; i++) {
            cache.write((i % 16) * (4L << 20), new byte[4 << 20]);
            cache.settle();
        }
        assertThat(use(1)).isEqualTo(Use.SET_ASIDE);
        assertThat(cache.read(0, BLOCK)).isEqualTo(new byte[BLOCK]);
    }

    @Test
    void theLogLeavesASegmentThatHasABadPlaceAhead() throws Exception {
        activate();
        cache.writeFua(0, block(1));
        restart();
        poisonPage(DeviceLayout.segmentData(0) + (1 << 20));
        activate();
        assertThat(events).anyMatch(event -> event.startsWith("CACHE_ERROR the log leaves segment 0 early"));
        for (int i = 0; i < 3; i++) {
            cache.writeFua(BLOCK, block(2 + i));
        }
        assertThat(Position.segment(cache.parts().log().committedHead())).isNotZero();
        restart();
        activate();
        assertThat(events).isEmpty();
        assertThat(cache.read(0, BLOCK)).isEqualTo(block(1));
        assertThat(cache.read(BLOCK, BLOCK)).isEqualTo(block(4));
        cache.settle();
        assertThat(cache.cache().isClean()).isTrue();
        assertThat(backing.content()[BLOCK]).isEqualTo((byte) 4);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void refusesALogThatCannotBeReadAndSaysWhere(boolean toldToSalvage) throws Exception {
        activate();
        cache.writeFua(0, block(1));
        long head = cache.parts().log().committedHead();
        cache.writeFua(BLOCK, block(2));
        restart();
        device.poison(DeviceLayout.segmentData(0) + Position.offset(head), 64);
        salvage = toldToSalvage;
        assertThatThrownBy(this::activate)
                .isInstanceOf(PCacheException.class)
                .hasMessageContaining("log position " + Position.text(head))
                .hasMessageContaining("poisoned")
                .hasMessageContaining("dirty data is at stake");
    }

    /** A page may be good for loads and bad for stores. */
    @Test
    void refusesALogThatCannotGoOnAndSaysWhatSavesTheData() throws Exception {
        activate();
        cache.writeFua(0, block(1));
        long head = cache.parts().log().committedHead();
        restart();
        CacheMemory unstorable = new WrappedMemory(device) {
            @Override
            public void prepare(long offset, int length) {
                long bad = DeviceLayout.segmentData(0) + Position.offset(head);
                if (offset <= bad && bad < offset + length) {
                    throw new CacheMemoryException("bad page");
                }
            }
        };
        assertThatThrownBy(() -> new TestCache(
                        unstorable,
                        backing,
                        PCacheConfig.builder(backing.sizeBytes()).build(),
                        1))
                .isInstanceOf(PCacheException.class)
                .hasMessageContaining("the log cannot go on at " + Position.text(head))
                .hasMessageContaining("bad page")
                .hasMessageContaining("pcachectl writeback");
    }

    @Test
    void writeBackStandsStillWhereItsTailCannotBeStoredAndSaysSo() throws Exception {
        activate();
        poisonPage(DeviceLayout.CACHE_CONTROL);
        cache.writeFua(0, block(1));
        cache.settle();
        assertThat(cache.cache().writeBackProblem()).contains("poisoned");
        assertThat(cache.read(0, BLOCK)).isEqualTo(block(1));
        device.healPoison();
        bad.clear();
        cache.cache().retryWriteBack();
        cache.settle();
        assertThat(cache.cache().writeBackProblem()).isNull();
        assertThat(cache.cache().isClean()).isTrue();
    }

    @Test
    void aSegmentWhoseGenerationCannotBeStoredIsSetAside() throws Exception {
        activate();
        poisonPage(DeviceLayout.segment(1) + DeviceLayout.SEGMENT_CONTROL);
        byte[] data = new byte[4 << 20];
        for (int i = 0; i < 12; i++) {
            cache.writeFua(0, data);
        }
        cache.settle();
        cache.cache().setGcPercent(0);
        cache.settle();
        assertThat(use(1)).isEqualTo(Use.SET_ASIDE);
        assertThat(use(2)).isEqualTo(Use.FREE);
    }

    @Test
    void refusesToFormatADeviceWithABadPlaceInItsMetadata() {
        poisonPage(DeviceLayout.segment(20));
        assertThatThrownBy(this::activate)
                .isInstanceOf(PCacheException.class)
                .hasMessageContaining(Long.toString(DeviceLayout.segment(20)));
    }

    @Test
    void formatsADeviceWithABadPlaceWhereThereWillBeData() throws Exception {
        poisonPage(DeviceLayout.segmentData(20) + (3 << 20));
        activate();
        cache.writeFua(0, block(1));
        assertThat(cache.read(0, BLOCK)).isEqualTo(block(1));
    }
}
