package io.pcache.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.engine.TestCache;
import io.pcache.media.Checksum;
import io.pcache.media.DeviceLayout;
import io.pcache.media.KeyLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.media.PositionLayout;
import io.pcache.memory.CacheMemory.Kind;
import io.pcache.memory.SimulatedMemory;
import io.pcache.metadata.DuplicatedRecord;
import io.pcache.metadata.RecordKind;
import io.pcache.request.Request;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The newest copy of a tail is damaged: the older copy points to a place that garbage collection and write-back have
 * left long ago.
 */
class DamagedTailTest {
    private static final int BLOCK = 4096;

    private final SimulatedBacking backing = new SimulatedBacking(16 << 20);
    private SimulatedMemory memory = new SimulatedMemory(Kind.DAX, CrashRun.CACHE_BYTES);

    private static byte[] block(int value) {
        byte[] block = new byte[BLOCK];
        Arrays.fill(block, (byte) value);
        return block;
    }

    private TestCache open() throws PCacheException {
        return new TestCache(
                memory, backing, PCacheConfig.builder(backing.sizeBytes()).build(), 2);
    }

    /**
     * Writes block 0 twice. The segment of the second write is freed; the segment of the first write still holds a key.
     */
    @BeforeEach
    void freeTheSegmentOfANewerWriteOnly() throws Exception {
        TestCache cache = open();
        cache.await(cache.submit(0, Request.Op.WRITE, 0, BLOCK, false, block(1)));
        cache.await(cache.submit(1, Request.Op.WRITE, 0, BLOCK, false, block(2)));
        for (int i = 0; i < 5; i++) {
            cache.await(cache.submit(1, Request.Op.WRITE, 4 << 20, 4 << 20, false, new byte[4 << 20]));
        }
        cache.settle();
        cache.cache().setGcPercent(0);
        cache.settle();
        cache.cache().setGcPercent(90);
        cache.await(cache.submit(0, Request.Op.WRITE, BLOCK, BLOCK, true, block(3)));
        assertThat(cache.read(0, BLOCK)).isEqualTo(block(2));
        memory = memory.reopened();
    }

    private void damageNewest(RecordKind kind) {
        DuplicatedRecord record = kind.in(memory);
        assertThat(record.load()).isTrue();
        memory.preload(
                kind.place(0, record.newestCopy()) + 8, ByteBuffer.allocate(8).putLong(0, -1));
    }

    @Test
    void anOlderKeyTailBringsNoOlderDataBack() throws Exception {
        damageNewest(RecordKind.KEY_TAIL);
        TestCache cache = open();
        assertThat(cache.read(0, BLOCK)).isEqualTo(block(2));
        assertThat(cache.read(BLOCK, BLOCK)).isEqualTo(block(3));
        cache.settle();
        assertThat(backing.content()[0]).isEqualTo((byte) 2);
        assertThat(backing.content()[BLOCK]).isEqualTo((byte) 3);
    }

    @Test
    void anOlderDirtyTailBringsNoOlderDataBack() throws Exception {
        damageNewest(RecordKind.DIRTY_TAIL);
        TestCache cache = open();
        cache.settle();
        assertThat(backing.content()[0]).isEqualTo((byte) 2);
        assertThat(backing.content()[BLOCK]).isEqualTo((byte) 3);
    }

    @Test
    void isRefusedWhenBothAreDamaged() {
        damageNewest(RecordKind.KEY_TAIL);
        damageNewest(RecordKind.DIRTY_TAIL);
        assertThatThrownBy(this::open)
                .isInstanceOf(PCacheException.class)
                .hasMessageContaining("key tail")
                .hasMessageContaining("dirty tail")
                .hasMessageContaining("bytes 16384 to 16448")
                .hasMessageContaining("nothing was written");
        assertThat(memory.crashStates().undecidedUnits()).isZero();
        assertThat(backing.content()[0]).isEqualTo((byte) 2);
    }

