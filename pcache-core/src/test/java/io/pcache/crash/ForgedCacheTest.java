package io.pcache.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import io.pcache.backing.SimulatedBacking;
import io.pcache.cache.PCacheConfig;
import io.pcache.cache.PCacheException;
import io.pcache.engine.TestCache;
import io.pcache.media.CacheInfoLayout;
import io.pcache.media.Checksum;
import io.pcache.media.DeviceLayout;
import io.pcache.media.KeyLayout;
import io.pcache.media.KeySetLayout;
import io.pcache.memory.CacheMemory.Kind;
import io.pcache.memory.SimulatedMemory;
import io.pcache.metadata.DuplicatedRecord;
import io.pcache.metadata.RecordKind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Forgeries and damage that chance does not find. Each is refused by name, and nothing is written. */
class ForgedCacheTest {
    private static final int BLOCK = 4096;

    private final SimulatedBacking backing = new SimulatedBacking(16 << 20);
    private SimulatedMemory memory = new SimulatedMemory(Kind.DAX, CrashRun.CACHE_BYTES);

    private void format(boolean dataCrc) throws PCacheException {
        new TestCache(memory, backing, dataCrc).close();
        memory = memory.reopened();
    }

    private static byte[] block(int value) {
        byte[] block = new byte[BLOCK];
        Arrays.fill(block, (byte) value);
        return block;
    }

    private DuplicatedRecord info() {
        DuplicatedRecord info = RecordKind.CACHE_INFO.in(memory);
        info.load();
        return info;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void refusesACacheOfTooFewSegmentsToWorkAtAll(int segments) throws Exception {
        format(false);
        info().setInt(CacheInfoLayout.N_SEGS, segments).store();
        assertThatThrownBy(() -> new TestCache(memory, backing, false))
                .isInstanceOf(PCacheException.class)
                .hasMessageContaining("n_segs " + segments + ", expected 3 to 32");
    }

    @Test
    void worksWithThreeSegments() throws Exception {
        format(false);
        info().setInt(CacheInfoLayout.N_SEGS, 3).store();
        TestCache cache = new TestCache(memory, backing, false);
        for (int i = 0; i < 40; i++) {
            CrashRequest ballast = CrashRequest.ballast(new History(), Zones.BALLAST_BYTES);
            cache.submit(0, ballast);
            while (!ballast.isEnded() && cache.step()) {
                continue;
            }
            assertThat(ballast.isEnded()).isTrue();
        }
    }

    /** Forges a log of key-sets with keys that all name the same place. */
    private void forgeLog(int keySets, int keyBytes, int step) {
        Checksum checksum = new Checksum();
        long at = DeviceLayout.segmentData(0);
        for (int set = 0; set < keySets; set++) {
            ByteBuffer bytes = ByteBuffer.allocate(KeySetLayout.MAX_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            bytes.putInt(KeySetLayout.KEY_NUM, KeySetLayout.MAX_KEYS);
            bytes.putLong(KeySetLayout.MAGIC, KeySetLayout.MAGIC_VALUE);
            for (int i = 0; i < KeySetLayout.MAX_KEYS; i++) {
                int key = KeySetLayout.key(i);
                bytes.putInt(key + KeyLayout.LENGTH, keyBytes);
                bytes.putInt(key + KeyLayout.SEGMENT, 5);
                bytes.putInt(
                        key + KeyLayout.SEGMENT_OFFSET,
                        (set * KeySetLayout.MAX_KEYS + i) * step % 16384 * DeviceLayout.SECTOR_BYTES);
                bytes.putInt(key + KeyLayout.DATA_CRC, set * KeySetLayout.MAX_KEYS + i);
            }
            bytes.putInt(
                    KeySetLayout.CRC,
                    checksum.of(bytes, KeySetLayout.CHECKSUMMED, bytes.capacity() - KeySetLayout.CHECKSUMMED));
            memory.preload(at, bytes);
            at += bytes.capacity();
        }
    }

    @Test
    void refusesALogWhoseKeysHoldMoreThanTheirSegmentInsteadOfReadingItAgainAndAgain() throws Exception {
        format(true);
        forgeLog(1000, DeviceLayout.SUBTREE_BYTES, 0);
        assertTimeout(
                Duration.ofSeconds(20),
                () -> assertThatThrownBy(() -> new TestCache(memory, backing, true))
                        .isInstanceOf(PCacheException.class)
                        .hasMessageContaining("segment 5")
                        .hasMessageContaining("log position 0:"));
    }

    @Test
    void refusesALogOfMoreKeysThanASegmentHasSectors() throws Exception {
        format(true);
        forgeLog(400, DeviceLayout.SECTOR_BYTES, 1);
        assertThatThrownBy(() -> new TestCache(memory, backing, true))
                .isInstanceOf(PCacheException.class)
                .hasMessageContaining("segment 5")
                .hasMessageContaining("log position 0:");
    }

    @Test
    void doesNotCutALogOffWhereItCannotGoOn() throws Exception {
        format(false);
        CrashRun.placeLog(memory, KeySetLayout.bytes(1) + 8);
        memory = memory.reopened();
        // One key-set, forged so that no LAST key-set has room behind it.
        ByteBuffer bytes = ByteBuffer.allocate(KeySetLayout.bytes(1)).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(KeySetLayout.KEY_NUM, 1);
        bytes.putLong(KeySetLayout.MAGIC, KeySetLayout.MAGIC_VALUE);
        bytes.putInt(KeySetLayout.key(0) + KeyLayout.LENGTH, 512);
        bytes.putInt(KeySetLayout.key(0) + KeyLayout.SEGMENT, 5);
        bytes.putInt(
                KeySetLayout.CRC,
                new Checksum().of(bytes, KeySetLayout.CHECKSUMMED, bytes.capacity() - KeySetLayout.CHECKSUMMED));
        memory.preload(DeviceLayout.segmentData(0) + DeviceLayout.SEGMENT_DATA_BYTES - bytes.capacity() - 8, bytes);
        PCacheConfig salvage =
                PCacheConfig.builder(backing.sizeBytes()).salvage(true).build();
        assertThatThrownBy(() -> new TestCache(memory, backing, salvage, 1))
                .isInstanceOf(PCacheException.class)
                .hasMessageContaining("no room for a key-set");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void doesNotTakeACacheForANewOneWhoseInfoIsLost(boolean unreadable) throws Exception {
        format(false);
        TestCache cache = new TestCache(memory, backing, false);
        cache.cache().setGcPercent(50);
        cache.writeFua(0, block(1));
        cache.close();
        memory = memory.reopened();
        if (unreadable) {
            memory.poison(DeviceLayout.CACHE_INFO, 2 * DeviceLayout.METADATA_SPACING);
        } else {
            memory.preload(DeviceLayout.CACHE_INFO, ByteBuffer.allocate(8).put(0, (byte) 1));
            memory.preload(
                    DeviceLayout.CACHE_INFO + DeviceLayout.METADATA_SPACING,
                    ByteBuffer.allocate(8).put(0, (byte) 1));
        }
        assertThatThrownBy(() -> new TestCache(memory, backing, false))
                .isInstanceOf(PCacheException.class)
                .hasMessageContaining("cache info")
                .hasMessageContaining("8192");
        assertThat(memory.crashStates().undecidedUnits())
                .as("nothing was written")
                .isZero();
    }
}