    @ParameterizedTest
    @EnumSource(
            value = RecordKind.class,
            names = {"KEY_TAIL", "DIRTY_TAIL"})
    void aDamagedCopyIsLoggedAndMendedAtOnce(RecordKind kind) throws Exception {
        damageNewest(kind);
        List<String> events = new ArrayList<>();
        PCacheConfig config = PCacheConfig.builder(backing.sizeBytes())
                .events((event, text) -> events.add(event + " " + text))
                .build();
        TestCache cache = new TestCache(memory, backing, config, 2);
        assertThat(cache.cache().replaySummary()).contains("a copy of the " + kind);
        assertThat(events).as("a power cut may have torn it").isEmpty();
        cache.writeFua(2 * BLOCK, block(4));
        cache.abandon();
        memory = memory.reopened();
        DuplicatedRecord record = kind.in(memory);
        record.load();
        assertThat(record.isHalf()).isFalse();
        TestCache again = open();
        assertThat(again.read(0, BLOCK)).isEqualTo(block(2));
        assertThat(again.read(2 * BLOCK, BLOCK)).isEqualTo(block(4));
    }

    @Test
    void keysOfFreedSegmentsHideOlderOnesOfTheirRange() throws Exception {
        // As the kernel target leaves a cache: segments are freed, and the key tail is not stored any more, in either
        // copy.
        store(RecordKind.KEY_TAIL, 0, 0);
        memory = memory.reopened();
        TestCache cache = open();
        assertThat(cache.read(0, BLOCK)).isEqualTo(block(2));
        assertThat(cache.read(BLOCK, BLOCK)).isEqualTo(block(3));
    }

    /**
     * The log goes from segment 1 into segment 0, for the second time; all of the log is dirty. The one good copy of
     * the dirty tail dates from the first time. This copy points near the segment's end, where a key-set of the second
     * time stands now.
     */
    @Test
    void anOlderDirtyTailInASegmentThatIsUsedAgainIsNotBelieved() throws Exception {
        memory = new SimulatedMemory(Kind.DAX, CrashRun.CACHE_BYTES);
        open().close();
        memory = memory.reopened();
        Arrays.fill(backing.content(), (byte) 9);
        int keySets = DeviceLayout.SEGMENT_DATA_BYTES / KeySetLayout.MAX_BYTES - 4;
        ByteBuffer last = ByteBuffer.allocate(KeySetLayout.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        last.putInt(KeySetLayout.NEXT_SEGMENT, 0)
                .putLong(KeySetLayout.MAGIC, KeySetLayout.MAGIC_VALUE)
                .putLong(KeySetLayout.FLAGS, KeySetLayout.FLAG_LAST);
        preloadSealed(DeviceLayout.segmentData(1), last);
        for (int set = 0; set < keySets; set++) {
            ByteBuffer keySet = ByteBuffer.allocate(KeySetLayout.MAX_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            keySet.putInt(KeySetLayout.KEY_NUM, KeySetLayout.MAX_KEYS)
                    .putLong(KeySetLayout.MAGIC, KeySetLayout.MAGIC_VALUE);
            for (int i = 0; i < KeySetLayout.MAX_KEYS; i++) {
                int sector = set * KeySetLayout.MAX_KEYS + i;
                int key = KeySetLayout.key(i);
                keySet.putLong(key + KeyLayout.OFFSET, (long) sector * 512 % backing.sizeBytes())
                        .putInt(key + KeyLayout.LENGTH, 512);
                keySet.putInt(key + KeyLayout.SEGMENT, 2 + sector / 30000)
                        .putInt(key + KeyLayout.SEGMENT_OFFSET, sector % 30000 * 512);
            }
            preloadSealed(DeviceLayout.segmentData(0) + (long) set * KeySetLayout.MAX_BYTES, keySet);
        }
        store(RecordKind.KEY_TAIL, 1, 0);
        store(RecordKind.DIRTY_TAIL, 0, (keySets - 1) * KeySetLayout.MAX_BYTES);
        memory = memory.reopened();
        damageNewest(RecordKind.DIRTY_TAIL);
        TestCache cache = open();
        cache.settle();
        assertThat(backing.content())
                .as("the data of every key is zeros")
                .isEqualTo(new byte[(int) backing.sizeBytes()]);
    }

    private void preloadSealed(long at, ByteBuffer keySet) {
        keySet.putInt(
                KeySetLayout.CRC,
                new Checksum().of(keySet, KeySetLayout.CHECKSUMMED, keySet.capacity() - KeySetLayout.CHECKSUMMED));
        memory.preload(at, keySet.rewind());
    }

    /** Stores a position in both copies. */
    private void store(RecordKind kind, int segment, int offset) {
        DuplicatedRecord record = kind.in(memory);
        record.load();
        record.setInt(PositionLayout.SEGMENT, segment).setInt(PositionLayout.OFFSET, offset);
        record.store();
        record.store();
    }
}
